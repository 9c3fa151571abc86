/**
 * The messages between leaders. Operations travel forward on a link, from the leader at its start to the
 * leader at its end; acknowledgements travel back over the same link. Requests for operations (`fetch`) go in
 * both directions.
 *
 * `sums` covers the operations of each origin in `have` (`OpLog.sumOf`), so that the receiver sees whether it
 * holds the same operations.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Sums} from '../log/log.ts';
import type {Op} from '../log/op.ts';
import type {VersionVector} from '../log/version-vector.ts';

export const PROTOCOL = 3;

/** More links than an operation ever travels. Counting stops here. */
export const MAX_HOPS = 1024;

export type Message =
  /** Both ends introduce themselves; `have` is what survives a crash there. */
  | {
      readonly type: 'hello';
      readonly protocol: typeof PROTOCOL;
      readonly leader: LeaderId;
      readonly cluster: string;
      readonly have: VersionVector;
      readonly sums?: Sums;
    }
  /**
   * Forward. `batch` rises by 1 with each such message on a link. `hops[i]`: the number of links that
   * `ops[i]` has travelled on arrival, from 1.
   */
  | {
      readonly type: 'ops';
      readonly batch: number;
      readonly ops: readonly Op[];
      readonly hops: readonly number[];
    }
  /**
   * Forward, only without the loop guard: operations sent on without a request. Nothing acknowledges them.
   */
  | {readonly type: 'echo'; readonly ops: readonly Op[]; readonly hops: readonly number[]}
  /** Back. `gapAt`: the batch before which an operation is missing. */
  | ({readonly type: 'have'; readonly gapAt?: number} & Holdings)
  /**
   * Both directions: what each leader is known to have on disk. Sent only while writes wait for other
   * leaders.
   */
  | {readonly type: 'known'; readonly persisted: {readonly [leader: LeaderId]: VersionVector}}
  /**
   * Forward, with the monotonic clock of the sender. The answer repeats the clock and the content of the last
   * `have`, which may be lost.
   */
  | {readonly type: 'ping'; readonly sentAtMs: number}
  | ({readonly type: 'pong'; readonly sentAtMs: number; readonly sums?: Sums} & Holdings)
  /**
   * Both directions. Asks for up to `count` operations of the origin after `after`. With `count` 0 it asks
   * for the sum alone.
   */
  | {readonly type: 'fetch'; readonly origin: LeaderId; readonly after: number; readonly count: number}
  /**
   * The answer: operations of the origin that follow `after` without a gap, `sum` over those before them, and
   * whether more messages of the same answer follow.
   */
  | {
      readonly type: 'fetched';
      readonly origin: LeaderId;
      readonly after: number;
      readonly sum: number;
      readonly ops: readonly Op[];
      readonly more: boolean;
    };

/** The operations that a receiver has, and those that it refuses now. */
export interface Holdings {
  /** The operations that survive a crash. */
  readonly have: VersionVector;
  /** Received and waiting in memory for operations that they depend on: do not send them again. */
  readonly buffered?: VersionVector;
  /** Origins whose operations are refused now: halted on a conflict, or too many are buffered. */
  readonly refuses?: readonly LeaderId[];
}

export type MessageType = Message['type'];
