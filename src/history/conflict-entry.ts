/**
 * One conflict while reports of it still arrive: the reports of all leaders, combined.
 * `conflict-from-entry.ts` makes a `Conflict` of it on demand.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {clipValue} from '../base/json.ts';
import {type ConflictReport, strongerRelation} from '../core/fold/joined-reports.ts';
import type {Relation} from '../core/io/leader-event.ts';
import {effectOf, type Write} from '../core/log/op.ts';
import {compareDots, type Dot, sameDot} from '../core/log/version-vector.ts';
import {sameReading} from '../core/state/reading.ts';
import type {Conflict, ConflictWrite, Decision} from './conflict.ts';
import {summarize} from './summarize.ts';

export interface ConflictEntry {
  readonly id: number;
  readonly key: Key;
  readonly detectedAtMs: number;
  relation: Relation;
  /** Sorted by dot. Whether they are acknowledged is filled in when they are shown. */
  writes: readonly ConflictWrite[];
  /** Of `writes`. Sorted by dot. */
  sides: readonly Dot[];
  /** Of `writes`. Sorted by dot. */
  instead: readonly Dot[];
  /** Whether it continues an entry that is no longer kept: that one was counted. */
  isContinued: boolean;
  /**
   * Whether it is counted: if and only if its sides were concurrent and it does not continue another entry.
   */
  isCounted: boolean;
  decisions: {readonly [leader: LeaderId]: Decision};
  /** The position of each decision among all reports. */
  decidedAt: {readonly [leader: LeaderId]: number};
  torn: readonly Dot[];
  /**
   * Whether `takeChanged` returned it or `restore` got it: only then others must learn that it was merged
   * into another entry.
   */
  isTaken: boolean;
  /** The entry as `Conflict`; undefined after a change. */
  shown: Conflict | undefined;
}

export const newEntry = (
  id: number,
  {key, relation}: ConflictReport,
  detectedAtMs: number,
  isContinued: boolean,
): ConflictEntry => ({
  id,
  key,
  detectedAtMs,
  relation,
  writes: [],
  sides: [],
  instead: [],
  isContinued,
  isCounted: false,
  decisions: {},
  decidedAt: {},
  torn: [],
  isTaken: false,
  shown: undefined,
});

/** An entry as it was saved. Its writes are still to be added. */
export function restoredEntry(conflict: Conflict, isCounted: boolean): ConflictEntry {
  const {lost: _lost, why: _why, kind: _kind, ...saved} = conflict;
  return {
    ...saved,
    writes: [],
    isContinued: false,
    isCounted,
    decidedAt: {},
    isTaken: true,
    shown: undefined,
  };
}

export const holdsWrite = ({writes}: ConflictEntry, {dot}: {readonly dot: Dot}): boolean =>
  writes.some(write => sameDot(write.dot, dot));

export const isIncrementIn = ({writes}: ConflictEntry, dot: Dot): boolean =>
  writes.some(write => write.intent === 'incr' && sameDot(write.dot, dot));

/** Whether the write is one of the entry's sides. */
export const isAbout = ({sides}: ConflictEntry, dot: Dot): boolean => sides.some(side => sameDot(side, dot));

type Part = Pick<Conflict, 'relation' | 'sides' | 'instead' | 'writes'>;

/**
 * Adds sides to the entry. `instead` comes from the report with the stronger relation. Returns the writes
 * that the entry still names.
 */
export function addPart(
  entry: ConflictEntry,
  {relation, sides, instead, writes}: Part,
): readonly ConflictWrite[] {
  const stronger = strongerRelation(entry.relation, relation);
  entry.instead = relation === stronger ? instead : entry.instead;
  entry.relation = stronger;
  entry.sides = unionOf(entry.sides, sides);
  const all = [...entry.writes, ...writes.filter(write => !holdsWrite(entry, write))];
  return all.filter(({dot}) => [...entry.sides, ...entry.instead].some(named => sameDot(named, dot)));
}

/** Adds the leader's decision from this report. A repeated report keeps its decision time. */
export function addDecision(
  entry: ConflictEntry,
  leader: LeaderId,
  report: ConflictReport,
  atMs: number,
  position: number,
): void {
  const {resolver, shows, lost, torn, why} = report;
  const before = entry.decisions[leader];
  const isNew =
    before === undefined ||
    before.resolver !== resolver ||
    before.why !== why ||
    !sameReading(before.shows, shows);
  const times = {learnedAtMs: before?.learnedAtMs ?? atMs, atMs: isNew ? atMs : before.atMs};
  entry.decisions = {
    ...entry.decisions,
    [leader]: {resolver, shows, ...times, lost, why, ...serverLogOf(report, before, atMs)},
  };
  entry.decidedAt = {...entry.decidedAt, [leader]: position};
  entry.torn = unionOf(entry.torn, torn);
}

/** Takes over the decisions of an entry of the same conflict; of each leader, the later decision counts. */
export function addDecisionsOf(entry: ConflictEntry, other: ConflictEntry): void {
  for (const [leader, decision] of Object.entries(other.decisions) as [LeaderId, Decision][]) {
    const [here, there] = [entry.decidedAt[leader] ?? -1, other.decidedAt[leader] ?? 0];
    if (here > there) continue;
    entry.decisions = {...entry.decisions, [leader]: decision};
    entry.decidedAt = {...entry.decidedAt, [leader]: there};
  }
  entry.torn = unionOf(entry.torn, other.torn);
}

export function toConflictWrite(
  {dot, after, change, wallMs, hlc}: Write,
  receivedAtMs: number,
): ConflictWrite {
  const value = effectOf(change);
  const write = {
    dot,
    intent: change.type,
    summary: summarize(change),
    wallMs,
    receivedAtMs,
    hlc,
    after,
    acknowledged: false,
  };
  return value === undefined ? write : {...write, value: clipValue(value)};
}

/**
 * The lines of a server's log about the conflict. A server that is blocked repeats the same lines, so the
 * time of the first is kept.
 */
function serverLogOf(
  {serverLog}: ConflictReport,
  before: Decision | undefined,
  atMs: number,
): Pick<Decision, 'serverLog' | 'serverLoggedAtMs'> {
  if (serverLog !== undefined && serverLog.join('\n') !== before?.serverLog?.join('\n'))
    return {serverLog, serverLoggedAtMs: atMs};
  if (before?.serverLog === undefined) return {};
  const {serverLog: lines, serverLoggedAtMs} = before;
  return {serverLog: lines, ...(serverLoggedAtMs === undefined ? {} : {serverLoggedAtMs})};
}

function unionOf(dots: readonly Dot[], more: readonly Dot[]): readonly Dot[] {
  const fresh = more.filter(dot => !dots.some(other => sameDot(other, dot)));
  return fresh.length === 0 ? dots : [...dots, ...fresh].sort(compareDots);
}
