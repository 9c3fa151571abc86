/**
 * Runs changes of processes, links and settings one at a time: two changes at once would each undo half of
 * the other.
 */
import {fail} from '../../base/failure.ts';
import type {Outcome} from '../../port/cluster.ts';
import {failed} from './model/outcome.ts';

export const CLOSING = failed(fail('closing', 'the lab is closing').failure);

/** A queue of changes. A change that rejects does not stop the queue. */
export class SerialQueue {
  readonly #isClosing: () => boolean;
  #last: Promise<unknown> = Promise.resolve();

  constructor(isClosing: () => boolean) {
    this.#isClosing = isClosing;
  }

  /**
   * Runs the change after all earlier ones. If the lab closes first, the change does not run, and this
   * resolves to `CLOSING`.
   */
  take(change: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = this.#last.then(() => (this.#isClosing() ? CLOSING : change()));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Lets changes wait until this work has ended. */
  after(work: Promise<unknown>): void {
    this.#last = work.catch(() => undefined);
  }
}
