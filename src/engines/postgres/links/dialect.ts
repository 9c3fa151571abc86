/**
 * The two ways in which PostgreSQL replicates logically between leaders, as far as they differ: which
 * resolvers and topologies they support, and the SQL that links two servers.
 */
import {isLeaderId, type LeaderId, type LinkId, linkEnds, linkId} from '../../../base/ids.ts';
import type {TopologySpec} from '../../../command/action.ts';
import type {ResolverName, ResolverSpec} from '../../../core/resolvers/spec.ts';
import type {PostgresEngine} from '../../../port/engine-name.ts';
import type {ServerVersion} from '../server/binaries.ts';
import type {Sql} from '../sql/sql.ts';

/** How what flows over a link is chosen. */
export interface LinkPlan {
  readonly link: LinkId;
  /** `own` = only what the sender wrote itself; `all` = what it received, too. */
  readonly forward: 'own' | 'all';
  /** Whether the receiver leaves alone what comes back to it, where the sender forwards. */
  readonly isGuarded: boolean;
  /**
   * Whether the sender need not send what the receiver wrote last: it ends the way of an operation round a
   * ring.
   */
  readonly isFiltered: boolean;
}

/** A subscription as its server has it. */
export interface SubscriptionState {
  readonly link: LinkId;
  /** As the server's log names it. */
  readonly id: number | undefined;
  /** `stopped` = an error ended it, and nobody starts it again by itself. */
  readonly status: 'replicating' | 'connecting' | 'stopped';
  /** What the server counts of it, by its own names; what is 0 is left out. */
  readonly counted: {readonly [name: string]: number};
}

export interface Dialect {
  readonly engine: PostgresEngine;
  /** The resolver that a cluster starts with. */
  readonly firstResolver: ResolverSpec;
  readonly resolvers: readonly ResolverName[];
  readonly topologies: readonly TopologySpec['name'][];
  /** Whether receivers can be told to let their own operations go round. */
  readonly hasLoopguard: boolean;
  /** Why other topologies are not supported. */
  readonly topologyReason: string;
  /** What to use instead of an unsupported resolver, or of this topology. */
  readonly resolverHint: string;
  readonly topologyHints: {readonly [name in TopologySpec['name']]?: string};
  /** Of the server's settings, beside those that both need. */
  settings(version: ServerVersion): {readonly [name: string]: string};
  /** At each server, once. `dsn` is how it is reached directly. */
  prepare(self: LeaderId, dsn: string, sql: Sql): Promise<void>;
  /**
   * Runs at each server after each start. `dsn` is its current direct address: its port changes at each
   * start.
   */
  started(dsn: string, sql: Sql): Promise<void>;
  /**
   * At the receiver: subscribes to the sender through the link, which lets everything pass meanwhile.
   * `sender` speaks to the other end.
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
  /** Makes a worker that waits before it tries again try now. */
  kick(link: LinkId, receiver: Sql): Promise<void>;
  states(links: readonly LinkId[], receiver: Sql): Promise<readonly SubscriptionState[]>;
  /** Stops it: it would try again what cannot be done, over and over. */
  stop(link: LinkId, receiver: Sql): Promise<void>;
  /** Of the first transaction that the stopped receiver has not applied, where the sender tells. */
  firstWaiting(link: LinkId, sender: Sql): Promise<string | undefined>;
  /** Gives up the transaction that ended before `lsn`, and goes on behind it. */
  skip(link: LinkId, lsn: string, receiver: Sql): Promise<void>;
  switchResolver(resolver: ResolverSpec, server: Sql): Promise<void>;
}

/** Names of leaders are names in SQL, too, and need no quotes. */
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
