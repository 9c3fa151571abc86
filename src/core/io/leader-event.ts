/**
 * The events that a leader reports. The protocol does not depend on them.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import type {Op, Write} from '../log/op.ts';
import type {Dot, VersionVector} from '../log/version-vector.ts';
import type {ResolverName} from '../resolvers/spec.ts';
import type {Reading} from '../state/reading.ts';

/** Numbers the requests of clients, so that an effect can name the request that it answers. */
export type RequestId = number;

/** The relation between the writes of a conflict. */
export type Relation = 'concurrent' | 'reversed' | 'stale';

/**
 * An origin whose operations are no longer applied here, the operation that it halted on, and the writes that
 * this operation conflicts with.
 */
export interface HaltedOrigin {
  readonly origin: LeaderId;
  readonly dot: Dot;
  readonly key: Key;
  readonly with: readonly Dot[];
}

export type LeaderEvent =
  /**
   * This leader applied the operation: as its origin when accepting it, otherwise when receiving it. `hops`:
   * the number of links that it came over, 0 at its origin. `request`: the client's request, if it was
   * accepted here.
   */
  | {
      readonly type: 'applied';
      readonly dot: Dot;
      readonly keys: readonly Key[];
      readonly hops: number;
      readonly request?: RequestId;
    }
  /** The client was told that it is safe. */
  | {readonly type: 'acknowledged'; readonly dot: Dot}
  /** The client was told that the outcome is unknown: too few leaders confirmed it in time. */
  | {readonly type: 'unconfirmed'; readonly dot: Dot}
  /**
   * `concurrent`: the key's frontier has more than one member. `reversed`: a reader sees a write that newer
   * ones had seen. `stale`: a write arrived after a write that had seen it.
   */
  | {
      readonly type: 'conflict';
      readonly key: Key;
      readonly relation: Relation;
      /** Sorted by dot. */
      readonly writes: readonly Write[];
      /**
       * Of `writes`: the conflicting writes on the frontier, or the late one. More than one if and only if
       * they were on the frontier together. Sorted by dot.
       */
      readonly sides: readonly Dot[];
      /**
       * Of `writes`: the write that readers get instead of a reversed one, or the frontier before a late
       * write. Sorted by dot.
       */
      readonly instead: readonly Dot[];
      readonly resolver: ResolverName;
      readonly shows: Reading;
      /**
       * Of `writes`: those whose effect no reader here gets, although no write that had seen them replaced
       * them. Sorted by dot.
       */
      readonly lost: readonly Dot[];
      /** Transactions that a reader here sees only in part. Sorted by dot. */
      readonly torn: readonly Dot[];
      readonly why: string;
      /** If a database server decides: the lines of its log about this conflict, word for word. */
      readonly serverLog?: readonly string[];
    }
  /**
   * What changed since the last such event of the key: writes that became lost here, and writes that are no
   * longer lost. Sorted by dot.
   */
  | {
      readonly type: 'losses';
      readonly key: Key;
      readonly lost: readonly Dot[];
      readonly found: readonly Dot[];
    }
  /**
   * `halt`: the origin's operations are no longer applied here, because of a conflict with what is on the
   * key's frontier.
   */
  | ({readonly type: 'halted'} & HaltedOrigin)
  | {readonly type: 'unhalted'; readonly origin: LeaderId}
  /** The user's resolver module failed on a key. The key keeps its siblings. */
  | {readonly type: 'custom-failed'; readonly key: Key; readonly reason: string}
  /** The log was folded again through another resolver: every reading may differ. */
  | {readonly type: 'refolded'; readonly resolver: ResolverName}
  /** The disk refused operations. They were forgotten; none of them had been acknowledged or sent on. */
  | {readonly type: 'storage-failed'; readonly reason: string; readonly forgotten: number}
  /**
   * A remote clock is further ahead than the drift limit, or its counter is beyond the limit. It was not
   * adopted (invariant 6).
   */
  | {readonly type: 'clock-ahead'; readonly origin: LeaderId; readonly aheadMs: number}
  /**
   * This leader (`origin`) has fetched its own operations with these `seq` from its peers, because its
   * log lacked them.
   */
  | {readonly type: 'recovered'; readonly origin: LeaderId; readonly from: number; readonly to: number}
  /**
   * `holder` has these operations of this leader. The leader could not fetch them and accepts writes anyway.
   */
  | {
      readonly type: 'not-recovered';
      readonly origin: LeaderId;
      readonly from: number;
      readonly to: number;
      readonly holder: LeaderId;
    }
  /** One dot names two operations: `ours` here and `theirs` at `peer`. */
  | {
      readonly type: 'dot-reused';
      readonly dot: Dot;
      readonly peer: LeaderId;
      readonly ours: Op;
      readonly theirs: Op;
    }
  /** Operations arrived that were already applied, and were dropped. */
  | {readonly type: 'redundant'; readonly from: LeaderId; readonly count: number}
  | {readonly type: 'link-up' | 'link-down'; readonly peer: LeaderId; readonly have: VersionVector};
