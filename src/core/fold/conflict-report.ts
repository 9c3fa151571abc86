/**
 * Turns the changes that an operation made to a key into the events that the conflict log is made of.
 */
import {assert, must} from '../../base/assert.ts';
import type {Key} from '../../base/ids.ts';
import {listed} from '../../base/list.ts';
import type {LeaderEvent} from '../io/leader-event.ts';
import {happenedBefore, type Op, type Write, writeOf} from '../log/op.ts';
import {compareDots, type Dot, showDot} from '../log/version-vector.ts';
import {addToFrontier} from '../state/frontier.ts';
import type {Disturbance, Fold} from './fold.ts';

type Conflict = Extract<LeaderEvent, {type: 'conflict'}>;
type OpOf = (dot: Dot) => Op | undefined;

/**
 * Reports a late arrival, the conflict that exists now, and the writes that became lost or are no longer
 * lost.
 */
export function reportsOf(fold: Fold, {key, late, lost, found}: Disturbance, opOf: OpOf): LeaderEvent[] {
  const events: LeaderEvent[] = [];
  if (lost.length + found.length > 0) events.push({type: 'losses', key, lost, found});
  if (late !== undefined) events.push(staleReport(fold, late, opOf));
  // A late write may also change what readers get of the conflict.
  const standing = conflictReport(fold, key, opOf);
  return standing === undefined ? events : [...events, standing];
}

/** Reports every conflict and loss, after the log was folded again. */
export function allReports(fold: Fold, opOf: OpOf): LeaderEvent[] {
  return [...fold.disturbedKeys()].flatMap(key => {
    const lost = fold.lost(key);
    const events: LeaderEvent[] = lost.length === 0 ? [] : [{type: 'losses', key, lost, found: []}];
    const standing = conflictReport(fold, key, opOf);
    return standing === undefined ? events : [...events, standing];
  });
}

/**
 * Reports the conflicts of the operation that this leader halts on. They count like any other, although the
 * operation is not applied.
 */
export function haltReports(fold: Fold, op: Op, opOf: OpOf): LeaderEvent[] {
  return op.writes.flatMap(change => {
    const write = writeOf(op, change);
    const {members} = addToFrontier(fold.snapshot(change.key).frontier, write);
    if (members.length < 2 || !members.includes(write)) return [];
    const unseen = members.filter(member => member !== write).map(({dot}) => showDot(dot));
    const why = `${op.dot.origin} is halted here: ${showDot(op.dot)} had not seen ${unseen.join(', ')}`;
    return [report(fold, change.key, 'concurrent', {sides: members, instead: []}, why, opOf)];
  });
}

/** The writes of a conflict: its sides, and those that readers get instead or that were there before. */
interface Standing {
  readonly sides: readonly Write[];
  readonly instead: readonly Write[];
}

/** A key whose reader sees a write that newer ones had seen. */
interface Reversed extends Standing {
  readonly key: Key;
}

/**
 * Returns the keys whose readers get a write that a newer, hidden write had seen, each with its frontier
 * (`sides`) and the shown write (`instead`). Call it before a switch of the resolver, for
 * `reportsNoLongerReversed`. A key is left out if `opOf` does not know the shown write.
 */
export function reversedOn(fold: Fold, opOf: OpOf): Reversed[] {
  return [...fold.disturbedKeys()].flatMap(key => {
    const conflict = fold.conflictOn(key);
    const preferred = conflict?.isReversed && conflict.instead && writeTo(key, opOf(conflict.instead));
    return conflict === undefined || !preferred
      ? []
      : [{key, sides: conflict.frontier.members, instead: [preferred]}];
  });
}

/**
 * Reports the keys that were reversed under the previous resolver and have no conflict under this one.
 * Otherwise the conflict log would keep them as reversed.
 */
export function reportsNoLongerReversed(fold: Fold, before: readonly Reversed[], opOf: OpOf): LeaderEvent[] {
  const resolved = before.filter(({key}) => fold.conflictOn(key) === undefined);
  return resolved.map(({key, ...standing}) =>
    report(fold, key, 'reversed', standing, fold.explain(key), opOf),
  );
}

/**
 * Reports what some servers call a conflict although it is not one: the later write had seen the earlier one.
 */
export const supersededReport = (fold: Fold, earlier: Write, later: Write, opOf: OpOf): Conflict =>
  report(
    fold,
    earlier.change.key,
    'stale',
    {sides: [earlier], instead: [later]},
    `${showDot(later.dot)} had seen ${showDot(earlier.dot)}, so this is not a conflict, though the server ` +
      'calls it one',
    opOf,
  );

