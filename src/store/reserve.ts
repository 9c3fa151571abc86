/**
 * Room on the disk that a commit cannot run out of. LMDB does not survive a full disk: its library crashes the process in the middle of a
 * commit. So its file is made longer first, by writing zeros behind its last page; where the disk refuses those, nothing has happened yet,
 * and the commit is refused with that reason. What LMDB then writes lies within the file.
 */
import {closeSync, constants, existsSync, fstatSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {must} from '../base/assert.ts';
import {LOCK_FILE} from './lmdb-file.ts';
import {createOwnFile, openOwnFile, withOwnFile, writeDraft} from './own-file.ts';

/** The file is made longer by no less, so that most commits find room. */
const STEP_BYTES = 256 * 1024;
const ZEROS = Buffer.alloc(STEP_BYTES);
/** All of LMDB's table of readers, which it maps into memory: a page of it that the disk could not give would end the process. */
const LOCK_BYTES = 32 * 1024;

/** Makes LMDB's lock file anew, whole; one that is there keeps its room. Only while nobody has the store open. */
export function reserveLock(folder: string): void {
  withOwnFile(join(folder, LOCK_FILE), constants.O_RDWR | constants.O_CREAT, file => writeZeros(file, 0, LOCK_BYTES));
}

export const TRIAL_FILE = 'trial';
const FIRST_BYTES = 128 * 1024;

/** A store that is new begins with pages that nobody can make room for beforehand: they are tried elsewhere. */
export function tryFirstPages(folder: string): void {
  rmSync(writeDraft(join(folder, TRIAL_FILE), Buffer.alloc(FIRST_BYTES)));
}

/** Given up where the disk is so full that a leader could not even lock its folder to start again and be read. */
export const SPARE_FILE = 'spare';
const SPARE_BYTES = 16 * 1024;

/** Whether there was something to give up. */
export function giveUpSpare(folder: string): boolean {
  if (!existsSync(join(folder, SPARE_FILE))) return false;
  rmSync(join(folder, SPARE_FILE));
  return true;
}

/** For the next start. A disk that is full already has nothing to spare. */
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
  /** At least so much more fits, as far as is known without asking. */
  #roomBytes = 0;

  /** `usedBytes`: where the last page that LMDB has in use ends. */
  constructor(dataFile: string, usedBytes: () => number) {
    this.#file = must(openOwnFile(dataFile, constants.O_RDWR), 'the data file of an open store');
    this.#usedBytes = usedBytes;
  }

  /** Makes room for so much, or throws what the disk says. */
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
      // More would have been better, yet this is enough.
      if (size < used + bytes) throw error;
    }
    this.#roomBytes = size - used;
  }
}

/** How many were written: a disk that is nearly full takes a part. */
const writeZeros = (file: number, at: number, bytes: number): number => writeSync(file, ZEROS, 0, Math.min(bytes, STEP_BYTES), at);
