/**
 * Reserves disk space before each commit. LMDB does not survive a full disk: its library crashes the process
 * during a commit. So the file is first extended with zeros after its last page. If the disk refuses that,
 * nothing has happened yet, and the commit fails with that reason. LMDB then writes only within the file.
 */
import {closeSync, constants, existsSync, fstatSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {must} from '../base/assert.ts';
import {LOCK_FILE} from './lmdb-file.ts';
import {createOwnFile, openOwnFile, withOwnFile, writeDraft} from './own-file.ts';

/** The least extension, so that most commits find room. */
const STEP_BYTES = 256 * 1024;
const ZEROS = Buffer.alloc(STEP_BYTES);
/**
 * The size of LMDB's table of readers, which it maps into memory: a page without disk space would kill the
 * process.
 */
const LOCK_BYTES = 32 * 1024;

/**
 * Recreates LMDB's lock file at full size; an existing one keeps its space. Call this only while nobody has
 * the store open.
 */
export function reserveLock(folder: string): void {
  withOwnFile(join(folder, LOCK_FILE), constants.O_RDWR | constants.O_CREAT, file =>
    extend(file, 0, LOCK_BYTES),
  );
}

export const TRIAL_FILE = 'trial';
const FIRST_BYTES = 128 * 1024;

/**
 * A new store begins with pages for which no space can be reserved. Their size is tried with another file
 * first.
 */
export function tryFirstPages(folder: string): void {
  rmSync(writeDraft(join(folder, TRIAL_FILE), Buffer.alloc(FIRST_BYTES)));
}

/**
 * Deleted when the disk is so full that a leader cannot lock its folder. Then it can start and serve reads.
 */
export const SPARE_FILE = 'spare';
const SPARE_BYTES = 16 * 1024;

/** Returns whether there was a spare file. */
export function giveUpSpare(folder: string): boolean {
  if (!existsSync(join(folder, SPARE_FILE))) return false;
  rmSync(join(folder, SPARE_FILE));
  return true;
}

/** Creates the spare file for the next start, unless the disk is full. */
export function keepSpare(folder: string): void {
  const path = join(folder, SPARE_FILE);
  try {
    if (!existsSync(path)) createOwnFile(path, ZEROS.subarray(0, SPARE_BYTES));
  } catch {
    // The next start tries again.
  }
}

export class Reserve {
  readonly #file: number;
  readonly #usedBytes: () => number;
  /** The number of bytes known to fit without asking the disk. */
  #roomBytes = 0;

  /** `usedBytes`: the end of the last page that LMDB uses. */
  constructor(dataFile: string, usedBytes: () => number) {
    this.#file = must(openOwnFile(dataFile, constants.O_RDWR), 'the data file of an open store');
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
    const wanted = Math.max(size, used + bytes + STEP_BYTES);
    try {
      extend(this.#file, size, wanted);
      size = wanted;
    } catch (error) {
      size = fstatSync(this.#file).size;
      // Less than planned, but enough.
      if (size < used + bytes) throw error;
    }
    this.#roomBytes = size - used;
  }
}

/**
 * Writes zeros from one place in the file to another. Throws the error of the disk. A nearly full disk first
 * accepts a part.
 */
function extend(file: number, from: number, to: number): void {
  for (let at = from; at < to; ) at += writeSync(file, ZEROS, 0, Math.min(STEP_BYTES, to - at), at);
}
