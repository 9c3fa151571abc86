/**
 * A clock that stands still, except that each sleep advances it at once.
 */
import type {Clock} from '../../src/port/cluster.ts';

export class FakeClock implements Clock {
  #now = 0;
  /** Called at each sleep, before the time passes, to change the world meanwhile. */
  onSleep: () => void = () => undefined;

  nowMs(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    // Other work runs meanwhile, as with every clock.
    await new Promise(resolve => setImmediate(resolve));
    this.onSleep();
    if (!signal.aborted) this.#now += ms;
  }
}
