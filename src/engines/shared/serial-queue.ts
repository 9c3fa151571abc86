/**
 * What changes processes or how they are linked goes one at a time: two at once would each undo half of the
 * other.
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

  take(change: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = this.#last.then(() => (this.#isClosing() ? CLOSING : change()));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Nothing goes on before this has ended. */
  after(work: Promise<unknown>): void {
    this.#last = work.catch(() => undefined);
  }
}
