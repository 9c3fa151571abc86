/**
 * The log in LMDB: `[origin, seq]` to one operation, and a second database for small facts.
 *
 * Commits are synchronous and do not wait for the disk: operations that `append` acknowledged have reached
 * the operating system, so they survive SIGKILL, and a commit takes about ten microseconds. A power cut can
 * cost the log. A refused commit is one exception in one place, and the store works on after it: on a full
 * disk reads continue, and writes continue once there is space. `reserve.ts` makes sure that the disk refuses
 * a commit before LMDB begins it.
 */
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Database, RootDatabase} from 'lmdb';
import {assert, must} from '../base/assert.ts';
import {errorText, FailureError, fail} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import {diskFailure} from './disk-failure.ts';
import {type FolderLock, lockFolder} from './folder-lock.ts';
import {damage, dataFileIn, faultOfLog} from './lmdb-file.ts';
import {type LogEntry, LogOrder, type OpLogStore} from './log-store.ts';
import {makeOwnFolder, narrowOwnFolder} from './own-file.ts';
import {decodeRecord, encodeRecord} from './record.ts';
import {giveUpSpare, keepSpare, Reserve, reserveLock, tryFirstPages} from './reserve.ts';
import {isStoreFile} from './store-files.ts';

/** Its CommonJS build is few files, its ESM build many: a leader starts a tenth faster with the first. */
const {open} = createRequire(import.meta.url)('lmdb') as typeof import('lmdb');

const FORMAT = 1;
/** The mode of its files. The library accepts this option, although its types lack it. */
const MODE = {permissionsMode: 0o600};
/**
 * LMDB copies the pages that a commit changes: the path to where each origin's operations end, and its own
 * list of free pages.
 */
const PAGE_BYTES = 4096;
const PAGES_PER_ORIGIN = 8;
const PAGES_PER_COMMIT = 32;
/** Abort on an exception, commit before returning, do not wait for the disk. */
const COMMIT = 0x1 | 0x2 | 0x10000;

/**
 * Opens the store in a folder and locks the folder for this process. Creates the folder if it is missing.
 * Throws a `FailureError`.
 */
