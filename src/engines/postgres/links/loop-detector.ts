/**
 * Detects operations that go round for ever. If two leaders forward everything to each other, each writes the
 * row of an operation anew whenever it comes again: no client writes, no value changes, and each time another
 * transaction (`xmin`) wrote the row. Time plays no part: more rewrites than a topology can cause are enough.
 */
import type {LeaderId} from '../../../base/ids.ts';

/** With the loop guard a row is rewritten at most once, when a hub sends it back to its writer. */
const TOO_OFTEN = 5;
/** The most operations that are counted at a time. */
const WATCHED = 1000;

export class LoopDetector {
  readonly #found: (leader: LeaderId, text: string) => void;
  readonly #rewrites = new Map<string, number>();

  constructor(found: (leader: LeaderId, text: string) => void) {
    this.#found = found;
  }

  /** The row of this operation was written once more at this leader. */
  rewritten(leader: LeaderId, dot: string): void {
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
