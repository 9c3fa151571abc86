/**
 * The processes that belong to a server, and what ends them when the lab dies.
 */
import {execFile, spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {promisify} from 'node:util';

const LOOK_MS = 10;
const PS_LIMIT_MS = 2000;

/** The children of a process: from Linux's own list, elsewhere from `ps`. */
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

/** Until none of them is alive, or the time is over; whether they all ended. */
export async function whileAlive(pids: readonly number[], limitMs: number): Promise<boolean> {
  const until = Date.now() + limitMs;
  while (pids.some(isAlive)) {
    if (Date.now() > until) return false;
    await new Promise(resolve => setTimeout(resolve, LOOK_MS));
  }
  return true;
}

/** One that has ended and that nobody has taken note of yet still answers to signals. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'EPERM' || (code === 'ENOENT' && process.platform !== 'linux');
  }
}

/**
 * A shell that waits on a pipe which the lab holds. A line means that all is well; the end of the pipe, that
 * the lab died: then it ends these processes, and removes the folder, more than once, since the last of them
 * may still write.
 */
export function guard(pids: readonly number[], folder: string | undefined): {release(): void} {
  const script =
    'read line && exit; f=$1; shift; kill -9 "$@"; [ -n "$f" ] && for i in 1 2 3; do rm -rf "$f"; sleep ' +
    '0.3; done';
  const shell = spawn('/bin/sh', ['-c', script, 'sh', folder ?? '', ...pids.map(String)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  return {release: () => void shell.stdin.end('released\n')};
}
