/**
 * Finds operations that go round for ever. Where two leaders send each other everything, each writes the row
 * of an operation anew whenever it comes again: nobody writes, nothing changes, and the transaction that
 * wrote the row (its `xmin`) is another one each time. Time plays no part: more rewrites than a topology can
 * cause are enough.
 */
import type {LeaderId} from '../../../base/ids.ts';

/** With a guard a row is written anew once at most, where a hub sends it back to its writer. */
const TOO_OFTEN = 5;
/** Operations that are watched at a time. */
const WATCHED = 1000;

export class LoopDetector {
  readonly #found: (leader: LeaderId, text: string) => void;
  readonly #rewrites = new Map<string, number>();

  constructor(found: (leader: LeaderId, text: string) => void) {
    this.#found = found;
  }

  /** The row of this operation was written once more at that leader. */
  heard(leader: LeaderId, dot: string): void {
    const name = `${leader} ${dot}`;
    const count = (this.#rewrites.get(name) ?? 0) + 1;
    this.#rewrites.delete(name);
    this.#rewrites.set(name, count);
    const [oldest] = this.#rewrites.keys();
    if (this.#rewrites.size > WATCHED && oldest !== undefined) this.#rewrites.delete(oldest);
    if (count === TOO_OFTEN)
      this.#found(
        leader,
        `${dot} goes round for ever: its row was written ${count} times here, each time by another ` +
          'transaction (xmin)',
      );
  }
}
