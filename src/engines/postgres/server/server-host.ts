/**
 * Where the server of a leader comes from: either the lab starts it, and can kill and pause it, or it runs
 * already and is only used.
 */
import {errorText, FailureError, type Result, succeed} from '../../../base/failure.ts';
import type {Address} from '../sql/address.ts';
import {SCHEMA} from '../sql/schema.ts';
import {type Sql, SqlConnection} from '../sql/sql.ts';
import {Server, type ServerOptions} from './postgres-server.ts';

/** A server with the lab's database in it. */
export interface Hosted {
  readonly address: Address;
  readonly pid: number | undefined;
  /** Resolves once it has ended, to how it ended; never if the lab did not start it. */
  readonly ended: Promise<string>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  pause?(): Promise<void>;
  resume?(): void;
}

export interface Host {
  start(): Promise<Result<Hosted>>;
}

const DATABASE = 'leaderlab';

/** Creates what the dialect needs in a new database. */
export type Preparation = (sql: Sql, address: Address) => Promise<void>;

/** A host whose server the lab starts and ends. */
export const ownServer = (options: ServerOptions, prepare: Preparation): Host => ({
  async start() {
    const started = await Server.start(options);
    if (!started.ok) return started;
    const server = started.value;
    const address = {...server.address, database: DATABASE};
    // Creating a database takes time. This server has one that nobody else needs, so that is renamed.
    const prepared = await prepareDatabase(
      server.address,
      address,
      'alter database postgres rename to',
      prepare,
    );
    if (!prepared.ok) {
      await server.kill();
      return prepared;
    }
    return succeed({
      address,
      pid: server.pid,
      ended: server.ended,
      kill: () => server.kill(),
      stop: () => server.stop(),
      pause: () => server.pause(),
      resume: () => server.resume(),
    });
  },
});

/**
 * Creates the lab's database with its tables, unless it exists. `creation`: the statement that creates it, up
 * to its name.
 */
export async function prepareDatabase(
  maintenance: Address,
  own: Address,
  creation: 'create database' | 'alter database postgres rename to',
  prepare: Preparation,
): Promise<Result<null>> {
  return withConnection(maintenance, async connection => {
    const [found] = await connection.query('select 1 from pg_database where datname = $1', [own.database]);
    if (found === undefined) await connection.query(`${creation} ${own.database}`);
    const made = await withConnection(own, async inside => {
      const [schema] = await inside.query("select 1 from pg_namespace where nspname = 'lab'");
      if (schema !== undefined) return;
      // In one transaction, because the lab or the server may die at any moment.
      await inside.query('begin');
      await inside.query(SCHEMA);
      await prepare(inside, own);
      await inside.query('commit');
    });
    if (!made.ok) throw new FailureError(made.failure);
  });
}

/** Opens a connection for this work only. Errors become failures. */
async function withConnection(
  address: Address,
  work: (connection: SqlConnection) => Promise<void>,
): Promise<Result<null>> {
  const opened = await SqlConnection.open(address, 'leaderlab');
  if (!opened.ok) return opened;
  try {
    await work(opened.value);
    return succeed(null);
  } catch (error) {
    if (error instanceof FailureError) return {ok: false, failure: error.failure};
    return {
      ok: false,
      failure: {code: 'not-started', message: errorText(error)},
    };
  } finally {
    await opened.value.close();
  }
}
