/**
 * A trace: all that happened in one run, as someone would tell it who can look everywhere at once. What checkers judge. A simulated run
 * makes one exactly; of a real one it would have to be put together from what clients and leaders say.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Action} from '../command/action.ts';
import type {Intent, Op} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import type {Dot, VersionVector} from '../core/version-vector.ts';

/** What a client wants done to a key. */
export interface Asked {
  readonly key: Key;
  readonly intent: Intent;
}

export type TraceEvent = {readonly atMs: number} /** A person or the nemesis did this. */ & (
  | {readonly type: 'action'; readonly action: Action}
  /** A client asked a leader for these writes, as one operation; for none of them where it wants to read. */
  | {readonly type: 'asked'; readonly request: number; readonly leader: LeaderId; readonly writes: readonly Asked[]}
  /**
   * A client that wanted to write was answered. `ok` = it is safe, `fail` = it surely did not happen, `info` = unknown: it was not confirmed
   * in time, or the leader died, and then the client has no dot.
   */
  | {
      readonly type: 'answered';
      readonly request: number;
      readonly leader: LeaderId;
      readonly status: 'ok' | 'fail' | 'info';
      readonly dot?: Dot;
    }
  /** What a client read at a leader, and everything applied there when it was answered. */
  | {
      readonly type: 'read';
      readonly request: number;
      readonly leader: LeaderId;
      readonly key: Key;
      readonly reading: Reading;
      readonly vv: VersionVector;
    }
  /** A leader applied an operation; `vv` and `digest` are what it has and shows afterwards. `resolver` as `showResolver` has it. */
  | {
      readonly type: 'applied';
      readonly leader: LeaderId;
      readonly op: Op;
      readonly vv: VersionVector;
      readonly digest: string;
      /** Of the keys that it writes to, in the order of its writes. */
      readonly readings: readonly Reading[];
      readonly resolver: string;
    }
  /** The process ended, and what its disk had not taken with it. */
  | {readonly type: 'crashed'; readonly leader: LeaderId}
  | {readonly type: 'started'; readonly leader: LeaderId; readonly vv: VersionVector}
  /** A new leader runs, and is a member from now on. */
  | {readonly type: 'joined'; readonly leader: LeaderId}
);

export interface FinalLeader {
  readonly leader: LeaderId;
  /** In the order of arrival. */
  readonly ops: readonly Op[];
  readonly vv: VersionVector;
  readonly digest: string;
  readonly readings: {readonly [key: Key]: Reading};
  /** The writes that it counts as lost, sorted by dot; keys without any may be absent. */
  readonly lost: {readonly [key: Key]: readonly Dot[]};
  /** Origins whose operations it does not apply, under `halt`. */
  readonly halted: readonly LeaderId[];
}

/** A run, and how every leader stood at its end, when all faults had been healed and there was time to converge. */
export interface Trace {
  readonly events: readonly TraceEvent[];
  readonly ends: readonly FinalLeader[];
}
