/**
 * A history: what happened in a session, one event per line in `history.jsonl`, in the order in which the lab
 * learned of it.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Action} from '../command/action.ts';
import type {LeaderEvent} from '../core/io/leader-event.ts';
import type {Dot} from '../core/log/version-vector.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';

export type HistoryEvent = {readonly atMs: number} & (
  | {
      readonly type: 'opened';
      readonly engine: string;
      readonly leaders: readonly LeaderId[];
      readonly topology: string;
      readonly resolver: ResolverSpec;
      readonly seed: number;
    }
  /** A command was carried out; `atMs` is when it was given. */
  | {
      readonly type: 'action';
      readonly action: Action;
      readonly status: 'ok' | 'fail' | 'info';
      readonly ms: number;
    }
  | {readonly type: 'leader'; readonly leader: LeaderId; readonly status: string; readonly cause?: string}
  | {readonly type: 'applied'; readonly leader: LeaderId; readonly dot: Dot; readonly hops: number}
  /**
   * The leader's own operations of this range of `seq`, both ends included, were acknowledged to its clients.
   */
  | {readonly type: 'acknowledged'; readonly leader: LeaderId; readonly from: number; readonly to: number}
  | ({readonly leader: LeaderId} & Extract<LeaderEvent, {type: 'conflict' | 'losses'}>)
  | ({readonly leader: LeaderId} & Extract<LeaderEvent, {type: 'dot-reused'}>)
  | {readonly type: 'notice'; readonly leader?: LeaderId; readonly text: string}
  | {readonly type: 'closed'}
);
