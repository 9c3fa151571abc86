/**
 * Time, handed in: so that a test decides when it passes.
 */
import {setTimeout as delay} from 'node:timers/promises';

export interface Clock {
  nowMs(): number;
  /** Resolves after that long, or at once when the signal is or gets aborted. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const REAL_CLOCK: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, {signal}).catch(() => undefined),
};
