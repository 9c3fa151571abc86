/**
 * Checks LMDB's data file before the library maps it into memory: the library trusts the file, and a damaged
 * file can kill the process by a signal. Only the head of the file can be checked here; other damage shows
 * only when the library crashes.
 */
import {constants, fstatSync, readSync} from 'node:fs';
import {join} from 'node:path';
import {type Failure, fail} from '../base/failure.ts';
import {withOwnFile} from './own-file.ts';

export const DATA_FILE = 'data.mdb';
export const LOCK_FILE = 'lock.mdb';
/**
 * The offsets in each of the file's two heads: the magic number, the page size, the last page, and the
 * transaction number, which tells the newer head.
 */
const AT = {magic: 24, pageBytes: 48, lastPage: 144, transaction: 152} as const;
const HEAD_BYTES = 160;
const PAGE_BYTES = [4096, 8192, 16384, 32768, 65536];
const MAGIC = 0xbeefc0de;

/** Returns the path of LMDB's data file in the folder of a leader's log. The file may not exist. */
export const dataFileIn = (folder: string): string => join(folder, DATA_FILE);

interface Head {
  readonly pageBytes: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/**
 * Returns why the library must not open the log in this folder, judged by the heads of its file. Throws if a
 * file does not belong to this user.
 */
export function faultOfLog(folder: string): Failure | undefined {
  withOwnFile(join(folder, LOCK_FILE), constants.O_RDONLY, () => {});
  const path = dataFileIn(folder);
  return withOwnFile(path, constants.O_RDONLY, file => {
    const first = headAt(file, 0);
    if (first === undefined) return damage(path, 'it is not an LMDB file');
    return headAt(file, first.pageBytes) === undefined
      ? damage(path, 'its second page is missing or damaged')
      : undefined;
  });
}

/** The failure for a log that killed the process that read it. */
export function deadlyLog(folder: string, signal: string): Failure {
  const path = dataFileIn(folder);
  const lacks = lacking(path);
  return damage(path, lacks === undefined ? `reading it ends the process (${signal})` : lacks);
}

export const damage = (path: string, what: string): Failure =>
  fail(
    'damaged',
    `the log in ${path} is damaged: ${what}`,
    'restore the folder from a copy, or use another data folder',
  ).failure;

/** Says if the file is truncated. A shorter file can still be valid, because its last pages may be free. */
function lacking(path: string): string | undefined {
  try {
    return withOwnFile(path, constants.O_RDONLY, file => {
      const first = headAt(file, 0);
      const second = first && headAt(file, first.pageBytes);
      if (first === undefined || second === undefined) return undefined;
      const {pageBytes, lastPage} = second.transaction > first.transaction ? second : first;
      const [is, wanted] = [fstatSync(file).size, (Number(lastPage) + 1) * pageBytes];
      return is < wanted ? `it is truncated: ${is} of ${wanted} bytes` : undefined;
    });
  } catch {
    return undefined;
  }
}

/** In the machine's own byte order, because the file never leaves it. */
function headAt(file: number, offset: number): Head | undefined {
  const head = Buffer.alloc(HEAD_BYTES);
  if (readSync(file, head, 0, HEAD_BYTES, offset) < HEAD_BYTES || head.readUInt32LE(AT.magic) !== MAGIC)
    return undefined;
  const pageBytes = head.readUInt32LE(AT.pageBytes);
  if (!PAGE_BYTES.includes(pageBytes)) return undefined;
  return {
    pageBytes,
    lastPage: head.readBigUInt64LE(AT.lastPage),
    transaction: head.readBigUInt64LE(AT.transaction),
  };
}
