/**
 * Loads in the background: what runs beside the commands of a session, can be waited for, and can be broken off.
 */
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

  /** Resolves once none runs, those started meanwhile included. Never rejects. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }
}
