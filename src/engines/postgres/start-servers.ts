/**
 * Starts a cluster of PostgreSQL servers: finds the programs, chooses their account and the folders of their
 * data, and refuses what they do not support before anything starts.
 */
import {randomBytes} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {must} from '../../base/assert.ts';
import {fail, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import type {PostgresEngine} from '../../port/engine-name.ts';
import type {DataFolder} from '../shared/data-folder.ts';
import type {Settings} from '../shared/model/cluster-settings.ts';
import type {Programs} from '../shared/programs.ts';
import type {StartedCluster} from '../shared/started-cluster.ts';
import {BUILTIN} from './links/builtin.ts';
import type {Dialect} from './links/dialect.ts';
import {PGLOGICAL} from './links/pglogical.ts';
import {resolverRefusal, topologyRefusal} from './links/postgres-refusals.ts';
import {PostgresCluster, type PostgresOptions} from './postgres-cluster.ts';
import {findServer, type ServerPrograms} from './server/binaries.ts';
import {startCleanup} from './server/cleanup-client.ts';
import {examineAll, foreignHost} from './server/foreign-server.ts';
import {FreshDataFolder} from './server/fresh-data-folder.ts';
import {blockingFolder, letThrough, type OsUser, serverUser} from './server/os-user.ts';
import type {ServerOptions} from './server/postgres-server.ts';
import {type Host, ownServer} from './server/server-host.ts';
import type {ForeignServer} from './sql/address.ts';
import {withPasswords} from './sql/passwords.ts';
import {dsnOf} from './sql/sql.ts';

/** Returns how this engine replicates: the replication of PostgreSQL itself, or the extension pglogical. */
export const dialectOf = (engine: PostgresEngine): Dialect => (engine === 'postgres' ? BUILTIN : PGLOGICAL);

export interface PostgresStart {
  readonly engine: PostgresEngine;
  readonly settings: Settings;
  readonly links: LinkDefaults;
  readonly seed: number;
  readonly folder: DataFolder;
  readonly programs: Programs;
  readonly servers: readonly ForeignServer[] | undefined;
  onSettings(settings: Settings): void;
}

/** Closes the folder when the cluster is closed, or if none is started. */
export async function openPostgres(start: PostgresStart): Promise<Result<StartedCluster>> {
  const refusal = refusalOf(start);
  const opened =
    refusal ??
    (start.servers === undefined ? await ownServers(start) : await foreignServers(start, start.servers));
  if (!opened.ok) {
    start.folder.close();
    return opened;
  }
  const {engine, settings, links, seed, folder, programs, onSettings} = start;
  onSettings(settings);
  return PostgresCluster.start(
    {
      dialect: dialectOf(engine),
      settings,
      links,
      seed,
      historyFolder: folder.path,
      ...opened.value,
      onClosed: () => folder.close(),
      onSettings,
    },
    programs,
  );
}

/** The settings that the dialect does not support. */
function refusalOf({engine, settings}: PostgresStart): Result<never> | undefined {
  const dialect = dialectOf(engine);
  const refusal = topologyRefusal(dialect, settings.topology) ?? resolverRefusal(dialect, settings.resolver);
  return refusal && {ok: false, failure: {...refusal, code: 'syntax'}};
}

type Servers = Pick<PostgresOptions, 'hostOf' | 'isOurs' | 'finish'>;

async function ownServers(start: PostgresStart): Promise<Result<Servers>> {
  const found = await findRequirements(start);
  if (!found.ok) return found;
  const {server: programs, account} = found.value;
  const {folder} = start;
  const temporary = folder.isTemporary ? folder.path : undefined;
  const fresh = new FreshDataFolder({programs, account, folder: join(leadersIn(folder), FRESH), temporary});
  const own = {programs, account, fresh, temporary};
  return succeed({
    isOurs: true,
    hostOf: (leader, onLog) => hostFor(leader, onLog, start, own),
    finish: async () => [],
  });
}

/** No leader can have this name. */
const FRESH = '.fresh';

const leadersIn = ({folderOf}: DataFolder): string => dirname(folderOf('x' as LeaderId));

const NAME_BYTES = 4;

/** Uses a database of the lab's own at each server, with a name that no other database has. */
async function foreignServers(
  {engine, programs}: PostgresStart,
  servers: readonly ForeignServer[],
): Promise<Result<Servers>> {
  const fit = await examineAll(await withPasswords(servers), engine);
  if (!fit.ok) return fit;
  const fitServers = fit.value;
  const database = `leaderlab_${randomBytes(NAME_BYTES).toString('hex')}`;
  const dialect = dialectOf(engine);
  const cleanup = startCleanup(
    programs.cleanup,
    fitServers.map(({address}) => ({maintenance: address, database})),
  );
  return succeed({
    isOurs: false,
    hostOf: leader => {
      const server = must(
        fitServers.find(one => one.leader === leader),
        `a server for ${leader}`,
      );
      return foreignHost(server, database, (sql, address) => dialect.prepare(leader, dsnOf(address), sql));
    },
    finish: () => cleanup.finish(),
  });
}

/** What the lab needs to start servers. */
interface ServerRequirements {
  readonly server: ServerPrograms;
  readonly account: OsUser | undefined;
}

async function findRequirements({engine, folder}: PostgresStart): Promise<Result<ServerRequirements>> {
  const server = await findServer(engine);
  if (!server.ok) return server;
  const account = serverUser();
  if (!account.ok) return account;
  const closed = makeReachable(folder, account.value) ?? blockingFolder(server.value.folder, account.value);
  if (closed === undefined) return succeed({server: server.value, account: account.value});
  const who = account.value?.name ?? '';
  return fail(
    'no-permission',
    `PostgreSQL runs as the user ${who} here, who has no access to ${closed}`,
    `choose another data folder, or: chmod o+x ${closed}`,
  );
}

/**
 * Lets the account reach the folder of all servers' data. Returns the folder that is in the way, if the lab
 * may not change it.
 */
function makeReachable(folder: DataFolder, account: OsUser | undefined): string | undefined {
  const leaders = leadersIn(folder);
  mkdirSync(leaders, {recursive: true, mode: 0o700});
  if (account === undefined) return undefined;
  for (const own of [folder.path, leaders]) letThrough(own, account);
  return blockingFolder(leaders, account);
}

type OwnServers = Pick<ServerOptions, 'programs' | 'account' | 'fresh' | 'temporary'>;

function hostFor(
  leader: LeaderId,
  onLog: (text: string) => void,
  {engine, folder}: PostgresStart,
  own: OwnServers,
): Host {
  const dialect = dialectOf(engine);
  const options = {
    ...own,
    folder: folder.folderOf(leader),
    settings: dialect.settings(own.programs.version),
    onLog,
  };
  return ownServer(options, (sql, address) => dialect.prepare(leader, dsnOf(address), sql));
}
