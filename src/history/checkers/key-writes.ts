/**
 * The writes that one leader has applied to one key, and its frontier, found by comparing all pairs. Checkers
 * use this, because they must not rely on the code that they judge.
 */
import {DotMap} from '../../core/log/dot-map.ts';
import {happenedBefore, type Write} from '../../core/log/op.ts';
import {compareDots, covers, showDot, type VersionVector} from '../../core/log/version-vector.ts';

interface Placed {
  readonly write: Write;
  /** Whether an applied write had seen it. */
  isSuperseded: boolean;
}

export class KeyWrites {
  #placed: Placed[] = [];
  readonly #byDot = new DotMap<Placed>();
  /** The list until the next write. */
  #writes: readonly Write[] | undefined;
  #frontier: readonly Write[] | undefined;
  /** The dots that applied writes name as seen. */
  #seen = new Set<string>();

  /** In the order of arrival. */
  get writes(): readonly Write[] {
    this.#writes ??= this.#placed.map(({write}) => write);
    return this.#writes;
  }

  /** Returns whether the write was late: an earlier applied write had seen it. */
  add(write: Write): boolean {
    let isSuperseded = false;
    for (const other of this.#placed) {
      if (happenedBefore(write, other.write)) isSuperseded = true;
      if (happenedBefore(other.write, write)) other.isSuperseded = true;
    }
    const placed = {write, isSuperseded};
    this.#placed.push(placed);
    this.#byDot.set(write.dot, placed);
    this.#writes = undefined;
    this.#frontier = undefined;
    for (const dot of write.change.saw) if (covers(write.after, dot)) this.#seen.add(showDot(dot));
    return isSuperseded;
  }

  /** Keeps only these. */
  keep(vv: VersionVector): void {
    const kept = this.writes.filter(({dot}) => covers(vv, dot));
    this.#placed = [];
    this.#byDot.clear();
    this.#writes = undefined;
    this.#frontier = undefined;
    this.#seen = new Set();
    for (const write of kept) this.add(write);
  }

  /** Sorted by dot. */
  get frontier(): readonly Write[] {
    this.#frontier ??= this.#placed
      .filter(({isSuperseded}) => !isSuperseded)
      .map(({write}) => write)
      .sort((a, b) => compareDots(a.dot, b.dot));
    return this.#frontier;
  }

  /** The frontier as it would be with this write; `undefined` where the write would be late. */
  frontierWith(write: Write): readonly Write[] | undefined {
    if (this.#placed.some(other => happenedBefore(write, other.write))) return undefined;
    const others = this.frontier.filter(other => !happenedBefore(other, write));
    return [...others, write].sort((a, b) => compareDots(a.dot, b.dot));
  }

  /** Whether the write can be lost: it is on the frontier, or it left the frontier unseen. */
  isAble({dot}: Write): boolean {
    const placed = this.#byDot.get(dot);
    return placed !== undefined && (!placed.isSuperseded || !this.#seen.has(showDot(dot)));
  }
}
