/**
 * Ends processes if the lab dies. A stopped process cannot see its standard input end, and a PostgreSQL
 * server does not look at it. So a shell waits on a pipe that the lab holds: a line means that all is well;
 * the end of the pipe means that the lab died.
 */
import {spawn} from 'node:child_process';
import {assert} from '../../base/assert.ts';

export interface KillGuard {
  /**
   * Ends the guard without a kill. The lab calls it once it has ended the processes or let them run again.
   */
  release(): void;
}

/**
 * The folder is removed at least three times, and then until it is gone: children of the killed processes may
 * still write to it.
 */
const SCRIPT =
  'read line && exit; f=$1; shift; kill -9 "$@"; [ -n "$f" ] || exit; n=0; ' +
  'while [ $n -lt 3 ] || { [ -e "$f" ] && [ $n -lt 40 ]; }; do rm -rf "$f"; n=$((n+1)); sleep 0.3; done';

/**
 * Starts a shell that sends SIGKILL to these processes and removes the folder, if there is one, as soon as
 * the lab dies without a call of `release`.
 */
export function guardProcesses(pids: readonly number[], folder?: string): KillGuard {
  assert(pids.length > 0, 'a guard has a process to end');
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', folder ?? '', ...pids.map(String)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  return {release: () => void shell.stdin.end('released\n')};
}
