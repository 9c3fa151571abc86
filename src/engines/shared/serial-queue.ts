/**
 * Runs changes of processes, links and settings one at a time: two changes at once would each undo half of
 * the other.
 */
import {fail} from '../../base/failure.ts';
import type {Outcome} from '../../port/cluster.ts';
import {failed} from './model/outcome.ts';

export const CLOSING = failed(fail('closing', 'the lab is closing').failure);

export class SerialQueue {
  readonly #isClosing: () => boolean;
  #last: Promise<unknown> = Promise.resolve();

  constructor(isClosing: () => boolean) {
    this.#isClosing = isClosing;
  }

  /**
   * Runs the change after all earlier ones. Resolves to `CLOSING` without running it if the lab closes
   * before.
   */
  take(change: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = this.#last.then(() => (this.#isClosing() ? CLOSING : change()));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Changes wait until this work has ended. */
  after(work: Promise<unknown>): void {
    this.#last = work.catch(() => undefined);
  }
}
