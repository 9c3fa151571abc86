/**
 * A child process that says in one line of JSON that it is ready and on which port, and that lives as long as we hold its standard
 * input: when we die, by SIGKILL too, the pipe ends and so does it.
 */
import {execa} from 'execa';
import * as z from 'zod';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {noteRunning} from './running.ts';

const READY_LIMIT_MS = 15_000;
const readySchema = z.object({ready: z.literal(true), port: z.number().int().min(1).max(65535)});

export interface Child {
  readonly pid: number;
  readonly port: number;
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Closes its standard input: it ends in order. */
  end(): void;
  /** Resolves, once, to how it ended: `exit 1: the last line it wrote to standard error`, or `SIGKILL`. */
  readonly ended: Promise<string>;
}

export async function startChild(program: string, args: readonly string[], token: string): Promise<Result<Child>> {
  const child = execa(process.execPath, [program, ...args], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    reject: false,
    cleanup: true,
    maxBuffer: 64 * 1024,
    env: {LEADERLAB_TOKEN: token, NODE_ENV: 'production'},
  });
  child.stdin.on('error', () => {});
  noteRunning(() => void child.kill('SIGKILL'), child);
  const ended = child.then(({exitCode, signal, stderr, shortMessage}) => {
    const last =
      String(stderr ?? '')
        .trim()
        .split('\n')
        .at(-1) ?? '';
    const how = signal ?? (exitCode === undefined ? (shortMessage ?? 'it could not be started') : `exit ${exitCode}`);
    return last === '' ? how : `${how}: ${last}`;
  });
  const port = await Promise.race([readReady(child.stdout), ended, timeout(READY_LIMIT_MS)]);
  if (typeof port !== 'number' || child.pid === undefined) {
    child.kill('SIGKILL');
    return fail('not-started', typeof port === 'string' ? port : `not ready within ${READY_LIMIT_MS / 1000} s`);
  }
  return succeed({pid: child.pid, port, ended, kill: signal => void child.kill(signal), end: () => void child.stdin.end()});
}

/** The port in the first line; never resolves where there is none, `ended` does then. */
function readReady(stdout: NodeJS.ReadableStream): Promise<number> {
  return new Promise(resolve => {
    let text = '';
    stdout.on('data', (chunk: Buffer) => {
      if (text.includes('\n')) return;
      text += chunk.toString();
      const parsed = readySchema.safeParse(tryJson(text.split('\n')[0] ?? ''));
      if (parsed.success) resolve(parsed.data.port);
    });
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function timeout(ms: number): Promise<undefined> {
  return new Promise(resolve => {
    setTimeout(() => resolve(undefined), ms).unref();
  });
}
