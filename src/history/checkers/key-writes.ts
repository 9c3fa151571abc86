/**
 * The writes that one leader has applied to one key, and its frontier, found by comparing all pairs. Checkers use this, because they must not
 * rely on the code that they judge.
 */
import {happenedBefore, type Write} from '../../core/op.ts';
import {compareDots, covers, showDot, type VersionVector} from '../../core/version-vector.ts';

interface Placed {
  readonly write: Write;
  /** Another write that was applied had seen it. */
  isSuperseded: boolean;
}

export class KeyWrites {
  #placed: Placed[] = [];
  /** Dots that the writer of some applied write had seen. */
  #seen = new Set<string>();

  /** In the order of arrival. */
  get writes(): readonly Write[] {
    return this.#placed.map(({write}) => write);
  }

  /** Returns whether the write was late: an earlier applied write had seen it. */
  add(write: Write): boolean {
    let isSuperseded = false;
    for (const other of this.#placed) {
      if (happenedBefore(write, other.write)) isSuperseded = true;
      if (happenedBefore(other.write, write)) other.isSuperseded = true;
    }
    this.#placed.push({write, isSuperseded});
    for (const dot of write.change.saw) if (covers(write.after, dot)) this.#seen.add(showDot(dot));
    return isSuperseded;
  }

  /** Keeps only these. */
  keep(vv: VersionVector): void {
    const kept = this.writes.filter(({dot}) => covers(vv, dot));
    this.#placed = [];
    this.#seen = new Set();
    for (const write of kept) this.add(write);
  }

  /** Sorted by dot. */
  get frontier(): readonly Write[] {
    const newest = this.#placed.filter(({isSuperseded}) => !isSuperseded).map(({write}) => write);
    return newest.sort((a, b) => compareDots(a.dot, b.dot));
  }

  /** The frontier as it would be with this write; `undefined` where the write would be late. */
  frontierWith(write: Write): readonly Write[] | undefined {
    if (this.#placed.some(other => happenedBefore(write, other.write))) return undefined;
    const others = this.frontier.filter(other => !happenedBefore(other, write));
    return [...others, write].sort((a, b) => compareDots(a.dot, b.dot));
  }

  /** Whether the write can be lost: it is on the frontier, or it left the frontier unseen. */
  isAble({dot}: Write): boolean {
    const placed = this.#placed.find(({write}) => write.dot.seq === dot.seq && write.dot.origin === dot.origin);
    return placed !== undefined && (!placed.isSuperseded || !this.#seen.has(showDot(dot)));
  }
}
