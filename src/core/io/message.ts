/**
 * What passes over a link. Operations go forth, from the sender at the link's start to the receiver at its
 * end; acknowledgements come back over the same link. What a leader asks for by name comes either way.
 *
 * `sums` are over the operations of each origin in `have` (`OpLog.sumOf`): the other end sees whether it
 * holds the same.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Sums} from '../log/log.ts';
import type {Op} from '../log/op.ts';
import type {VersionVector} from '../log/version-vector.ts';

export const PROTOCOL = 3;

/** More links than any operation travels; counting ends here. */
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
   * Forth. `batch` rises by 1 per message on a link's sender; `hops[i]` is how many links `ops[i]` has
   * travelled on arrival, from 1.
   */
  | {
      readonly type: 'ops';
      readonly batch: number;
      readonly ops: readonly Op[];
      readonly hops: readonly number[];
    }
  /**
   * Forth, and only without the loop guard: operations sent on although nobody asked. Nothing acknowledges
   * them.
   */
  | {readonly type: 'echo'; readonly ops: readonly Op[]; readonly hops: readonly number[]}
  /** Back. `gapAt` is a batch before which something is missing. */
  | ({readonly type: 'have'; readonly gapAt?: number} & Holdings)
  /** Either way: what each leader is known to have on disk. Sent only while writes wait for other leaders. */
  | {readonly type: 'known'; readonly persisted: {readonly [leader: LeaderId]: VersionVector}}
  /** Forth, with the sender's monotonic clock, and its echo back, with what a lost `have` would have said. */
  | {readonly type: 'ping'; readonly sentAtMs: number}
  | ({readonly type: 'pong'; readonly sentAtMs: number; readonly sums?: Sums} & Holdings)
  /**
   * Either way. Asks for up to `count` operations of the origin after `after`; `count` 0 asks only for the
   * sum.
   */
  | {readonly type: 'fetch'; readonly origin: LeaderId; readonly after: number; readonly count: number}
  /**
   * Either way, the answer: operations of the origin that follow `after` without a gap, `sum` over those
   * before them, and whether more messages of the same answer follow this one.
   */
  | {
      readonly type: 'fetched';
      readonly origin: LeaderId;
      readonly after: number;
      readonly sum: number;
      readonly ops: readonly Op[];
      readonly more: boolean;
    };

/** How a receiver stands. */
export interface Holdings {
  /** Survives a crash. */
  readonly have: VersionVector;
  /** Received too, and waiting in memory for what they depend on: do not send them again. */
  readonly buffered?: VersionVector;
  /** Origins whose operations are not taken now: halted on a conflict, or too many are buffered. */
  readonly refuses?: readonly LeaderId[];
}

export type MessageType = Message['type'];
