/**
 * One PostgreSQL server as a process: its data folder, its start, and its signals. It listens on 127.0.0.1
 * only, has no socket in the file system, and the lab reads what it writes to standard error. It does not
 * notice when the lab dies, so a guard ends it with all its processes, and removes temporary data.
 */
import {readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {execa} from 'execa';
import {fail, type Result, succeed} from '../../../base/failure.ts';
import {guardProcesses, type KillGuard} from '../../shared/kill-guard.ts';
import {noteRunning} from '../../shared/running-processes.ts';
import type {Address} from '../sql/address.ts';
import type {ServerPrograms} from './binaries.ts';
import {type FreshDataFolder, passwordFile, USER} from './fresh-data-folder.ts';
import {identity, type OsUser} from './os-user.ts';
import {LOG_SETTINGS, lastLine} from './server-log.ts';
import {childrenFromProc, haveEnded, processesOf} from './server-processes.ts';

export interface ServerOptions {
  readonly programs: ServerPrograms;
  readonly account: OsUser | undefined;
  /** The data that a new server starts with. */
  readonly fresh: FreshDataFolder;
  /** The folder of its data, which may not exist yet. */
  readonly folder: string;
  /** The folder to remove if the lab dies; undefined if its data is not temporary. */
  readonly temporary: string | undefined;
  readonly settings: {readonly [name: string]: string};
  /** Gets what it writes to standard error, as it arrives. */
  onLog(text: string): void;
}

/** The database to connect to while the lab's own does not exist. */
const MAINTENANCE = 'template1';

const READY_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 3000;
/** A server logs this; its messages are in English. */
const READY = 'database system is ready to accept connections';
const LAST_LIMIT = 4096;

/**
 * Many connections, because every link takes one at each end. No waiting for the disk: a server that is
 * killed keeps what it wrote.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  track_commit_timestamp: 'on',
  max_connections: '100',
  max_worker_processes: '80',
  max_logical_replication_workers: '40',
  max_replication_slots: '40',
  max_wal_senders: '40',
  shared_buffers: '16MB',
  // In the data folder, so that a killed server leaves nothing elsewhere.
  dynamic_shared_memory_type: 'mmap',
  fsync: 'off',
  full_page_writes: 'off',
  // A cut link does not end a connection, because it may heal.
  wal_sender_timeout: '0',
  wal_receiver_timeout: '0',
  wal_retrieve_retry_interval: '200ms',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  jit: 'off',
} as const;

/** PostgreSQL 18 would otherwise start extra processes that read for the others. */
const SINCE_18 = {io_method: 'sync'} as const;

/** A running server, from its start to its end. */
export class Server {
  readonly pid: number;
  readonly address: Address;
  /** Resolves once its first process has ended, to how it ended. */
  readonly ended: Promise<string>;
  readonly #child: ReturnType<typeof launch>;
  /** Resolves once it logs that it accepts connections. */
  readonly #takesConnections: Promise<void>;
  readonly #guard: KillGuard;
  /** Defined while it is stopped: its other processes, and what ends all of them if the lab dies. */
  #stopped: {readonly pids: readonly number[]; readonly guard: KillGuard} | undefined;

  static async start(options: ServerOptions): Promise<Result<Server>> {
    const made = await options.fresh.copyTo(options.folder);
    if (!made.ok) return made;
    const port = await freePort();
    const child = launch(options, port);
    if (child.pid === undefined)
      return fail('not-started', `${join(options.programs.folder, 'postgres')} could not be started`);
    const address = {
      host: '127.0.0.1',
      port,
      database: MAINTENANCE,
      user: USER,
      password: passwordOf(options.folder),
    };
    const server = new Server(child, child.pid, address, options);
    const ready = await server.#ready();
    if (!ready.ok) await server.kill();
    return ready.ok ? succeed(server) : ready;
  }

  private constructor(
    child: ReturnType<typeof launch>,
    pid: number,
    address: Address,
    {temporary, onLog}: ServerOptions,
  ) {
    this.#child = child;
    this.pid = pid;
    this.address = address;
    this.#guard = guardProcesses([pid], temporary);
    let last = '';
    child.stderr.setEncoding('utf8');
    this.#takesConnections = new Promise(resolve => {
      child.stderr.on('data', (text: string) => {
        last = `${last}${text}`.slice(-LAST_LIMIT);
        if (last.includes(READY)) resolve();
        onLog(text);
      });
    });
    this.ended = child.then(async ({exitCode, signal}) => {
      this.#guard.release();
      this.#stopped?.guard.release();
      const how = signal ?? `exit ${exitCode}`;
      const line = lastLine(last);
      return line === undefined ? how : `${how}: ${line}`;
    });
    noteRunning(
      () => signalAll([pid, ...(childrenFromProc(pid) ?? []), ...(this.#stopped?.pids ?? [])], 'SIGKILL'),
      this.ended,
    );
  }

  /**
   * Sends SIGKILL to all its processes. Resolves once they are gone, so that it can start again.
   */
  async kill(): Promise<void> {
    const pids = [...(await processesOf(this.pid)), ...(this.#stopped?.pids ?? [])];
    this.#child.kill('SIGKILL');
    // They end by themselves without the first process, but some only after a second.
    signalAll(pids, 'SIGKILL');
    await this.ended;
    await haveEnded(pids, STOP_LIMIT_MS);
  }

  /** Ends it without waiting for receivers to which it still sends; what it acknowledged is in its log. */
  async stop(): Promise<void> {
    if (this.#stopped !== undefined) return this.kill();
    const pids = await processesOf(this.pid);
    this.#child.kill('SIGQUIT');
    if (!(await haveEnded([this.pid, ...pids], STOP_LIMIT_MS))) await this.kill();
    await this.ended;
  }

  /** Stops all its processes; the first one first, so that it starts no others. */
  async pause(): Promise<void> {
    this.#child.kill('SIGSTOP');
    const pids = await processesOf(this.pid);
    signalAll(pids, 'SIGSTOP');
    this.#stopped = {pids, guard: guardProcesses([this.pid, ...pids])};
  }

  resume(): void {
    const stopped = this.#stopped;
    this.#stopped = undefined;
    signalAll(stopped?.pids ?? [], 'SIGCONT');
    this.#child.kill('SIGCONT');
    stopped?.guard.release();
  }

  async #ready(): Promise<Result<null>> {
    const ended = this.ended.then(how => `PostgreSQL ended: ${how}`);
    const late = sleep(READY_LIMIT_MS, `PostgreSQL was not ready within ${READY_LIMIT_MS / 1000} s`, {
      ref: false,
    });
    const problem = await Promise.race([this.#takesConnections, ended, late]);
    return problem === undefined ? succeed(null) : fail('not-started', problem);
  }
}

function launch({programs, account, folder, settings}: ServerOptions, port: number) {
  const newer = programs.version.major >= 18 ? SINCE_18 : {};
  const all = {...Object.fromEntries(LOG_SETTINGS), ...SETTINGS, ...newer, ...settings, port: String(port)};
  const args = ['-D', folder, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  return execa(join(programs.folder, 'postgres'), args, {
    ...identity(account),
    cwd: '/',
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    cleanup: true,
    // Signals that a terminal sends to all its processes are meant for the lab.
    detached: true,
  });
}

const passwordOf = (folder: string): string => readFileSync(passwordFile(folder), 'utf8').trim();

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

/**
 * PostgreSQL cannot choose a free port itself. Another process may take the port before the server starts;
 * then the start fails.
 */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
