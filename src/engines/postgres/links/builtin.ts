/**
 * The dialect of PostgreSQL itself, since release 16: publications, and subscriptions that leave out
 * forwarded changes. PostgreSQL applies every conflicting update, and stops the subscription at an insert of
 * an existing row.
 */
import type {LinkId} from '../../../base/ids.ts';
import {REPLICATED} from '../sql/schema.ts';
import {advanceSlot, dropSlot, freeSlot} from '../sql/slots.ts';
import {literal, type Row, type Sql} from '../sql/sql.ts';
import {type Dialect, type LinkPlan, type SubscriptionState, subscriptionOf} from './dialect.ts';

const PUBLICATION = 'leaderlab';
/** The catalog lists the subscriptions of all databases of a server. */
const OF_THIS_DATABASE = 'subdbid = (select oid from pg_database where datname = current_database())';

/**
 * The dialect of PostgreSQL itself, since release 16. Its resolver is `apply-remote`, its topologies are
 * mesh and star. An insert of an existing row stops the subscription.
 */
export const BUILTIN: Dialect = {
  engine: 'postgres',
  firstResolver: {name: 'apply-remote'},
  resolvers: ['apply-remote'],
  topologies: ['mesh', 'star'],
  hasLoopguard: false,
  topologyReason:
    'PostgreSQL sends only what a leader wrote itself, or everything, which then circulates forever',
  resolverHint:
    'it has apply-remote for updates, and stops at an insert of an existing row; ' +
    '--engine pglogical has more',
  topologyHints: {ring: '--engine pglogical has a ring'},
  settings: () => ({}),

  async prepare(_self, _dsn, sql) {
    const tables = REPLICATED.map(({table, columns}) => `table ${table} (${columns.join(', ')})`);
    await sql.query(`create publication ${PUBLICATION} for ${tables.join(', ')}`);
  },

  async started() {},

  async subscribe({link, forward}, dsn, receiver) {
    const name = subscriptionOf(link);
    const slot = await slotOf(link, receiver);
    const options = `origin = ${originOf(forward)}, copy_data = false, slot_name = ${slot}`;
    await receiver.query(
      `create subscription ${name} connection ${literal(dsn)} publication ${PUBLICATION} with (${options})`,
    );
  },

  async alter({link, forward}, dsn, receiver) {
    const name = subscriptionOf(link);
    if (!(await isThere(name, receiver))) return false;
    await receiver.query(`alter subscription ${name} connection ${literal(dsn)}`);
    await receiver.query(`alter subscription ${name} set (origin = ${originOf(forward)})`);
    await receiver.query(`alter subscription ${name} enable`);
    return true;
  },

  async passOver(link, receiver, sender) {
    await receiver.query(`alter subscription ${subscriptionOf(link)} disable`);
    await advanceSlot(await slotOf(link, sender), sender);
  },

  async unsubscribe(link, receiver, sender) {
    const name = subscriptionOf(link);
    if (await isThere(name, receiver)) {
      await receiver.query(`alter subscription ${name} disable`);
      await receiver.query(`alter subscription ${name} set (slot_name = none)`);
      await receiver.query(`drop subscription ${name}`);
    }
    await dropSlot(await slotOf(link, sender), sender);
  },

  async names(receiver) {
    const rows = await receiver.query(
      `select subname as name from pg_subscription where ${OF_THIS_DATABASE}`,
    );
    return rows.map(({name}) => String(name));
  },

  /** An enabled subscription retries by itself, five times a second. */
  async retryNow(link, receiver) {
    await receiver.query(`alter subscription ${subscriptionOf(link)} enable`);
  },

  async stop(link, receiver) {
    await receiver.query(`alter subscription ${subscriptionOf(link)} disable`);
  },

  async states(links, receiver) {
    const rows = await receiver.query(
      `select s.subname as name, s.oid::int as id, s.subenabled as enabled, t.pid is not null as works,
         to_json(c) as counts
       from pg_subscription s
       left join pg_stat_subscription t on t.subid = s.oid and t.relid is null
       left join pg_stat_subscription_stats c on c.subid = s.oid
       where s.${OF_THIS_DATABASE}`,
    );
    return links.map(link => stateOf(link, rows));
  },

  /** The first message of the output plugin begins the transaction and names its end. */
  async firstWaiting(link, sender) {
    // The receiver stopped a moment ago, and the sender may not have noticed.
    const slot = await slotOf(link, sender);
    await freeSlot(slot, sender);
    const [row] = await sender.query(
      `select encode(substring(data from 2 for 8), 'hex') as at
       from pg_logical_slot_peek_binary_changes($1, null, 1, 'proto_version', '1',
         'publication_names', '${PUBLICATION}', 'origin', 'none')`,
      [slot],
    );
    const at = typeof row?.at === 'string' ? row.at : undefined;
    return at === undefined ? undefined : `${at.slice(0, 8)}/${at.slice(8)}`;
  },

  async skip(link, lsn, receiver) {
    const name = subscriptionOf(link);
    await receiver.query(`alter subscription ${name} skip (lsn = ${literal(lsn)})`);
    await receiver.query(`alter subscription ${name} enable`);
  },

  async switchResolver() {},
};

const originOf = (forward: LinkPlan['forward']): string => (forward === 'own' ? 'none' : 'any');

async function isThere(name: string, receiver: Sql): Promise<boolean> {
  const found = await receiver.query(
    `select 1 from pg_subscription where subname = $1 and ${OF_THIS_DATABASE}`,
    [name],
  );
  return found.length > 0;
}

/**
 * The name of a link's slot. Slots belong to a server, not to a database, and another lab may use the same
 * server; the database has the same name at all servers of one lab.
 */
async function slotOf(link: LinkId, sql: Sql): Promise<string> {
  const [row] = await sql.query('select current_database() as name');
  return `${String(row?.name)}_${subscriptionOf(link)}`;
}

function stateOf(link: SubscriptionState['link'], rows: readonly Row[]): SubscriptionState {
  const found = rows.find(({name}) => name === subscriptionOf(link));
  const id = typeof found?.id === 'number' ? found.id : undefined;
  const counted = countsIn(found?.counts);
  if (found?.enabled === false) return {link, id, status: 'stopped', counted};
  return {link, id, status: found?.works === true ? 'replicating' : 'connecting', counted};
}

/** `confl_insert_exists: 2` becomes `insert_exists: 2`, the name in the server's log. */
function countsIn(counts: unknown): SubscriptionState['counted'] {
  if (typeof counts !== 'object' || counts === null) return {};
  const counted = Object.entries(counts).filter(
    ([name, count]) => COUNTED.test(name) && typeof count === 'number' && count > 0,
  );
  return Object.fromEntries(
    counted.map(([name, count]) => [name.replace('confl_', '').replace('_count', 's'), Number(count)]),
  );
}

const COUNTED = /^(confl_\w+|apply_error_count)$/;
