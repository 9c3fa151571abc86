/**
 * What a leader reports of itself. Nothing in the protocol depends on who listens.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Write} from './op.ts';
import type {Reading} from './reading.ts';
import type {ResolverName} from './resolvers/index.ts';
import type {Dot, VersionVector} from './version-vector.ts';

export type LeaderEvent =
  /** Applied here: by its origin when accepted, elsewhere when received. */
  | {readonly type: 'applied'; readonly dot: Dot; readonly keys: readonly Key[]}
  /** The client was told that it is safe. */
  | {readonly type: 'acknowledged'; readonly dot: Dot}
  /** A key's frontier has more than one member, or a reader sees a write that newer ones had seen. */
  | {
      readonly type: 'conflict';
      readonly key: Key;
      readonly relation: 'concurrent' | 'reversed';
      readonly writes: readonly Write[];
      readonly resolver: ResolverName;
      readonly shows: Reading;
      readonly lost: readonly Dot[];
      readonly why: string;
    }
  /** The log was folded again under another resolver: every reading may differ. */
  | {readonly type: 'refolded'; readonly resolver: ResolverName}
  /** The disk refused operations; they were forgotten, none of them had been acknowledged or sent on. */
  | {readonly type: 'storage-failed'; readonly reason: string; readonly forgotten: number}
  /** A remote clock is further ahead than the drift limit; it was not adopted (invariant 6). */
  | {readonly type: 'clock-ahead'; readonly origin: LeaderId; readonly aheadMs: number}
  /** Operations arrived that were already applied, and were dropped. */
  | {readonly type: 'redundant'; readonly from: LeaderId; readonly count: number}
  | {readonly type: 'link-up' | 'link-down'; readonly peer: LeaderId; readonly have: VersionVector};
