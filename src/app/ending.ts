/**
 * Ends the program on a signal, a crash or a closed output (a closed terminal, `| head`).
 *
 * A command that needs to clean up calls `endInOrder` and stops when its signal aborts. After a deadline, or
 * at a second signal, the program kills its child processes and ends by a signal, even if something hangs.
 * Every other command ends at once.
 */
import {writeSync} from 'node:fs';
import {printable} from '../base/printable.ts';
import {killRunning} from '../engines/shared/running-processes.ts';

const SIGNALS = {SIGHUP: 1, SIGINT: 2, SIGTERM: 15} as const;
type EndSignal = keyof typeof SIGNALS;
type Cause = EndSignal | 'output' | 'crash' | 'quit';

/** The time limit of an orderly end. A user who presses ctrl-c or quits can press ctrl-c again. */
const LIMIT_MS: {readonly [cause in Cause]: number} = {
  SIGHUP: 1500,
  SIGTERM: 1500,
  SIGINT: 10_000,
  output: 1500,
  crash: 1500,
  quit: 10_000,
};
/**
 * Signals within this time count as one: npm repeats the ctrl-c that the terminal also sends to the program.
 */
const SAME_SIGNAL_MS = 300;
/** The exit status that a shell shows for SIGPIPE. */
const OUTPUT_LOST_STATUS = 141;

export interface Ending {
  /** Aborted when the end of the program begins. */
  readonly signal: AbortSignal;
  /** Resolves when the end begins. */
  readonly begun: Promise<void>;
  /** Begins the end, if it has not begun: the terminal is gone, the program crashed or the user quit. */
  begin(cause: 'output' | 'crash' | 'quit'): void;
}

const STDERR = 2;
let isLossReported = false;

let order: AbortController | undefined;
let firstSignalAtMs: number | undefined;
let deadlineAtMs = Number.POSITIVE_INFINITY;
let deadline: NodeJS.Timeout | undefined;

/** From now on a write to a closed output ends the program. Without this, the write would crash it. */
export function endWithOutput(): void {
  process.stdout.on('error', error => {
    reportLostOutput(error);
    begin('output');
  });
  process.stderr.on('error', () => begin('output'));
}

/**
 * Reports a lost output, unless the reader closed the pipe on purpose, as `head` does, or the terminal itself
 * is gone (EIO).
 */
function reportLostOutput({code, message}: NodeJS.ErrnoException): void {
  if (code === 'EPIPE' || code === 'EIO' || isLossReported) return;
  isLossReported = true;
  try {
    writeSync(STDERR, `leaderlab: the standard output cannot be written: ${printable(message)}\n`);
  } catch {
    // Standard error cannot be written either.
  }
}

/**
 * Sets the exit status of the command. If the program is ending for another reason, that reason decides the
 * status.
 */
export function endWithStatus(status: number): void {
  if (!order?.signal.aborted) process.exitCode = status;
}

/**
 * For a command that has to clean up. From now on a signal does not end the program, but aborts the signal in
 * the result.
 */
export function endInOrder(): Ending {
  if (order === undefined) {
    order = new AbortController();
    for (const signal of Object.keys(SIGNALS) as EndSignal[]) process.on(signal, onSignal);
  }
  const {signal} = order;
  const begun = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), {once: true}));
  return {signal, begun, begin};
}

// Not `once`: without a listener, the package that cleans up children would end the program at once.
function onSignal(signal: EndSignal): void {
  const nowMs = performance.now();
  if (firstSignalAtMs !== undefined && nowMs - firstSignalAtMs > SAME_SIGNAL_MS) force(signal);
  firstSignalAtMs ??= nowMs;
  begin(signal);
}

function begin(cause: Cause): void {
  if (order === undefined) process.exit(statusOf(cause));
  if (!order.signal.aborted && cause !== 'quit') process.exitCode = statusOf(cause);
  const atMs = performance.now() + LIMIT_MS[cause];
  if (atMs < deadlineAtMs) {
    deadlineAtMs = atMs;
    clearTimeout(deadline);
    deadline = setTimeout(() => force(cause), LIMIT_MS[cause]).unref();
  }
  order.abort();
}

function statusOf(cause: Cause): number {
  if (cause === 'output') return OUTPUT_LOST_STATUS;
  return cause === 'crash' || cause === 'quit' ? 1 : 128 + SIGNALS[cause];
}

/**
 * Ends by a signal, because `process.exit` waits for every pending file operation, and one of them may hang.
 */
function force(cause: Cause): void {
  killRunning();
  const signal = cause in SIGNALS ? (cause as EndSignal) : 'SIGTERM';
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
