/**
 * How the program ends when something else decides that it ends: a signal, a crash, or an output that nobody reads any more (a closed
 * terminal, `| head`).
 *
 * A command that has something to put in order asks for `endInOrder` and stops when that aborts. It has until a deadline. Then, or at a
 * second signal, the program kills what it started and ends by a signal, whatever still hangs. Every other command ends at once.
 */
import {killRunning} from './cluster/real/running.ts';

const SIGNALS = {SIGHUP: 1, SIGINT: 2, SIGTERM: 15} as const;
type EndSignal = keyof typeof SIGNALS;
type Cause = EndSignal | 'output' | 'crash' | 'quit';

/** What an orderly end may take. Somebody who presses ctrl-c, or quits, is there to press ctrl-c again. */
const LIMIT_MS: {readonly [cause in Cause]: number} = {
  SIGHUP: 1500,
  SIGTERM: 1500,
  SIGINT: 10_000,
  output: 1500,
  crash: 1500,
  quit: 10_000,
};
/** Signals that are no further apart count as one: npm passes on the ctrl-c that a terminal sends to the program as well. */
const SAME_SIGNAL_MS = 300;
/** As a shell shows the end by SIGPIPE, and by SIGHUP. */
const OUTPUT_LOST_STATUS = 141;

export interface Ending {
  /** Aborts when the program is to end. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly begun: Promise<void>;
  /** The terminal is gone, or the program made a mistake, or the person left: the end begins, if it has not begun. */
  begin(cause: 'output' | 'crash' | 'quit'): void;
}

let order: AbortController | undefined;
let firstSignalAtMs: number | undefined;
let deadlineAtMs = Number.POSITIVE_INFINITY;
let deadline: NodeJS.Timeout | undefined;

/** From here on a write to an output that nobody reads ends the program. Without this it would be a crash, told to the same output. */
export function endWithOutput(): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => begin('output'));
}

/** What the command says of its own work, unless the program is ending for another reason: then that says how it ends. */
export function endWithStatus(status: number): void {
  if (!order?.signal.aborted) process.exitCode = status;
}

/** For a command that has something to put in order: from here on a signal does not end the program, it aborts what this gives. */
export function endInOrder(): Ending {
  if (order === undefined) {
    order = new AbortController();
    for (const signal of Object.keys(SIGNALS) as EndSignal[]) process.on(signal, onSignal);
  }
  const {signal} = order;
  const begun = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), {once: true}));
  return {signal, begun, begin};
}

// Not `once`: what cleans up children would find no listener left when its turn comes, and end the program at once.
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

/** By a signal, not by `process.exit`: that waits for every file operation under way, and one of those may be what hangs. */
function force(cause: Cause): void {
  killRunning();
  const signal = cause in SIGNALS ? (cause as EndSignal) : 'SIGTERM';
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
