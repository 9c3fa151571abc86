/**
 * Locks a data folder for one process. The lock is a file that names its owner: the pid, and the start time
 * of the process, because pids are reused.
 *
 * The file appears with its content in one step (a hard link to a finished file), so no process ever reads
 * half a lock. If the owner of a lock is gone, exactly one process takes the lock over: a process must hold a
 * second lock of the same kind before it checks the first lock again and removes it.
 */
import {existsSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import * as z from 'zod';
import {type Failure, FailureError, fail} from '../base/failure.ts';
import {diskFailure, errorCode} from './disk-failure.ts';
import {createOwnFile, readOwnFile} from './own-file.ts';

export interface FolderLock {
  /** Safe to call twice. */
  release(): void;
}

const ownerSchema = z.object({pid: z.int().positive(), started: z.string()});
type Owner = z.infer<typeof ownerSchema>;

export const OWNER_LOCK = 'owner.lock';
const TAKEOVER = '.takeover';
/** The depth of locks on locks. More than one means that processes died while they took over. */
const TAKEOVERS = 2;
/** The files that a lock may leave in its folder. */
export const LOCK_NAMES: readonly string[] = Array.from(
  {length: TAKEOVERS + 1},
  (_, depth) => OWNER_LOCK + TAKEOVER.repeat(depth),
);

/** Locks the folder, or throws a `FailureError` that names the owner of the lock. The folder must exist. */
export function lockFolder(folder: string): FolderLock {
  try {
    return lockFile(join(folder, OWNER_LOCK), folder, TAKEOVERS);
  } catch (error) {
    throw error instanceof FailureError ? error : new FailureError(diskFailure('lock', folder, error));
  }
}

/** `takeovers`: the depth that locks on locks may still reach. */
function lockFile(path: string, folder: string, takeovers: number): FolderLock {
  if (!create(path)) {
    const owner = read(path);
    // Its owner released it between the two calls.
    if (owner === undefined && !existsSync(path) && create(path)) return holdingOf(path);
    if (owner === undefined || takeovers === 0 || isAlive(owner))
      throw new FailureError(taken(folder, path, owner));
    const takeover = lockFile(path + TAKEOVER, folder, takeovers - 1);
    try {
      if (sameOwner(read(path), owner)) rmSync(path);
    } finally {
      takeover.release();
    }
    if (!create(path)) throw new FailureError(taken(folder, path, read(path)));
  }
  return holdingOf(path);
}

function holdingOf(path: string): FolderLock {
  let held = true;
  return {
    release: () => {
      if (held) rmSync(path, {force: true});
      held = false;
    },
  };
}

/** Returns whether the lock is ours now. */
function create(path: string): boolean {
  const own: Owner = {pid: process.pid, started: startOf(process.pid) ?? UNKNOWN_START};
  return createOwnFile(path, JSON.stringify(own));
}

function read(path: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(readOwnFile(path) ?? '')).data;
  } catch {
    return undefined;
  }
}

const sameOwner = (a: Owner | undefined, b: Owner): boolean => a?.pid === b.pid && a.started === b.started;

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // Any other answer, such as "not permitted", comes from a live process of another user.
    if (errorCode(error) === 'ESRCH') return false;
  }
  const started = startOf(owner.pid);
  return started === undefined || owner.started === UNKNOWN_START || started === owner.started;
}

const UNKNOWN_START = 'unknown';
const DEAD = 'dead';

/**
 * When the process started, as its system tells it; `undefined` where there is no /proc. A zombie has died
 * already.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name in parentheses, which may contain anything: the state first, the start as the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? DEAD : fields[19];
  } catch {
    return undefined;
  }
}

function taken(folder: string, path: string, owner: Owner | undefined): Failure {
  if (owner === undefined)
    return fail(
      'folder-taken',
      `${folder} is locked, but its lock file ${path} names no process`,
      `remove ${path} if no lab uses the folder`,
    ).failure;
  return fail(
    'folder-taken',
    `${folder} is in use by process ${owner.pid}`,
    'end that process, or use another data folder',
  ).failure;
}
