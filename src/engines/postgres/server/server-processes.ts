/**
 * The processes that belong to a server: which they are, and whether they are alive.
 */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {promisify} from 'node:util';

const POLL_MS = 10;
const PS_LIMIT_MS = 2000;

/** The child processes of a process: from /proc on Linux, elsewhere from `ps`. */
export async function processesOf(pid: number): Promise<readonly number[]> {
  const known = childrenFromProc(pid);
  if (known !== undefined) return known;
  const listed = await promisify(execFile)('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], {
    timeout: PS_LIMIT_MS,
  }).catch(() => ({stdout: ''}));
  const pairs = listed.stdout.split('\n').map(numbersIn);
  return pairs.flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

/** Undefined if the system keeps no such list. */
export function childrenFromProc(pid: number): readonly number[] | undefined {
  try {
    return numbersIn(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  } catch {
    return undefined;
  }
}

const numbersIn = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);

/** Waits until all of them have ended, or a limit. Returns whether all ended. */
export async function haveEnded(pids: readonly number[], limitMs: number): Promise<boolean> {
  const until = Date.now() + limitMs;
  while (pids.some(isAlive)) {
    if (Date.now() > until) return false;
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
  return true;
}

/**
 * A process that has ended still accepts signals until its parent has noticed; that does not count as alive.
 */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'EPERM' || (code === 'ENOENT' && process.platform !== 'linux');
  }
}
