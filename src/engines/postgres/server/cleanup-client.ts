/**
 * Keeps the promise that nothing of the lab stays at servers that are not its own: starts the process that
 * takes its databases away, and at the end waits for that.
 */
import {execa} from 'execa';
import type {Address} from '../sql/address.ts';

const LIMIT_MS = 30_000;

export interface Tidying {
  /** What could not be taken away, in words. */
  finish(): Promise<readonly string[]>;
}

export function startTidying(
  program: string,
  servers: readonly {readonly maintenance: Address; readonly database: string}[],
): Tidying {
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
      const said = `${stdout}\n${exitCode === 0 ? '' : stderr}`
        .split('\n')
        .filter(line => line.trim() !== '');
      return exitCode === 0 ? said : [...said, 'the databases of the lab may still be there'];
    },
  };
}
