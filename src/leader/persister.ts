/**
 * Group commit: one append to the store at a time, in order. Operations that arrive meanwhile make the next
 * one. So no append is under way behind one that fails, and a slow disk makes larger batches instead of a
 * queue of small ones.
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
   * `done` gets the number of arrivals persisted so far. `failed`: none of the waiting operations is
   * persisted, now or later.
   */
  constructor(store: OpLogStore, done: (count: number) => void, failed: (reason: string) => void) {
    this.#store = store;
    this.#done = done;
    this.#failed = failed;
  }

  /** `from`: the number of arrivals before these. */
  add(from: number, ops: readonly Op[]): void {
    ops.forEach((op, i) => {
      this.#waiting.push({arrival: from + i + 1, op});
    });
    if (this.#waiting.length > 0) this.#busy ??= this.#drain();
  }

  /** Resolves when nothing waits. */
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
    // In the same turn as the last check of what waits, so whatever is added later starts a new drain.
    this.#busy = undefined;
  }
}
