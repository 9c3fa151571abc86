/**
 * The user's own servers, which run already. The lab uses each in a database of its own, which it drops at
 * the end, and touches nothing else there. They must be on this machine, because the link proxy listens on
 * 127.0.0.1 only.
 */
import {fail, type Result, succeed} from '../../../base/failure.ts';
import type {PostgresEngine} from '../../../port/engine-name.ts';
import type {Address, ForeignServer} from '../sql/address.ts';
import {type Row, SqlConnection} from '../sql/sql.ts';
import {type Host, type Hosted, type Preparation, prepareDatabase} from './server-host.ts';

const NEVER = new Promise<string>(() => {});

/**
 * `database`: the lab's own. The cleanup process drops it, because that must happen even if the lab is
 * killed.
 */
export const foreignHost = ({address}: ForeignServer, database: string, prepare: Preparation): Host => ({
  async start(): Promise<Result<Hosted>> {
    const own = {...address, database};
    const prepared = await prepareDatabase(address, own, 'create database', prepare);
    if (!prepared.ok) return prepared;
    return succeed({address: own, pid: undefined, ended: NEVER, kill: async () => {}, stop: async () => {}});
  },
});

const FITNESS = `select
  current_setting('server_version_num')::int / 10000 as major,
  current_setting('wal_level') as wal_level,
  current_setting('track_commit_timestamp') as stamps,
  (select rolsuper from pg_roles where rolname = current_user) as is_super,
  (select count(*)::int from pg_available_extensions where name = 'pglogical') as has_pglogical,
  current_setting('shared_preload_libraries') as preloaded,
  (select system_identifier::text from pg_control_system()) as identity`;

/**
 * Returns these servers if all can take part, or the reason why one cannot. Changes nothing at any of them.
 */
export async function examineAll(
  servers: readonly ForeignServer[],
  engine: PostgresEngine,
): Promise<Result<readonly ForeignServer[]>> {
  const examined = await Promise.all(servers.map(({leader, address}) => examine(leader, address, engine)));
  const unfit = examined.find(result => !result.ok);
  if (unfit !== undefined && !unfit.ok) return unfit;
  const identities = examined.map(result => (result.ok ? result.value.identity : undefined));
  const second = identities.findIndex((identity, n) => identities.indexOf(identity) < n);
  if (second < 0) return succeed(servers);
  const names = [servers[identities.indexOf(identities[second])], servers[second]].map(
    server => server?.leader,
  );
  return fail(
    'unfit-server',
    `${names.join(' and ')} are the same server`,
    'give each leader its own server: a server keeps one record of origins for all its databases',
  );
}

async function examine(leader: string, address: Address, engine: PostgresEngine): Promise<Result<Row>> {
  const opened = await SqlConnection.open(address, 'leaderlab');
  if (!opened.ok)
    return fail(
      'unreachable',
      `${leader}: ${opened.failure.message}`,
      'check that it is running and that you may connect to it',
    );
  const answer = await opened.value.ask(FITNESS, [], 3000);
  await opened.value.close();
  if (!answer.ok) return answer;
  const [row = {}] = answer.value;
  const missing = missingRequirement(row, engine);
  return missing === undefined
    ? succeed(row)
    : fail('unfit-server', `${leader} cannot take part: ${missing[0]}`, missing[1]);
}

/** What the server lacks, and how to change that. */
function missingRequirement(
  {major, wal_level, stamps, is_super, has_pglogical, preloaded}: Row,
  engine: PostgresEngine,
): readonly [string, string] | undefined {
  if (is_super !== true)
    return [
      'its user is not a superuser',
      'name a superuser: the lab creates a database, subscriptions and slots',
    ];
  if (wal_level !== 'logical')
    return [`its wal_level is ${String(wal_level)}`, 'alter system set wal_level = logical, and restart it'];
  if (stamps !== 'on')
    return [
      'it does not record the times of commits',
      'alter system set track_commit_timestamp = on, and restart it',
    ];
  if (engine === 'postgres' && Number(major) < 16)
    return [`it is release ${String(major)}`, 'origin = none came with release 16'];
  if (engine === 'pglogical' && has_pglogical === 0)
    return ['it has no pglogical', 'apt-get install postgresql-15-pglogical'];
  if (engine === 'pglogical' && !String(preloaded).includes('pglogical'))
    return [
      'it has not loaded pglogical',
      "alter system set shared_preload_libraries = 'pglogical', and restart it",
    ];
  return undefined;
}