/**
 * Reports writes that conflicted here, even if they no longer do: the report of a server may be read after
 * the conflict is over.
 */
export const pastReport = (fold: Fold, writes: readonly Write[], why: string, opOf: OpOf): Conflict => {
  const sides = [...writes].sort((a, b) => compareDots(a.dot, b.dot));
  const {change} = must(sides[0], 'a side of the conflict');
  return report(fold, change.key, 'concurrent', {sides, instead: []}, why, opOf);
};

/** The present conflict on the key, if there is one. */
export function conflictReport(fold: Fold, key: Key, opOf: OpOf): Conflict | undefined {
  const conflict = fold.conflictOn(key);
  if (conflict === undefined) return undefined;
  const {members} = conflict.frontier;
  const preferred = conflict.instead && writeTo(key, opOf(conflict.instead));
  const standing = {sides: members, instead: preferred === undefined ? [] : [preferred]};
  const why = [fold.explain(key), ...(preferred === undefined ? [] : whoseClock(preferred, members))].join(
    ': ',
  );
  return report(fold, key, conflict.isReversed ? 'reversed' : 'concurrent', standing, why, opOf);
}

function staleReport(fold: Fold, late: Write, opOf: OpOf): Conflict {
  const {key} = late.change;
  const {members} = fold.snapshot(key).frontier;
  const why = `${showDot(late.dot)} arrived late: a write that was here before it had already seen it`;
  return report(fold, key, 'stale', {sides: [late], instead: members}, why, opOf);
}

function report(
  fold: Fold,
  key: Key,
  relation: Conflict['relation'],
  {sides, instead}: Standing,
  why: string,
  opOf: OpOf,
): Conflict {
  assert(sides.length > 0, 'a conflict has sides');
  const writes =
    instead.length === 0 ? sides : [...sides, ...instead].sort((a, b) => compareDots(a.dot, b.dot));
  const tears = writes.flatMap(({dot}) => tearOf(fold, opOf(dot)) ?? []);
  return {
    type: 'conflict',
    key,
    relation,
    writes,
    sides: sides.map(({dot}) => dot),
    instead: instead.map(({dot}) => dot),
    resolver: fold.resolver,
    shows: fold.read(key),
    lost: writes.map(({dot}) => dot).filter(dot => fold.isLost(key, dot)),
    torn: tears.map(({dot}) => dot),
    why: [why, ...tears.map(({text}) => text)].join('; '),
  };
}

/** The torn transaction, if a reader here gets one part of it and another part is lost. */
function tearOf(fold: Fold, op: Op | undefined): {readonly dot: Dot; readonly text: string} | undefined {
  if (op === undefined || op.writes.length < 2) return undefined;
  const lost = op.writes.filter(({key}) => fold.isLost(key, op.dot)).map(({key}) => key);
  const shown = op.writes
    .filter(change => !lost.includes(change.key) && fold.isShown(writeOf(op, change)))
    .map(({key}) => key);
  if (lost.length === 0 || shown.length === 0) return undefined;
  const [dot, shows, loses] = [showDot(op.dot), namedKeys(shown), namedKeys(lost)];
  return {
    dot: op.dot,
    text: `transaction ${dot} is torn apart: its write to ${shows} is shown, its write to ${loses} is lost`,
  };
}

/** The number of keys that one sentence names. */
const NAMED_KEYS = 4;

const namedKeys = (keys: readonly Key[]): string =>
  keys.length <= NAMED_KEYS
    ? keys.join(', ')
    : `${keys.slice(0, NAMED_KEYS).join(', ')} and ${keys.length - NAMED_KEYS} more`;

/**
 * Says that a newer write has the lower wall clock and lost to a write that it had seen. No leader can know
 * which of two clocks is wrong, only how they differ.
 */
function whoseClock(preferred: Write, newer: readonly Write[]): string[] {
  const behind = newer
    .filter(write => happenedBefore(preferred, write) && write.wallMs < preferred.wallMs)
    .map(({dot}) => dot.origin);
  const others = [...new Set(behind)].filter(origin => origin !== preferred.dot.origin);
  if (others.length === 0) return behind.length > 0 ? [`${preferred.dot.origin}'s clock was set back`] : [];
  const clocks = listed(others.map(origin => `${origin}'s`));
  const were = others.length === 1 ? 'clock was' : 'clocks were';
  return [`${clocks} ${were} behind ${preferred.dot.origin}'s`];
}

function writeTo(key: Key, op: Op | undefined): Write | undefined {
  const change = op?.writes.find(write => write.key === key);
  return op === undefined || change === undefined ? undefined : writeOf(op, change);
}
