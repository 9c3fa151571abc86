/**
 * The story of one conflict, in the order in which it happened: who wrote what by which clock, which writes
 * each writer had seen, when each leader reported the conflict, what decided it, and which writes that lost.
 * The story consists of sentences; the caller escapes the values in them. The lab does not know when a write
 * arrived at a leader, because reports come later: the story gives the times of the reports.
 */
import type {LeaderId} from '../base/ids.ts';
import {listed} from '../base/list.ts';
import {happenedBefore} from '../core/log/op.ts';
import {covers, type Dot, sameDot, showDot} from '../core/log/version-vector.ts';
import {sameReading} from '../core/state/reading.ts';
import {type Stamped, stampedAt} from '../history/clock-history.ts';
import {type Conflict, type ConflictWrite, type Decision, isSplit} from '../history/conflict.ts';
import type {StoryLine} from '../history/story.ts';
import type {ClusterView} from '../port/view.ts';
import {showClock, showMs} from '../report/words/show-time.ts';
import {brief, showReading} from '../report/words/show-value.ts';

/** The lines of the story, oldest first; the losses come last. */
export function conflictStory(conflict: Conflict, view: ClusterView): readonly StoryLine[] {
  const writes = consistent(inOrder(conflict.writes.map(write => ({write, stamped: stampOf(write, view)}))));
  const lines = [
    ...writes.map(one => wrote(one, conflict)),
    ...apart(writes),
    ...reported(conflict),
    ...decided(conflict),
    ...serverLines(conflict),
  ];
  return [...byTime(lines), ...cost(conflict, view)];
}

/**
 * A write, and what the lab knows of the clock that stamped it. The lab knows it because it set that clock.
 */
interface StampedWrite {
  readonly write: ConflictWrite;
  readonly stamped: Stamped | undefined;
}

/** The clock at the time of the write, not the present one. */
const stampOf = ({dot, wallMs, receivedAtMs}: ConflictWrite, {clocks}: ClusterView): Stamped | undefined =>
  stampedAt(clocks, dot.origin, wallMs, receivedAtMs);

/** Sorts lines by time. A line without a time stays behind the one before it. */
function byTime(lines: readonly StoryLine[]): StoryLine[] {
  let latestMs = Number.NEGATIVE_INFINITY;
  const dated = lines.map(line => {
    latestMs = line.atMs ?? latestMs;
    return {line, atMs: latestMs};
  });
  return dated.sort((a, b) => a.atMs - b.atMs).map(({line}) => line);
}

/**
 * Causes come before effects. Concurrent writes are in the order of true time, if the lab knows their clocks.
 */
function inOrder(writes: readonly StampedWrite[]): readonly StampedWrite[] {
  const trueMs = ({write, stamped}: StampedWrite) => stamped?.atMs ?? write.wallMs;
  const waiting = [...writes].sort((a, b) => trueMs(a) - trueMs(b));
  const sorted: StampedWrite[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(
      one => !waiting.some(other => other !== one && happenedBefore(other.write, one.write)),
    );
    sorted.push(...waiting.splice(Math.max(0, next), 1));
  }
  return sorted;
}

/** A time that lies before the time of an earlier write is wrong, so it is dropped. */
function consistent(writes: readonly StampedWrite[]): readonly StampedWrite[] {
  let latestMs = Number.NEGATIVE_INFINITY;
  return writes.map(({write, stamped}) => {
    if (stamped === undefined || stamped.atMs < latestMs) return {write, stamped: undefined};
    latestMs = stamped.atMs;
    return {write, stamped};
  });
}

function wrote({write, stamped}: StampedWrite, conflict: Conflict): StoryLine {
  const {dot, summary, wallMs, hlc, acknowledged} = write;
  const others = conflict.writes.filter(other => other !== write);
  const offset = stamped === undefined || isRight(stamped) ? '' : ` (it was ${showOffset(stamped)})`;
  const text = [
    `${dot.origin} wrote ${showDot(dot)}: ${brief(summary)}.`,
    `Its wall clock showed ${showClock(wallMs)}${offset},`,
    `its HLC ${showClock(hlc.wallMs)}+${hlc.logical}.`,
    ...sightOf(write, others),
    acknowledged ? 'Its client received the acknowledgement.' : 'Its client received no acknowledgement.',
  ].join(' ');
  const line: StoryLine = {leader: dot.origin, what: 'wrote', dot, text};
  return stamped === undefined ? line : {...line, atMs: stamped.atMs};
}

const isRight = ({offsetMs}: Stamped): boolean => Math.abs(offsetMs) < 1;

const showOffset = (stamped: Stamped): string =>
  isRight(stamped)
    ? 'right'
    : `${showMs(Math.abs(stamped.offsetMs))} ${stamped.offsetMs > 0 ? 'ahead' : 'behind'}`;

/**
 * How much the clocks that stamped the writes differed. No leader can know this, and a resolver may have
 * decided by these clocks.
 */
