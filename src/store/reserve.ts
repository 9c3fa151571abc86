/**
 * Reserves disk space before each commit. LMDB does not survive a full disk: its library crashes the process during a commit. So the file is
 * first extended with zeros after its last page. If the disk refuses that, nothing has happened yet, and the commit fails with that reason.
 * LMDB then writes only within the file.
 */
import {closeSync, existsSync, fstatSync, openSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';

/** The least extension, so that most commits find room. */
const STEP_BYTES = 256 * 1024;
const ZEROS = Buffer.alloc(STEP_BYTES);
/** The size of LMDB's table of readers, which it maps into memory: a page without disk space would kill the process. */
const LOCK_BYTES = 32 * 1024;

/** Recreates LMDB's lock file at full size; an existing one keeps its space. Call this only while nobody has the store open. */
export function reserveLock(folder: string): void {
  const path = join(folder, 'lock.mdb');
  const file = openSync(path, existsSync(path) ? 'r+' : 'w', 0o600);
  try {
    writeZeros(file, 0, LOCK_BYTES);
  } finally {
    closeSync(file);
  }
}

/** The spare file, deleted when the disk is too full for a leader to lock its folder, so that it can start and serve reads. */
const SPARE = 'spare';
const SPARE_BYTES = 16 * 1024;

/** Returns whether there was a spare file. */
export function giveUpSpare(folder: string): boolean {
  if (!existsSync(join(folder, SPARE))) return false;
  rmSync(join(folder, SPARE));
  return true;
}

/** Creates the spare file for the next start, unless the disk is full. */
export function keepSpare(folder: string): void {
  const path = join(folder, SPARE);
  if (existsSync(path)) return;
  try {
    writeFileSync(path, ZEROS.subarray(0, SPARE_BYTES), {mode: 0o600, flag: 'wx'});
  } catch {
    rmSync(path, {force: true});
  }
}

export class Reserve {
  readonly #file: number;
  readonly #usedBytes: () => number;
  /** The number of bytes known to fit without asking the disk. */
  #roomBytes = 0;

  /** `usedBytes`: the end of the last page that LMDB uses. */
  constructor(dataFile: string, usedBytes: () => number) {
    this.#file = openSync(dataFile, 'r+');
    this.#usedBytes = usedBytes;
  }

  /** Reserves this many bytes, or throws the error of the disk. */
  ensure(bytes: number): void {
    if (this.#roomBytes < bytes) this.#grow(bytes);
    this.#roomBytes -= bytes;
  }

  close(): void {
    closeSync(this.#file);
  }

  #grow(bytes: number): void {
    const used = this.#usedBytes();
    let size = fstatSync(this.#file).size;
    const wanted = used + bytes + STEP_BYTES;
    try {
      while (size < wanted) size += writeZeros(this.#file, size, Math.min(STEP_BYTES, wanted - size));
    } catch (error) {
      size = fstatSync(this.#file).size;
      // Less than planned, but enough.
      if (size < used + bytes) throw error;
    }
    this.#roomBytes = size - used;
  }
}

/** Returns how many bytes were written: a nearly full disk accepts a part. */
const writeZeros = (file: number, at: number, bytes: number): number => writeSync(file, ZEROS, 0, Math.min(bytes, STEP_BYTES), at);
