/**
 * The differences between the two ways in which PostgreSQL replicates logically: which resolvers and
 * topologies each supports, and the SQL that links two servers.
 */
import {isLeaderId, type LeaderId, type LinkId, linkEnds, linkId} from '../../../base/ids.ts';
import type {TopologySpec} from '../../../command/topology.ts';
import type {ResolverName, ResolverSpec} from '../../../core/resolvers/spec.ts';
import type {PostgresEngine} from '../../../port/engine-name.ts';
import type {ServerVersion} from '../server/binaries.ts';
import type {Sql} from '../sql/sql.ts';

/** Which operations a link carries. */
export interface LinkPlan {
  readonly link: LinkId;
  /** `own`: only what the sender wrote itself. `all`: also what it received. */
  readonly forward: 'own' | 'all';
  /** True if the receiver ignores its own operations when a forwarding sender returns them. */
  readonly isGuarded: boolean;
  /**
   * True if the sender leaves out rows that the receiver wrote last. So an operation stops after one round of
   * a ring.
   */
  readonly isFiltered: boolean;
}

/** The state of a subscription at its server. */
export interface SubscriptionState {
  readonly link: LinkId;
  /** The number by which the server's log names it. */
  readonly id: number | undefined;
  /** `stopped`: an error ended it, and the server does not start it again by itself. */
  readonly status: 'replicating' | 'connecting' | 'stopped';
  /** The server's counters, by its own names; counters at 0 are left out. */
  readonly counted: {readonly [name: string]: number};
}

export interface Dialect {
  readonly engine: PostgresEngine;
  /** The resolver that a cluster starts with. */
  readonly firstResolver: ResolverSpec;
  readonly resolvers: readonly ResolverName[];
  readonly topologies: readonly TopologySpec['name'][];
  /**
   * True if the loop guard can be turned off, so that a leader applies its own operations when they come
   * back.
   */
  readonly hasLoopguard: boolean;
  /** Why other topologies are not supported. */
  readonly topologyReason: string;
  /** The resolver to use instead of an unsupported one, and for each topology what to use instead. */
  readonly resolverHint: string;
  readonly topologyHints: {readonly [name in TopologySpec['name']]?: string};
  /** Settings of the server, besides those that both dialects need. */
  settings(version: ServerVersion): {readonly [name: string]: string};
  /** Runs once at each server. `dsn` is its direct address. */
  prepare(self: LeaderId, dsn: string, sql: Sql): Promise<void>;
  /**
   * Runs at each server after each start. `dsn` is its current direct address: its port changes at each
   * start.
   */
  started(dsn: string, sql: Sql): Promise<void>;
  /**
   * Creates the subscription at the receiver, through the link, which lets everything pass meanwhile.
   */
  subscribe(plan: LinkPlan, dsn: string, receiver: Sql, sender: Sql): Promise<void>;
  /**
   * Continues the subscription of this link over `dsn` with this plan, if it exists. Returns whether it
   * exists.
   */
  alter(plan: LinkPlan, dsn: string, receiver: Sql, sender: Sql): Promise<boolean>;
  /** Skips everything written before now. Stops the subscription; `alter` starts it again. */
  passOver(link: LinkId, receiver: Sql, sender: Sql): Promise<void>;
  /** Removes the subscription and its slot if they exist. */
  unsubscribe(link: LinkId, receiver: Sql, sender: Sql): Promise<void>;
  /** The names of all subscriptions of the lab's database at this receiver. */
  names(receiver: Sql): Promise<readonly string[]>;
  /** Makes a waiting worker retry now. */
  retryNow(link: LinkId, receiver: Sql): Promise<void>;
  states(links: readonly LinkId[], receiver: Sql): Promise<readonly SubscriptionState[]>;
  /** Stops the subscription, which would otherwise retry what cannot be applied. */
  stop(link: LinkId, receiver: Sql): Promise<void>;
  /** The end of the first transaction that the stopped receiver has not applied, if the sender knows it. */
  firstWaiting(link: LinkId, sender: Sql): Promise<string | undefined>;
  /** Skips the transaction that ends at `lsn`, and continues after it. */
  skip(link: LinkId, lsn: string, receiver: Sql): Promise<void>;
  switchResolver(resolver: ResolverSpec, server: Sql): Promise<void>;
}

/** The name of a link's subscription. Names of leaders are valid names in SQL and need no quotes. */
export function subscriptionOf(link: LinkId): string {
  const {from, to} = linkEnds(link);
  return `${from}_to_${to}`;
}

/** The link that a subscription of this name belongs to. Names of leaders contain no underscore. */
export function linkOfSubscription(name: string): LinkId | undefined {
  const [from, to, ...others] = name.split('_to_');
  return from !== undefined && to !== undefined && others.length === 0 && isLeaderId(from) && isLeaderId(to)
    ? linkId(from, to)
    : undefined;
}
