/**
 * Runs changes of processes, links and settings one at a time: two changes at once would each undo half of
 * the other.
 */
import {assert} from '../../base/assert.ts';
import {fail} from '../../base/failure.ts';
import type {Outcome} from '../../port/cluster.ts';
import {failed} from './model/outcome.ts';

export const CLOSING = failed(fail('closing', 'the lab is closing').failure);

/** A queue of changes. A change that rejects does not stop the queue. */
export class SerialQueue {
  readonly #isClosing: () => boolean;
  #last: Promise<unknown> = Promise.resolve();
  /** True while a change runs: never two at once. */
  #isRunning = false;

  constructor(isClosing: () => boolean) {
    this.#isClosing = isClosing;
  }

  /**
   * Runs the change after all earlier ones. If the lab closes first, the change does not run, and this
   * resolves to `CLOSING`.
   */
  take(change: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = this.#last.then(() => (this.#isClosing() ? CLOSING : this.#run(change)));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  async #run(change: () => Promise<Outcome>): Promise<Outcome> {
    assert(!this.#isRunning, 'changes run one at a time');
    this.#isRunning = true;
    try {
      return await change();
    } finally {
      this.#isRunning = false;
    }
  }

  /** Lets changes wait until this work has ended. */
  after(work: Promise<unknown>): void {
    this.#last = work.catch(() => undefined);
  }
}
