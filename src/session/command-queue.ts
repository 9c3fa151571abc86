/**
 * Runs the commands of a session one after another, and lets a person interrupt the one that runs.
 */
export class CommandQueue {
  /** Settles when everything queued so far has ended. Never rejects. */
  #last: Promise<unknown> = Promise.resolve();
  /** Interrupts the work that runs now; undefined if it cannot be interrupted. */
  #interruptible: AbortController | undefined;

  /** Starts the work when all earlier work has ended. If it fails, only its own promise rejects. */
  add<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Runs a part of the present command that `interrupt` can end early, through the signal. */
  async interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#interruptible = controller;
    try {
      return await work(controller.signal);
    } finally {
      this.#interruptible = undefined;
    }
  }

  /** True if there was something to interrupt. */
  interrupt(): boolean {
    this.#interruptible?.abort();
    return this.#interruptible !== undefined;
  }
}
