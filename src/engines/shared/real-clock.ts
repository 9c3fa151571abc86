/**
 * The machine's clock as a `Clock` of the Cluster port, for engines of real processes.
 */
import {setTimeout as delay} from 'node:timers/promises';
import type {Clock} from '../../port/cluster.ts';

export const REAL_CLOCK: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, {signal}).catch(() => undefined),
};
