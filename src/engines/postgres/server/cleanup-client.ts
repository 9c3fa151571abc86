/**
 * Makes sure that nothing of the lab stays at servers that it did not start: starts the process that drops
 * the lab's databases, and waits for it at the end.
 */
import {execa} from 'execa';
import type {Address} from '../sql/address.ts';

const LIMIT_MS = 30_000;

export interface Cleanup {
  /** Drops the databases. Resolves to one message for each thing that could not be dropped. */
  finish(): Promise<readonly string[]>;
}

/** Starts the process. It drops the databases also if the lab is killed. */
export function startCleanup(
  program: string,
  servers: readonly {readonly maintenance: Address; readonly database: string}[],
): Cleanup {
  const child = execa(process.execPath, [program], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    reject: false,
    detached: true,
    cleanup: false,
  });
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify({servers})}\n`);
  return {
    async finish() {
      child.stdin.end();
      const force = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      const {stdout, stderr, exitCode} = await child;
      clearTimeout(force);
      const lines = `${stdout}\n${exitCode === 0 ? '' : stderr}`
        .split('\n')
        .filter(line => line.trim() !== '');
      return exitCode === 0 ? lines : [...lines, 'the databases of the lab may still be there'];
    },
  };
}
