/**
 * The pglogical extension: nodes, replication sets, and subscriptions that resolve conflicts by one of five rules. It forwards all of what it
 * received or nothing; a row filter keeps a ring from going round.
 */
import type {LeaderId} from '../../base/ids.ts';
import {linkEnds} from '../../base/ids.ts';
import type {ResolverName, ResolverSpec} from '../../core/resolvers/spec.ts';
import type {ServerVersion} from './binaries.ts';
import {type Dialect, type SubscriptionState, subscriptionOf} from './dialect.ts';
import {REPLICATED, setGuard} from './schema.ts';
import {dropSlot} from './slots.ts';
import {literal, type Row, type Sql} from './sql.ts';

/** As pglogical calls them. */
const RESOLUTIONS: {readonly [resolver in ResolverName]?: string} = {
  lww: 'last_update_wins',
  fww: 'first_update_wins',
  'apply-remote': 'apply_remote',
  'keep-local': 'keep_local',
  halt: 'error',
};

export const PGLOGICAL: Dialect = {
  engine: 'pglogical',
  firstResolver: {name: 'lww'},
  resolvers: Object.keys(RESOLUTIONS) as ResolverName[],
  topologies: ['mesh', 'star', 'ring'],
  settings: version => ({
    shared_preload_libraries: 'pglogical',
    ...(namesOutputPlugins(version) ? {output_plugin_libraries: 'pgoutput, test_decoding, pglogical_output'} : {}),
  }),

  async prepare(self, dsn, sql) {
    await sql.query('create extension pglogical');
    await sql.query('select pglogical.create_node($1, $2)', [self, dsn]);
    await addTables('default', undefined, sql);
  },

  async subscribe({link, forward, isGuarded, isFiltered}, dsn, receiver, sender) {
    const {to} = linkEnds(link);
    await setGuard(isGuarded, receiver);
    const set = isFiltered ? await filteredSet(to, sender) : 'default';
    await receiver.query('select pglogical.create_subscription($1, $2, $3, false, false, $4)', [
      subscriptionOf(link),
      dsn,
      [set],
      forward === 'own' ? [] : ['all'],
    ]);
  },

  async adopt(link, dsn, receiver) {
    const name = subscriptionOf(link);
    const [found] = await receiver.query('select 1 from pglogical.subscription where sub_name = $1', [name]);
    if (found === undefined) return false;
    // Where a node is reached has a name, which cannot be given twice.
    const way = `lab_${Date.now()}`;
    await receiver.query('select pglogical.alter_subscription_disable($1, true)', [name]);
    await receiver.query('select pglogical.alter_node_add_interface($1, $2, $3)', [linkEnds(link).from, way, dsn]);
    await receiver.query('select pglogical.alter_subscription_interface($1, $2)', [name, way]);
    await receiver.query('select pglogical.alter_subscription_enable($1, true)', [name]);
    return true;
  },

  async unsubscribe(link, receiver, sender) {
    const name = subscriptionOf(link);
    const [status] = await receiver.query('select slot_name from pglogical.show_subscription_status($1)', [name]);
    await receiver.query('select pglogical.alter_subscription_disable($1, true)', [name]);
    await receiver.query('select pglogical.drop_subscription($1, true)', [name]);
    await dropSlot(String(status?.slot_name), sender);
  },

  /** A worker that died is started again after 5 s, or much later. */
  async kick(link, receiver) {
    await receiver.query('select pglogical.alter_subscription_disable($1, true)', [subscriptionOf(link)]);
    await receiver.query('select pglogical.alter_subscription_enable($1, true)', [subscriptionOf(link)]);
  },

  async stop(link, receiver) {
    await receiver.query('select pglogical.alter_subscription_disable($1, true)', [subscriptionOf(link)]);
  },

  async states(links, receiver) {
    const rows = await receiver.query(`select t.subscription_name as name, s.sub_id::bigint::text as id, t.status
       from pglogical.show_subscription_status() t join pglogical.subscription s on s.sub_name = t.subscription_name`);
    return links.map(link => stateOf(link, rows));
  },

  // It counts nothing, and what it sends is its own.
  async firstWaiting() {
    return undefined;
  },

  async skip(link, lsn, receiver) {
    const name = subscriptionOf(link);
    const [status] = await receiver.query('select slot_name from pglogical.show_subscription_status($1)', [name]);
    await receiver.query('select pglogical.alter_subscription_disable($1, true)', [name]);
    // It goes on behind the record of that commit.
    await receiver.query('select pg_replication_origin_advance($1, ($2::pg_lsn + 1))', [status?.slot_name, lsn]);
    await receiver.query('select pglogical.alter_subscription_enable($1, true)', [name]);
  },

  async switchResolver(resolver: ResolverSpec, server) {
    // Of this database alone: the server may be somebody else's.
    const resolution = literal(RESOLUTIONS[resolver.name] ?? '');
    const set = `format('alter database %I set pglogical.conflict_resolution = %L', current_database(), ${resolution})`;
    await server.query(`do $$ begin execute ${set}; end $$`);
  },
};

/** The releases, by major, from whose minor on a server has to be told which output plugins it may load; those before refuse to be told. */
const TOLD_FROM: {readonly [major: number]: number} = {14: 24, 15: 19, 16: 15, 17: 11, 18: 6};

const namesOutputPlugins = ({major, minor}: ServerVersion): boolean =>
  minor >= (TOLD_FROM[major] ?? (major > 18 ? 0 : Number.POSITIVE_INFINITY));

/** What the receiver itself wrote last is left out. */
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
    await sql.query('select pglogical.replication_set_add_table($1, $2, false, $3, $4)', [set, table, columns, filter ?? null]);
}

function stateOf(link: SubscriptionState['link'], rows: readonly Row[]): SubscriptionState {
  const found = rows.find(({name}) => name === subscriptionOf(link));
  const id = found === undefined ? undefined : Number(found.id);
  if (found?.status === 'disabled') return {link, id, status: 'stopped', counted: {}};
  return {link, id, status: found?.status === 'replicating' ? 'replicating' : 'connecting', counted: {}};
}