function apart(writes: readonly StampedWrite[]): StoryLine[] {
  const known = writes.flatMap(({write, stamped}) =>
    stamped === undefined ? [] : [{dot: write.dot, stamped}],
  );
  const offsets = known.map(({stamped}) => stamped.offsetMs);
  const differMs = Math.max(...offsets) - Math.min(...offsets);
  if (known.length < 2 || differMs < 1) return [];
  const clocks = known.map(
    ({dot, stamped}) => `at ${showDot(dot)} ${dot.origin}'s clock was ${showOffset(stamped)}`,
  );
  return [
    {what: 'clocks', text: `${upperFirst(listed(clocks))}: these clocks differed by ${showMs(differMs)}.`},
  ];
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Which of the other writes this write had seen, and which it had not. Writes that had seen this one are left
 * out.
 */
function sightOf(write: ConflictWrite, others: readonly ConflictWrite[]): string[] {
  const seen = others.filter(other => happenedBefore(other, write));
  const unseen = others.filter(other => !seen.includes(other) && !happenedBefore(write, other));
  const {origin} = write.dot;
  return [
    ...(seen.length === 0 ? [] : [`${origin} had seen ${names(seen)}.`]),
    ...(unseen.length === 0 ? [] : [`${origin} had not seen ${names(unseen)}.`]),
  ];
}

const names = (writes: readonly {readonly dot: Dot}[]): string => listed(writes.map(({dot}) => showDot(dot)));

const decisionsOf = ({decisions}: Conflict): [LeaderId, Decision][] =>
  (Object.entries(decisions) as [LeaderId, Decision][]).sort(([, a], [, b]) => a.atMs - b.atMs);

function reported(conflict: Conflict): StoryLine[] {
  const decisions = decisionsOf(conflict).sort(([, a], [, b]) => a.learnedAtMs - b.learnedAtMs);
  const [first] = decisions;
  if (first === undefined) return [];
  return decisions.map(([leader, {learnedAtMs: atMs}]): StoryLine => {
    const afterMs = atMs - first[1].learnedAtMs;
    const when =
      leader === first[0]
        ? 'first'
        : afterMs === 0
          ? `together with ${first[0]}`
          : `${showMs(afterMs)} after ${first[0]}`;
    return {atMs, leader, what: 'reported', text: `${leader} reported the conflict to the lab ${when}.`};
  });
}

/** One line for all leaders that decided alike, with the time of the last decision. */
function decided(conflict: Conflict): StoryLine[] {
  const groups: {readonly leaders: LeaderId[]; decision: Decision}[] = [];
  for (const [leader, decision] of decisionsOf(conflict)) {
    const alike = groups.find(group => isAlike(group.decision, decision));
    if (alike === undefined) groups.push({leaders: [leader], decision});
    else {
      alike.leaders.push(leader);
      alike.decision = decision;
    }
  }
  return groups.map(({leaders, decision}): StoryLine => {
    const {resolver, until, shows, why, atMs} = decision;
    const [past, sees] = until === undefined ? ['', 'sees'] : [`, until ${until} took its place`, 'saw'];
    const text =
      `${resolver} decided at ${listed(leaders)}${past}: ${why}. A reader there ${sees} ` +
      `${showReading(shows)}.`;
    const [only, ...others] = leaders;
    return {atMs, ...(only === undefined || others.length > 0 ? {} : {leader: only}), what: 'decided', text};
  });
}

/** What the servers logged about the conflict. These lines come after other lines of the same time. */
const serverLines = (conflict: Conflict): StoryLine[] =>
  decisionsOf(conflict).flatMap(([leader, decision]) =>
    (decision.serverLog ?? []).map((line, n): StoryLine => {
      const text = line.replaceAll('\t', '    ');
      return {
        atMs: decision.serverLoggedAtMs ?? decision.learnedAtMs,
        leader,
        what: 'said',
        text: n === 0 ? `${leader}’s server: ${text}` : text,
      };
    }),
  );

const isAlike = (a: Decision, b: Decision): boolean =>
  a.resolver === b.resolver && a.until === b.until && a.why === b.why && sameReading(a.shows, b.shows);

function cost(conflict: Conflict, view: ClusterView): StoryLine[] {
  const {lost, torn, writes} = conflict;
  const lines = [
    ...lost.map((dot): StoryLine => {
      const summary = writes.find(write => sameDot(write.dot, dot))?.summary;
      const name = summary === undefined ? showDot(dot) : `${showDot(dot)} (${brief(summary)})`;
      return {what: 'lost', dot, text: `${name} was acknowledged and ${lossOf(dot, conflict, view)}.`};
    }),
    ...torn.map(
      (dot): StoryLine => ({
        what: 'lost',
        dot,
        text: `Transaction ${showDot(dot)} is torn: readers get a part of it only.`,
      }),
    ),
  ];
  if (lines.length > 0) return lines;
  const text = isSplit(conflict)
    ? 'Leaders show different values: no write is lost at every leader, and no leader shows all of them.'
    : 'Nothing that was acknowledged is lost.';
  return [{what: isSplit(conflict) ? 'lost' : 'merged', text}];
}

/**
 * Why the write counts as lost. Some leaders may still show it, because they resolve by arrival or lack the
 * write that displaced it.
 */
function lossOf(dot: Dot, {writes, decisions}: Conflict, {leaders}: ClusterView): string {
  const isLostAt = (leader: LeaderId): boolean =>
    decisions[leader]?.lost.some(lost => sameDot(lost, dot)) ?? false;
  const shownAt = leaders
    .filter(({id, status, vv}) => status === 'up' && covers(vv, dot) && !isLostAt(id))
    .map(({id}) => id);
  const isIncrement = writes.some(({dot: other, intent}) => intent === 'incr' && sameDot(other, dot));
  if (isIncrement && shownAt.length > 0 && shownAt.every(id => (decisions[id]?.lost.length ?? 0) > 0))
    return 'counts as lost: no leader adds up all of these increments';
  if (shownAt.length > 0)
    return `is lost: ${listed(shownAt)} still shows it, until what displaced it arrives there`;
  // CouchDB keeps the losers beside the winner for readers who ask for conflicts.
  const isListed = Object.values(decisions).every(({resolver, until}) => (until ?? resolver) === 'revision');
  const who = isListed ? 'only a reader who asks for conflicts gets it' : 'no reader gets it';
  return `is lost: ${who}, and no write that had seen it replaced it`;
}
