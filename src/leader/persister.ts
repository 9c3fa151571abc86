/**
 * Group commit: one append to the store at a time, in order; what comes meanwhile makes the next one. So a
 * failure leaves nothing behind it in the air, and a slow disk makes larger batches instead of a queue of
 * small ones.
 */
import {errorText} from '../base/failure.ts';
import type {Op} from '../core/log/op.ts';
import type {LogEntry, OpLogStore} from '../store/log-store.ts';

export class Persister {
  readonly #store: OpLogStore;
  readonly #done: (count: number) => void;
  readonly #failed: (reason: string) => void;
  #waiting: LogEntry[] = [];
  #busy: Promise<void> | undefined;

  /**
   * `done` gets the number of arrivals persisted so far; `failed` means that nothing of what was waiting is
   * or will be.
   */
  constructor(store: OpLogStore, done: (count: number) => void, failed: (reason: string) => void) {
    this.#store = store;
    this.#done = done;
    this.#failed = failed;
  }

  /** `from` counts the arrivals before these. */
  add(from: number, ops: readonly Op[]): void {
    ops.forEach((op, i) => {
      this.#waiting.push({arrival: from + i + 1, op});
    });
    if (this.#waiting.length > 0) this.#busy ??= this.#drain();
  }

  /** Until nothing waits. */
  async idle(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  async #drain(): Promise<void> {
    for (let last = this.#waiting.at(-1); last !== undefined; last = this.#waiting.at(-1)) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#store.append(batch);
      } catch (error) {
        this.#waiting = [];
        this.#failed(errorText(error));
        continue;
      }
      this.#done(last.arrival);
    }
    // In the same turn as the last look at what waits: whatever is added after it starts a new drain.
    this.#busy = undefined;
  }
}
