/**
 * Operations: what a leader accepts, logs and replicates. One operation is one write, or several as a
 * transaction.
 *
 * Every key write carries its *intent* (increment by 2) and its *effect* (the value that the origin computed
 * from it). A register resolver reads the effect, a CRDT reads the intent, so one history can be seen through
 * every resolver.
 */
import type {Key} from '../../base/ids.ts';
import type {Json} from '../../base/json.ts';
import type {Hlc} from './hybrid-clock.ts';
import {covers, type Dot, type VersionVector} from './version-vector.ts';

/** What the client asks for one key. */
export type Intent =
  | {readonly type: 'set'; readonly value: Json}
  | {readonly type: 'del'}
  | {readonly type: 'incr'; readonly by: number}
  | {readonly type: 'sadd'; readonly element: Json}
  | {readonly type: 'srem'; readonly element: Json}
  | {readonly type: 'hset'; readonly field: string; readonly value: Json};

export type IntentType = Intent['type'];

/**
 * An intent as the origin accepted it. `effect` is the whole value of the key afterwards, as the origin saw
 * it. `saw`: of the writes that this one removes from the frontier, those that the origin's reading showed;
 * and the shown write, if it was off the frontier. The removed writes that are not in `saw` were discarded
 * unseen. Sorted by dot.
 *
 * `parent` is the write whose revision this one edits: the leaf that the resolver `revision` would show for
 * the operations in `after`, whichever resolver is in use. It is absent if `saw` holds only that write, or if
 * the key was never written. `generation` is the parent's + 1. (Writes made before parents were recorded may
 * have seen several writes and name no parent: they edit all of them.)
 */
export type KeyWrite = {
  readonly key: Key;
  readonly generation: number;
  readonly saw: readonly Dot[];
  readonly parent?: Dot;
} & (
  | {readonly type: 'set'; readonly value: Json}
  | {readonly type: 'del'}
  | {readonly type: 'incr'; readonly by: number; readonly effect: Json}
  | {readonly type: 'sadd'; readonly element: Json; readonly effect: Json}
  | {readonly type: 'srem'; readonly element: Json; readonly observed: readonly Dot[]; readonly effect: Json}
  | {readonly type: 'hset'; readonly field: string; readonly value: Json; readonly effect: Json}
);

export interface Op {
  readonly dot: Dot;
  /** Everything the origin had applied when it accepted this. It covers `seq - 1` of the origin itself. */
  readonly after: VersionVector;
  readonly hlc: Hlc;
  /** The origin's own wall clock, which may be skewed. */
  readonly wallMs: number;
  readonly writes: readonly KeyWrite[];
}

/** An operation as it arrived. */
export interface Arrival {
  readonly op: Op;
  /** The number of links that it came over; 0 at its origin. */
  readonly hops: number;
}

/** One key's part of an operation: what frontiers and resolvers work on. */
export interface Write {
  readonly dot: Dot;
  readonly after: VersionVector;
  readonly hlc: Hlc;
  readonly wallMs: number;
  readonly change: KeyWrite;
}

/**
 * Returns one of the operation's changes as a write of its own, with the dot and the clocks of the operation.
 */
export const writeOf = (op: Op, change: KeyWrite): Write => ({
  dot: op.dot,
  after: op.after,
  hlc: op.hlc,
  wallMs: op.wallMs,
  change,
});

/** Whether `a` happened before `b`: the origin of `b` had applied `a`. */
export const happenedBefore = (a: {readonly dot: Dot}, b: {readonly after: VersionVector}): boolean =>
  covers(b.after, a.dot);

/** Which operations of a log to show. */
export interface Wanted {
  /** Only operations that write this key. */
  readonly key?: Key | undefined;
  /** Only operations that this vector covers. */
  readonly upTo?: VersionVector | undefined;
}

/**
 * Returns a test that is true for the operations to show: those that write `key` and that `upTo` covers. A
 * condition that is absent holds for all.
 */
export const isWanted =
  ({key, upTo}: Wanted) =>
  ({dot, writes}: Op): boolean =>
    (key === undefined || writes.some(write => write.key === key)) &&
    (upTo === undefined || covers(upTo, dot));

/** Whether the write replaces the whole value. */
export const isReset = ({type}: KeyWrite): boolean => type === 'set' || type === 'del';

/** The value that the key would have if this were its only write; undefined for a `del`. */
export function effectOf(change: KeyWrite): Json | undefined {
  if (change.type === 'del') return undefined;
  return change.type === 'set' ? change.value : change.effect;
}