export function openLmdbStore(folder: string): OpLogStore {
  attempt('create', folder, () => makeOwnFolder(folder));
  const lock = lockIn(folder);
  try {
    const store = new LmdbStore(folder, lock);
    keepSpare(folder);
    return store;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Locks the folder. On a full disk it first frees the spare file. */
function lockIn(folder: string): FolderLock {
  try {
    return lockFolder(folder);
  } catch (error) {
    const isFull = error instanceof FailureError && error.failure.code === 'disk-full';
    if (!isFull || !giveUpSpare(folder)) throw error;
    return lockFolder(folder);
  }
}

class LmdbStore implements OpLogStore {
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #root: RootDatabase;
  readonly #log: Database<string, [LeaderId, number]>;
  readonly #meta: Database<string, string>;
  readonly #reserve: Reserve;
  /** Known once the log was loaded. */
  #order: LogOrder | undefined;

  constructor(folder: string, lock: FolderLock) {
    this.#folder = folder;
    this.#lock = lock;
    attempt('open', folder, () => narrowOwnFolder(folder, isStoreFile));
    const fault = attempt('open', folder, () => faultOfLog(folder));
    if (fault !== undefined) throw new FailureError(fault);
    const isNew = !existsSync(dataFileIn(folder));
    this.#root = attempt('open', folder, () => {
      if (isNew) tryFirstPages(folder);
      reserveLock(folder);
      return open({path: folder, maxDbs: 2, overlappingSync: false, ...MODE});
    });
    try {
      this.#reserve = new Reserve(dataFileIn(folder), () => {
        const {lastPageNumber, pageSize} = this.#root.getStats() as Pages;
        return (lastPageNumber + 1) * pageSize;
      });
    } catch (error) {
      this.#giveUp();
      throw new FailureError(diskFailure('open', folder, error));
    }
    try {
      // Creating a database is a commit too. In an existing store it changes nothing.
      if (isNew) attempt('write to', folder, () => this.#reserve.ensure(2 * PAGES_PER_COMMIT * PAGE_BYTES));
      this.#log = this.#root.openDB({name: 'log', encoding: 'string'});
      this.#meta = this.#root.openDB({name: 'meta', encoding: 'string'});
      this.#checkFormat();
    } catch (error) {
      this.#giveUp();
      this.#reserve.close();
      throw error instanceof FailureError ? error : this.#damaged(errorText(error));
    }
  }

  load(): readonly LogEntry[] {
    const entries = this.#readAll();
    const order = new LogOrder();
    const gap = order.gap(entries);
    if (gap !== undefined) throw this.#damaged(gap);
    order.advance(entries);
    this.#order = order;
    return entries;
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    const order = must(this.#order, 'the log, which is loaded before it is appended to,');
    const gap = order.gap(entries);
    assert(gap === undefined, `the log has no gaps: ${gap}`);
    const records = entries.map(({arrival, op}) => ({op, record: encodeRecord(arrival, op)}));
    const origins = new Set(entries.map(({op}) => op.dot.origin)).size;
    const pages = PAGES_PER_COMMIT + origins * PAGES_PER_ORIGIN;
    this.#commit(pages * PAGE_BYTES + records.reduce((bytes, {record}) => bytes + roomFor(record), 0), () => {
      for (const {op, record} of records) this.#log.putSync([op.dot.origin, op.dot.seq], record);
    });
    order.advance(entries);
  }

  getMeta(name: string): unknown {
    const text = this.#meta.get(name);
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      throw this.#damaged(`the fact ${name} is not JSON`);
    }
  }

  async setMeta(name: string, value: Json): Promise<void> {
    const text = JSON.stringify(value);
    this.#commit(PAGES_PER_COMMIT * PAGE_BYTES + roomFor(text), () => this.#meta.putSync(name, text));
  }

  async close(): Promise<void> {
    await this.#root.close();
    this.#reserve.close();
    this.#lock.release();
  }

  #commit(bytes: number, puts: () => void): void {
    attempt('write to', this.#folder, () => {
      this.#reserve.ensure(bytes);
      this.#root.transactionSync(puts, COMMIT);
    });
  }

  #checkFormat(): void {
    const format = this.getMeta('format');
    if (format === undefined) {
      this.#commit(PAGES_PER_COMMIT * PAGE_BYTES, () => this.#meta.putSync('format', JSON.stringify(FORMAT)));
    } else if (format !== FORMAT) {
      throw new FailureError(
        fail(
          'format',
          `${this.#folder} has data of format ${format}, this is ${FORMAT}`,
          'use the version that wrote it',
        ).failure,
      );
    }
  }

  /** LMDB gives them by origin and seq; each is put at its place by arrival, without sorting. */
  #readAll(): LogEntry[] {
    const found = this.#scan();
    const entries: LogEntry[] = new Array(found.length);
    for (const entry of found) {
      const place = entry.arrival - 1;
      if (place >= found.length)
        throw this.#damaged(
          `the log holds ${found.length} operations, but one of them has number ${entry.arrival}`,
        );
      if (entries[place] !== undefined) throw this.#damaged(`two operations are number ${entry.arrival}`);
      entries[place] = entry;
    }
    return entries;
  }

  #scan(): LogEntry[] {
    const found: LogEntry[] = [];
    try {
      for (const {key, value} of this.#log.getRange()) {
        const entry = decodeRecord(key, value);
        if (entry === undefined) throw this.#damaged(`the operation ${key.join(':')} cannot be read`);
        found.push(entry);
      }
    } catch (error) {
      throw error instanceof FailureError ? error : this.#damaged(errorText(error));
    }
    return found;
  }

  /** The log cannot be used. The caller gets the reason. */
  #giveUp(): void {
    this.#root.close().catch(() => {});
  }

  #damaged(what: string): FailureError {
    return new FailureError(damage(dataFileIn(this.#folder), what));
  }
}

/** LMDB's statistics about its file that its types lack. */
interface Pages {
  readonly lastPageNumber: number;
  readonly pageSize: number;
}

/** The pages for a record and its neighbours, which are at least half full; or its own pages. */
const roomFor = (text: string): number =>
  2 * Buffer.byteLength(text) + (text.length > PAGE_BYTES / 4 ? PAGE_BYTES : 128);

function attempt<T>(action: Parameters<typeof diskFailure>[0], path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof FailureError ? error : new FailureError(diskFailure(action, path, error));
  }
}
