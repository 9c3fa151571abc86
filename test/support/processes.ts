/**
 * Lists the running child processes of a program, and checks that they have ended. From /proc, or from `ps`
 * where there is none.
 */
import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {LIMIT_MS, waitFor} from './wait.ts';

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** The start time and the pid identify a process: the system reuses pids. */
  readonly startedAt: string;
  readonly command: string;
}

/** A process that has ended and waits for its parent does not count. */
export function runningProcesses(): readonly RunningProcess[] {
  return existsSync('/proc/self/stat') ? fromProc() : fromPs();
}

/** The descendants of the process. */
export function descendantsOf(pid: number): readonly RunningProcess[] {
  const all = runningProcesses();
  const found: RunningProcess[] = [];
  const look = (parent: number): void => {
    for (const child of all.filter(candidate => candidate.parent === parent)) {
      found.push(child);
      look(child.pid);
    }
  };
  look(pid);
  return found;
}

/** The processes of the list that have not ended. */
export function stillRunning(processes: readonly RunningProcess[]): readonly RunningProcess[] {
  const now = new Set(runningProcesses().map(identity));
  return processes.filter(candidate => now.has(identity(candidate)));
}

/** Fails with the command lines of the processes that are left. */
export async function untilGone(processes: readonly RunningProcess[], limitMs = LIMIT_MS): Promise<void> {
  await waitFor('every process gone', () => stillRunning(processes).length === 0, limitMs).catch(() => {
    const left = stillRunning(processes).map(({pid, command}) => `  ${pid} ${command}`);
    if (left.length > 0) throw new Error(`after ${limitMs} ms there are still:\n${left.join('\n')}`);
  });
}

/** Kills processes by their ids, without a clean-up: for processes that a failed test leaves behind. */
export function killAll(processes: readonly RunningProcess[]): void {
  for (const {pid} of stillRunning(processes)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has ended by itself meanwhile.
    }
  }
}

const identity = ({pid, startedAt}: RunningProcess): string => `${pid} ${startedAt}`;

function fromProc(): RunningProcess[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name of the program stands in parentheses and may hold anything.
        const [state = '', parent = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (state === 'Z' || state === 'X') return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return [{pid: Number(name), parent: Number(parent), startedAt: rest[17] ?? '', command}];
      } catch {
        return [];
      }
    });
}

function fromPs(): RunningProcess[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,lstart=,command='], {
    encoding: 'utf8',
  }).split('\n');
  return lines.flatMap(line => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*)$/.exec(line);
    const [, pid = '', parent = '', state = '', startedAt = '', command = ''] = match ?? [];
    return match === null || state.startsWith('Z')
      ? []
      : [{pid: Number(pid), parent: Number(parent), startedAt, command}];
  });
}
