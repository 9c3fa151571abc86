/**
 * A clock that stands still except while someone sleeps: then the time is over at once.
 */
import type {Clock} from '../../src/port/cluster.ts';

export class FakeClock implements Clock {
  #now = 0;
  /** Called at each sleep, before the time passes: what happens meanwhile in the world. */
  onSleep: () => void = () => undefined;

  nowMs(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    // As with every clock, others have their turn meanwhile.
    await new Promise(resolve => setImmediate(resolve));
    this.onSleep();
    if (!signal.aborted) this.#now += ms;
  }
}
