/**
 * The machine's clock as a `Clock` of the Cluster port, for engines of real processes.
 */
import {setTimeout as delay} from 'node:timers/promises';
import type {Clock} from '../../port/cluster.ts';

/**
 * The machine's clock: `nowMs` counts ms since 1970. `sleep` resolves after that time or when the signal is
 * aborted, and never rejects.
 */
export const REAL_CLOCK: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, {signal}).catch(() => undefined),
};
