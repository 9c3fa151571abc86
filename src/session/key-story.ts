/**
 * `why`: how the present value of a key came to be at one leader. It goes through the writes in the order in
 * which they arrived there, and says what is recorded of each: which writes its writer had been shown, which
 * its leader had but did not show, which its leader had not received, and the effect. No resolver changes any
 * of this. Only the end says what the present resolver makes of these writes.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {listed} from '../base/list.ts';
import {Fold} from '../core/fold/fold.ts';
import {isReset, type KeyWrite, type Op, type Write, writeOf} from '../core/log/op.ts';
import {covers, type Dot, sameDot, showDot} from '../core/log/version-vector.ts';
import {type ResolverSpec, resolverOf} from '../core/resolvers/registry.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from '../core/state/frontier.ts';
import {sawOf} from '../core/state/losses.ts';
import type {Reading} from '../core/state/reading.ts';
import type {ServerReading} from '../history/comparison.ts';
import type {Conflict} from '../history/conflict.ts';
import type {StoryLine} from '../history/story.ts';
import {count} from '../report/words/count.ts';
import {showKeyWrite} from '../report/words/show-op.ts';
import {showJson, showReading} from '../report/words/show-value.ts';

/** The number of writes that the story names. */
const LINKS = 20;
/** The number of writes that one sentence names. One increment can have seen hundreds. */
const NAMED = 5;

export interface KeyAtLeader {
  readonly key: Key;
  readonly leader: LeaderId;
  /** The operations that the leader has applied, in its order. */
  readonly ops: readonly Op[];
  readonly resolver: ResolverSpec;
  readonly reading: Reading;
  readonly conflicts: readonly Conflict[];
  /** If servers decide: what this leader's server makes of the key. */
  readonly server?: ServerReading | undefined;
}

/** The lines of the story, oldest first; the present reading comes last. */
export function keyStory(at: KeyAtLeader): readonly StoryLine[] {
  const {key, leader, ops, resolver, reading} = at;
  const writes = ops.flatMap(op =>
    op.writes.filter(change => change.key === key).map(change => writeOf(op, change)),
  );
  const first = Math.max(0, writes.length - LINKS);
  const earlier: StoryLine[] =
    first === 0
      ? []
      : [
          {
            leader,
            what: 'wrote',
            text: `${count(first, 'earlier write')} came before these.`,
          },
        ];
  // The user's module runs only at the leaders. Its decisions are in the conflict log.
  const outcome =
    at.server !== undefined
      ? ofServer(at, at.server, writes)
      : resolver.name === 'custom'
        ? logged(at)
        : decided(at, writes);
  const now: StoryLine = {
    leader,
    what: 'decided',
    text: `So a reader at ${leader} now sees ${showReading(reading)}.`,
  };
  return [...earlier, ...links(writes).slice(first), ...outcome, now];
}

function links(writes: readonly Write[]): readonly StoryLine[] {
  let frontier = EMPTY_FRONTIER;
  return writes.map(write => {
    const before = frontier;
    frontier = addToFrontier(before, write);
    return linkOf(write, before);
  });
}

function linkOf(write: Write, {members, context}: Frontier): StoryLine {
  const {dot, after, change} = write;
  const saw = sawOf(write);
  const isSeen = (other: Write) => saw.some(seen => sameDot(seen, other.dot));
  const hidden = members.filter(member => covers(after, member.dot) && !isSeen(member));
  const unseen = members.filter(member => !covers(after, member.dot));
  const sight = [
    saw.length === 0 ? 'It had seen no other write' : `It had seen ${names(saw)}`,
    ...(hidden.length === 0
      ? []
      : [
          `was not shown ${names(dotsOf(hidden))}, although ${dot.origin} had ` +
            `${hidden.length === 1 ? 'it' : 'them'}`,
        ]),
    ...(covers(context, dot) ? ['arrived after a write that had seen it'] : []),
    ...(unseen.length === 0 ? [] : [`had not received ${names(dotsOf(unseen))}`]),
  ].join(', and ');
  const text = `${dot.origin} wrote ${showDot(dot)}: ${showKeyWrite(change)}. ${sight}.${showEffect(change)}`;
  const isMerge = isReset(change) && members.filter(isSeen).length > 1;
  return {leader: dot.origin, what: isMerge ? 'merged' : 'wrote', dot, text};
}

const dotsOf = (writes: readonly Write[]): readonly Dot[] => writes.map(({dot}) => dot);

function names(dots: readonly Dot[]): string {
  const more = dots.length - NAMED;
  return listed([...dots.slice(0, NAMED).map(showDot), ...(more > 0 ? [`${more} more`] : [])]);
}

/** The value that the write led to at its leader, if the command does not say it. */
const showEffect = (change: KeyWrite): string =>
  'effect' in change ? ` That made it ${showJson(change.effect)} there.` : '';

/** What the present resolver makes of the writes, if there is something to decide. */
function decided(at: KeyAtLeader, writes: readonly Write[]): StoryLine[] {
  const {key, ops, resolver} = at;
  const fold = new Fold(resolverOf(resolver), ops);
  const lost = fold.lost(key);
  const isPlain =
    fold.conflictOn(key) === undefined &&
    lost.length === 0 &&
    writes.filter(write => fold.isShown(write)).length < 2;
  return isPlain ? [] : outcomeOf(at, `${resolver.name} decides now: ${fold.explain(key)}.`, lost);
}

/** What the leader's server shows, and what its log says about the latest conflict. */
function ofServer(at: KeyAtLeader, {why, lost}: ServerReading, writes: readonly Write[]): StoryLine[] {
  const {key, leader, conflicts} = at;
  const {members} = writes.reduce(addToFrontier, EMPTY_FRONTIER);
  const isPresent = (conflict: Conflict): boolean =>
    conflict.writes.some(({dot}) => members.some(member => sameDot(member.dot, dot)));
  const latest = conflicts.findLast(conflict => conflict.key === key && isPresent(conflict))?.decisions[
    leader
  ];
  const logLines = (latest?.serverLog ?? []).map((line, n): StoryLine => {
    const text = line.replaceAll('\t', '    ');
    return {leader, what: 'said', text: n === 0 ? `${leader}’s server logged: ${text}` : text};
  });
  return [...logLines, ...outcomeOf(at, `At ${leader}’s server, ${why}.`, lost)];
}

/** What the leader reported about the latest conflict of these writes. */
function logged(at: KeyAtLeader): StoryLine[] {
  const {key, leader, resolver, conflicts} = at;
  const made = conflicts.findLast(
    conflict => conflict.key === key && conflict.decisions[leader]?.resolver === resolver.name,
  )?.decisions[leader];
  return made === undefined
    ? []
    : outcomeOf(at, `${resolver.name} decided last: ${made.why}.`, made.lost, made.atMs);
}

function outcomeOf(
  {leader, resolver}: KeyAtLeader,
  text: string,
  lost: readonly Dot[],
  atMs?: number,
): StoryLine[] {
  const decision: StoryLine = {leader, what: 'decided', text};
  const isOne = lost.length === 1;
  // CouchDB keeps the losers beside the winner for readers who ask for conflicts.
  const who =
    resolver.name === 'revision'
      ? `Only a reader at ${leader} who asks for conflicts`
      : `No reader at ${leader}`;
  const cost =
    `${who} gets ${names(lost)}, and no write that had seen ` +
    `${isOne ? 'it replaced it' : 'them replaced them'}.`;
  return [
    atMs === undefined ? decision : {...decision, atMs},
    ...(lost.length === 0 ? [] : [{leader, what: 'lost', text: cost} as const]),
  ];
}
