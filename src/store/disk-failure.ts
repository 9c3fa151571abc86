/**
 * Turns an error of the disk into a failure that says what to do.
 */
import {statfsSync} from 'node:fs';
import {errorText, type Failure, fail} from '../base/failure.ts';

const NOTHING_FREE_BYTES = 1024 * 1024;

type DiskAction = 'create' | 'lock' | 'open' | 'write to';

/** System error codes, as `node:fs` names them, and the numbers that LMDB passes through. */
const CAUSES: readonly {
  readonly codes: readonly unknown[];
  readonly code: string;
  readonly why: string;
  readonly hint: string;
}[] = [
  {
    codes: ['ENOSPC', 28, 'EDQUOT', 122, 'EFBIG', 27],
    code: 'disk-full',
    why: 'the disk is full',
    hint: 'free some space; what was acknowledged is kept',
  },
  {codes: ['EROFS', 30], code: 'read-only', why: 'the disk is read-only', hint: 'use another data folder'},
  {
    codes: ['EACCES', 13, 'EPERM', 1],
    code: 'no-permission',
    why: 'permission denied',
    hint: 'use a data folder that you may write to',
  },
  {
    codes: ['EEXIST', 17, 'ENOTDIR', 20],
    code: 'not-a-folder',
    why: 'there is a file in its place',
    hint: 'use another data folder',
  },
];

/**
 * Turns what `node:fs` or LMDB threw into a `Failure` with a code (`disk-full`, `read-only`, `no-permission`,
 * `not-a-folder`, otherwise `disk`), the path and advice. It returns the failure and does not throw.
 */
export function diskFailure(action: DiskAction, path: string, error: unknown): Failure {
  const code = isFull(error, path) ? 'ENOSPC' : errorCode(error);
  const cause = CAUSES.find(({codes}) => codes.includes(code));
  if (cause !== undefined)
    return fail(cause.code, `cannot ${action} ${path}: ${cause.why}`, cause.hint).failure;
  const why = errorText(error);
  return fail('disk', `cannot ${action} ${path}: ${why}`, 'use another data folder').failure;
}

/**
 * LMDB reports a partial write as an I/O error. If almost nothing is free, it means that the disk is full.
 */
function isFull(error: unknown, path: string): boolean {
  const code = errorCode(error);
  if (code !== 'EIO' && code !== 5) return false;
  try {
    const {bavail, bsize} = statfsSync(path);
    return bavail * bsize < NOTHING_FREE_BYTES;
  } catch {
    return false;
  }
}

export const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
