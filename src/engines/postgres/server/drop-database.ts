/**
 * Drops the lab's database at a server that the lab did not start: subscriptions and slots first, because a
 * slot that nobody reads would make the server keep its log forever.
 */
import type {Address} from '../sql/address.ts';
import {SqlConnection} from '../sql/sql.ts';

const LIMIT_MS = 10_000;
const TRIES = 50;
const PAUSE_MS = 100;

/** Resolves to the messages of what could not be dropped. A database that is already gone is not an error. */
export async function dropDatabases(
  addresses: readonly {readonly maintenance: Address; readonly database: string}[],
): Promise<readonly string[]> {
  // All subscriptions before any slot: a slot that is still read cannot be dropped.
  await Promise.all(
    addresses.map(({maintenance, database}) => dropSubscriptions({...maintenance, database})),
  );
  const failures = await Promise.all(
    addresses.map(({maintenance, database}) => dropDatabase(maintenance, database)),
  );
  return failures.filter(failure => failure !== undefined);
}

async function dropSubscriptions(own: Address): Promise<void> {
  const opened = await SqlConnection.open(own, 'leaderlab cleanup');
  if (!opened.ok) return;
  const ask = (text: string) => opened.value.ask(text, [], LIMIT_MS);
  const found = await ask(
    'select quote_ident(subname) as name from pg_subscription where subdbid = (select oid from ' +
      'pg_database where datname = current_database())',
  );
  for (const {name} of found.ok ? found.value : []) {
    await ask(`alter subscription ${String(name)} disable`);
    await ask(`alter subscription ${String(name)} set (slot_name = none)`);
    await ask(`drop subscription ${String(name)}`);
  }
  const extended = await ask("select 1 from pg_extension where extname = 'pglogical'");
  if (extended.ok && extended.value.length > 0)
    await ask('select pglogical.alter_subscription_disable(sub_name, true) from pglogical.subscription');
  await opened.value.close();
}

async function dropDatabase(maintenance: Address, database: string): Promise<string | undefined> {
  const opened = await SqlConnection.open(maintenance, 'leaderlab cleanup');
  if (!opened.ok) return opened.failure.message;
  const {value: connection} = opened;
  let failure: string | undefined;
  for (let n = 0; n < TRIES; n++) {
    await connection.ask(
      'select pg_terminate_backend(active_pid) from pg_replication_slots where database = $1 and active',
      [database],
      LIMIT_MS,
    );
    await connection.ask(
      'select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1 and not ' +
        'active',
      [database],
      LIMIT_MS,
    );
    const dropped = await connection.ask(`drop database if exists ${database} with (force)`, [], LIMIT_MS);
    failure = dropped.ok ? undefined : dropped.failure.message;
    if (dropped.ok) break;
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
  }
  await connection.close();
  return failure;
}
