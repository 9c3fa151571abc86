/**
 * Detects operations that circulate forever. If two leaders forward everything to each other, each rewrites
 * the row of an operation whenever it comes again: no client writes, no value changes, and each time another
 * transaction (`xmin`) writes the row. The detector counts rewrites, and does not measure time: more rewrites
 * than a topology can cause are proof.
 */
import type {LeaderId} from '../../../base/ids.ts';

/** With the loop guard a row is rewritten at most once, when a hub sends it back to its writer. */
const TOO_OFTEN = 5;
/** The most operations whose rewrites are counted at a time. */
const WATCHED = 1000;

/** Counts how often each leader rewrites the row of each operation, and reports too many rewrites. */
export class LoopDetector {
  readonly #found: (leader: LeaderId, text: string) => void;
  readonly #rewrites = new Map<string, number>();

  constructor(found: (leader: LeaderId, text: string) => void) {
    this.#found = found;
  }

  /** Counts that the row of this operation was written again at this leader. */
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
        `${dot} goes round forever: its row was written ${count} times here, each time by another ` +
          'transaction (xmin)',
      );
  }
}
