/**
 * The events that a PostgreSQL leader reports, and the questions that it asks its cluster. Events flow one
 * way: from the database and the log of a server to the cluster, which handles all of them in one place.
 */
import type {Key, LeaderId} from '../../../base/ids.ts';
import type {Op} from '../../../core/log/op.ts';
import type {Dot} from '../../../core/log/version-vector.ts';
import type {Subject} from '../../../leader/news/event-batch.ts';
import type {News} from '../../../wire/leader-control.ts';
import type {LeaderState} from '../../shared/model/leader-state.ts';
import type {ServerConflict, SubscriptionStop} from '../server/server-conflict.ts';

export type PostgresEvent =
  /** Its status changed. */
  | {readonly type: 'status'; readonly state: LeaderState}
  /** What a leader of our own would report over its control connection. */
  | {readonly type: 'news'; readonly news: News}
  /** Operations arrived in its database. */
  | {readonly type: 'operations'}
  /** The row of an operation that was already present was written again. */
  | {readonly type: 'rewritten'; readonly dot: string}
  | {readonly type: 'row'; readonly key: Key}
  | ApplyFailure;

/** Its server logged that it could not apply what came over a subscription. */
export interface ApplyFailure {
  readonly type: 'apply-failed';
  readonly stop: SubscriptionStop;
  /** Present where a conflict was the reason. */
  readonly conflict: ServerConflict | undefined;
  readonly lines: readonly string[];
}

/** Questions of a leader about its cluster. They change nothing. */
export interface ClusterContext {
  members(): readonly LeaderId[];
  /** The number of links between two leaders. */
  hops(from: LeaderId, to: LeaderId): number;
  /** The links from this leader, as its news report them. */
  linksFrom(leader: LeaderId): ReturnType<Subject['links']>;
  /** An operation that any leader has. */
  operation(dot: Dot): Op | undefined;
}
