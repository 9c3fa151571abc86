/**
 * Starts a child process that prints one line of JSON: that it is ready and on which port, or why it failed.
 * The child lives as long as the lab holds its standard input: when the lab dies, even by SIGKILL, the pipe
 * ends and the child exits.
 */
import {execa} from 'execa';
import * as z from 'zod';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {tryParseJson} from '../../base/json.ts';
import {noteRunning} from './running-processes.ts';

const READY_LIMIT_MS = 15_000;
const firstLineSchema = z.discriminatedUnion('ready', [
  z.object({ready: z.literal(true), port: z.number().int().min(1).max(65535)}),
  z.object({
    ready: z.literal(false),
    failure: z.object({code: z.string(), message: z.string(), hint: z.string().exactOptional()}),
  }),
]);
type FirstLine = z.infer<typeof firstLineSchema>;

export interface Child {
  readonly pid: number;
  readonly port: number;
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Closes its standard input, so that it ends in order. */
  end(): void;
  /** Resolves once, to the reason: `exit 1: the last line it wrote to standard error`, or `SIGKILL`. */
  readonly ended: Promise<string>;
}

/**
 * Resolves once the child is ready. A child that fails to start is killed, and the failure says why it
 * failed.
 */
export async function startChild(
  program: string,
  args: readonly string[],
  token: string,
): Promise<Result<Child>> {
  const child = execa(process.execPath, [program, ...args], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    reject: false,
    cleanup: true,
    maxBuffer: 64 * 1024,
    env: {LEADERLAB_TOKEN: token},
  });
  child.stdin.on('error', () => {});
  noteRunning(() => void child.kill('SIGKILL'), child);
  const ended = child.then(({exitCode, signal, stderr, shortMessage}) => {
    const last = lastErrorLine(String(stderr ?? ''));
    const how =
      signal ?? (exitCode === undefined ? (shortMessage ?? 'it could not be started') : `exit ${exitCode}`);
    return last === '' ? how : `${how}: ${last}`;
  });
  const first = await Promise.race([readFirstLine(child.stdout), ended, timeout(READY_LIMIT_MS)]);
  if (typeof first !== 'object' || !first.ready || child.pid === undefined) {
    child.kill('SIGKILL');
    if (typeof first === 'object' && !first.ready) return {ok: false, failure: first.failure};
    return fail(
      'not-started',
      typeof first === 'string' ? first : `not ready within ${READY_LIMIT_MS / 1000} s`,
    );
  }
  return succeed({
    pid: child.pid,
    port: first.port,
    ended,
    kill: signal => void child.kill(signal),
    end: () => void child.stdin.end(),
  });
}

/** The signal that a damaged memory-mapped file ends a process with; undefined if it ended in another way. */
export function deadlySignal(how: string): string | undefined {
  return how.includes('heap out of memory') ? undefined : /^SIG(BUS|SEGV|ABRT|ILL|FPE)\b/.exec(how)?.[0];
}

/** The line of Node's output that names an uncaught error; otherwise the last line. */
function lastErrorLine(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.findLast(line => /^(Uncaught )?\w*Error\b.*:/.test(line)) ?? lines.at(-1) ?? '';
}

/** Reads the first line. If the child ends without one, this never resolves, and `ended` does. */
function readFirstLine(stdout: NodeJS.ReadableStream): Promise<FirstLine> {
  return new Promise(resolve => {
    let text = '';
    stdout.on('data', (chunk: Buffer) => {
      if (text.includes('\n')) return;
      text += chunk.toString();
      const parsed = firstLineSchema.safeParse(tryParseJson(text.split('\n')[0] ?? ''));
      if (parsed.success) resolve(parsed.data);
    });
  });
}

function timeout(ms: number): Promise<undefined> {
  return new Promise(resolve => {
    setTimeout(() => resolve(undefined), ms).unref();
  });
}
