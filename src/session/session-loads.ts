/**
 * Loads in the background: what runs beside the commands of a session, can be waited for, and can be broken
 * off.
 */
import type {Clock} from '../port/cluster.ts';

/** How long virtual time passes before somebody looks whether they have ended. */
const LOOK_MS = 100;

export class Loads {
  readonly #running = new Map<AbortController, Promise<unknown>>();

  /** Starts it; it is told when to end early. */
  start(load: (signal: AbortSignal) => Promise<unknown>): void {
    const controller = new AbortController();
    const ended = load(controller.signal).finally(() => this.#running.delete(controller));
    this.#running.set(controller, ended);
  }

  interrupt(): void {
    for (const controller of this.#running.keys()) controller.abort();
  }

  /** Waits, by that clock, until none runs, those started meanwhile included. Never rejects. */
  async ended(clock: Clock, signal: AbortSignal): Promise<void> {
    while (this.#running.size > 0 && !signal.aborted) {
      await Promise.race([Promise.allSettled(this.#running.values()), clock.sleep(LOOK_MS, signal)]);
    }
  }
}
