/**
 * The dialect of the pglogical extension: nodes, replication sets, and subscriptions that resolve conflicts
 * by one of five rules. A leader forwards everything that it received, or nothing; a row filter stops an
 * operation after one round of a ring.
 */
import {type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import type {ResolverName, ResolverSpec} from '../../../core/resolvers/spec.ts';
import type {ServerVersion} from '../server/binaries.ts';
import {REPLICATED} from '../sql/schema.ts';
import {advanceSlot, dropSlot} from '../sql/slots.ts';
import {literal, type Row, type Sql} from '../sql/sql.ts';
import {type Dialect, type LinkPlan, type SubscriptionState, subscriptionOf} from './dialect.ts';

/** The names of resolvers in pglogical. */
const RESOLUTIONS: {readonly [resolver in ResolverName]?: string} = {
  lww: 'last_update_wins',
  fww: 'first_update_wins',
  'apply-remote': 'apply_remote',
  'keep-local': 'keep_local',
  halt: 'error',
};

/**
 * The dialect of the pglogical extension. It has five resolvers, and the topologies mesh, star and ring. It
 * cannot name the first waiting transaction: `firstWaiting` returns undefined.
 */
export const PGLOGICAL: Dialect = {
  engine: 'pglogical',
  firstResolver: {name: 'lww'},
  resolvers: Object.keys(RESOLUTIONS) as ResolverName[],
  topologies: ['mesh', 'star', 'ring'],
  hasLoopguard: true,
  topologyReason: 'pglogical forwards all that a leader received, or nothing',
  resolverHint: `it has ${Object.keys(RESOLUTIONS).join(', ')}`,
  topologyHints: {},
  settings: version => ({
    shared_preload_libraries: 'pglogical',
    ...(namesOutputPlugins(version)
      ? {output_plugin_libraries: 'pgoutput, test_decoding, pglogical_output'}
      : {}),
  }),

  async prepare(self, dsn, sql) {
    await sql.query('create extension pglogical');
    await sql.query('select pglogical.create_node($1, $2)', [self, dsn]);
    await addTables('default', undefined, sql);
  },

  /**
   * A new subscription needs the address of its own server, too. The extension has no function to change that
   * address.
   */
  async started(dsn, sql) {
    await sql.query(
      `update pglogical.node_interface set if_dsn = $1
       where if_id = (select node_local_interface from pglogical.local_node) and if_dsn <> $1`,
      [dsn],
    );
  },

  async subscribe(plan, dsn, receiver, sender) {
    await receiver.query('select pglogical.create_subscription($1, $2, $3, false, false, $4)', [
      subscriptionOf(plan.link),
      dsn,
      await setsOf(plan, sender),
      originsOf(plan),
    ]);
  },

  /**
   * Forwarding and the address can be changed only in the extension's tables; its workers read these tables
   * when they start.
   */
  async alter(plan, dsn, receiver, sender) {
    const name = subscriptionOf(plan.link);
    if (!(await isThere(name, receiver))) return false;
    const sets = await setsOf(plan, sender);
    await disable(name, receiver);
    await receiver.query(
      `update pglogical.node_interface set if_dsn = $2
       where if_id = (select sub_origin_if from pglogical.subscription where sub_name = $1)`,
      [name, dsn],
    );
    await receiver.query(
      'update pglogical.subscription set sub_replication_sets = $2, sub_forward_origins = $3 where ' +
        'sub_name = $1',
      [name, sets, originsOf(plan)],
    );
    await enable(name, receiver);
    return true;
  },

  async passOver(link, receiver, sender) {
    await disable(subscriptionOf(link), receiver);
    await advanceSlot(await slotOf(link, sender), sender);
  },

  async unsubscribe(link, receiver, sender) {
    const name = subscriptionOf(link);
    if (await isThere(name, receiver)) {
      await disable(name, receiver);
      await receiver.query('select pglogical.drop_subscription($1, true)', [name]);
    }
    await dropSlot(await slotOf(link, sender), sender);
  },

  async names(receiver) {
    const rows = await receiver.query('select sub_name as name from pglogical.subscription');
    return rows.map(({name}) => String(name));
  },

  /** pglogical restarts a dead worker after 5 s, or much later. */
  async retryNow(link, receiver) {
    await disable(subscriptionOf(link), receiver);
    await enable(subscriptionOf(link), receiver);
  },

  async stop(link, receiver) {
    await disable(subscriptionOf(link), receiver);
  },

  async states(links, receiver) {
    const rows =
      await receiver.query(`select t.subscription_name as name, s.sub_id::bigint::text as id, t.status
       from pglogical.show_subscription_status() t
       join pglogical.subscription s on s.sub_name = t.subscription_name`);
    return links.map(link => stateOf(link, rows));
  },

  // pglogical has no counters, and the lab does not parse its protocol.
  async firstWaiting() {
    return undefined;
  },

  async skip(link, lsn, receiver) {
    const name = subscriptionOf(link);
    const [status] = await receiver.query('select slot_name from pglogical.show_subscription_status($1)', [
      name,
    ]);
    await disable(name, receiver);
    // Replication continues after the record of that commit.
    await receiver.query('select pg_replication_origin_advance($1, ($2::pg_lsn + 1))', [
      status?.slot_name,
      lsn,
    ]);
    await enable(name, receiver);
  },

  async switchResolver(resolver: ResolverSpec, server) {
    // Only for this database, because the server may be somebody else's.
    const resolution = literal(RESOLUTIONS[resolver.name] ?? '');
    const set =
      `format('alter database %I set pglogical.conflict_resolution = %L', current_database(), ` +
      `${resolution})`;
    await server.query(`do $$ begin execute ${set}; end $$`);
  },
};

/**
 * By major release, the first minor release that has the setting `output_plugin_libraries`, and needs it to
 * load an output plugin. Earlier releases refuse the setting.
 */
const PLUGIN_SETTING_SINCE: {readonly [major: number]: number} = {14: 24, 15: 19, 16: 15, 17: 11, 18: 6};

const namesOutputPlugins = ({major, minor}: ServerVersion): boolean =>
  minor >= (PLUGIN_SETTING_SINCE[major] ?? (major > 18 ? 0 : Number.POSITIVE_INFINITY));

async function disable(name: string, receiver: Sql): Promise<void> {
  await receiver.query('select pglogical.alter_subscription_disable($1, true)', [name]);
}

async function enable(name: string, receiver: Sql): Promise<void> {
  await receiver.query('select pglogical.alter_subscription_enable($1, true)', [name]);
}

async function isThere(name: string, receiver: Sql): Promise<boolean> {
  return (
    (await receiver.query('select 1 from pglogical.subscription where sub_name = $1', [name])).length > 0
  );
}

/** The name of a link's slot at its sender. All databases of one lab have the same name. */
async function slotOf(link: LinkId, sender: Sql): Promise<string> {
  const [row] = await sender.query(
    'select pglogical.pglogical_gen_slot_name(current_database(), $1, $2) as name',
    [linkEnds(link).from, subscriptionOf(link)],
  );
  return String(row?.name);
}

const originsOf = ({forward}: LinkPlan): readonly string[] => (forward === 'own' ? [] : ['all']);

async function setsOf({link, isFiltered}: LinkPlan, sender: Sql): Promise<readonly string[]> {
  return [isFiltered ? await filteredSet(linkEnds(link).to, sender) : 'default'];
}

/** A replication set that leaves out rows which the receiver itself wrote last. */
async function filteredSet(to: LeaderId, sender: Sql): Promise<string> {
  const set = `to_${to}`;
  const [found] = await sender.query('select 1 from pglogical.replication_set where set_name = $1', [set]);
  if (found !== undefined) return set;
  await sender.query('select pglogical.create_replication_set($1)', [set]);
  await addTables(set, `origin is distinct from ${literal(to)}`, sender);
  return set;
}

async function addTables(set: string, filter: string | undefined, sql: Sql): Promise<void> {
  for (const {table, columns} of REPLICATED)
    await sql.query('select pglogical.replication_set_add_table($1, $2, false, $3, $4)', [
      set,
      table,
      columns,
      filter ?? null,
    ]);
}

function stateOf(link: SubscriptionState['link'], rows: readonly Row[]): SubscriptionState {
  const found = rows.find(({name}) => name === subscriptionOf(link));
  const id = found === undefined ? undefined : Number(found.id);
  if (found?.status === 'disabled') return {link, id, status: 'stopped', counted: {}};
  return {link, id, status: found?.status === 'replicating' ? 'replicating' : 'connecting', counted: {}};
}
