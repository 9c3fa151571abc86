/**
 * Where the server of a leader comes from: one of our own, that can be killed and paused, or one that runs
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
  /** Resolves once it has ended, to how; never where it is not ours. */
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

/** What the way of replicating needs in the database, once. */
export type Preparation = (sql: Sql, address: Address) => Promise<void>;

/** A server that the lab starts and ends. */
export const ownServer = (options: ServerOptions, prepare: Preparation): Host => ({
  async start() {
    const started = await Server.start(options);
    if (!started.ok) return started;
    const server = started.value;
    const address = {...server.address, database: DATABASE};
    // A database of its own would have to be copied. This server has one that nobody else needs.
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
 * Makes the lab's database with its tables, where it is not there from before. `making`: the statement, up to
 * the name.
 */
export async function prepareDatabase(
  maintenance: Address,
  own: Address,
  making: 'create database' | 'alter database postgres rename to',
  prepare: Preparation,
): Promise<Result<null>> {
  return working(maintenance, async connection => {
    const [found] = await connection.query('select 1 from pg_database where datname = $1', [own.database]);
    if (found === undefined) await connection.query(`${making} ${own.database}`);
    const made = await working(own, async inside => {
      const [schema] = await inside.query("select 1 from pg_namespace where nspname = 'lab'");
      if (schema !== undefined) return;
      // All of it, or nothing: the lab or the server may die at any moment.
      await inside.query('begin');
      await inside.query(SCHEMA);
      await prepare(inside, own);
      await inside.query('commit');
    });
    if (!made.ok) throw new FailureError(made.failure);
  });
}

/** With a connection for this alone. What goes wrong is a value. */
async function working(
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
