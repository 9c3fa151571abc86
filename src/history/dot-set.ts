/**
 * A set of dots as intervals of `seq` for each origin. Dots that come in order, with few gaps, need almost no
 * memory.
 */
import type {LeaderId} from '../base/ids.ts';
import {type Dot, origins, parseDot, showDot} from '../core/log/version-vector.ts';

/** Both ends included, ascending, with a gap between any two. */
export type Intervals = {readonly [origin: LeaderId]: readonly (readonly [number, number])[]};

/**
 * A set of dots, kept as intervals of `seq` for each origin. `add` adds a range, both ends included; `toJson`
 * returns the intervals, from which the constructor makes the set again.
 */
export class DotSet {
  readonly #intervals = new Map<LeaderId, [number, number][]>();

  constructor(intervals: Intervals = {}) {
    for (const origin of origins(intervals as {[origin: LeaderId]: never})) {
      for (const [from, to] of intervals[origin] ?? []) this.add(origin, from, to);
    }
  }

  has({origin, seq}: Dot): boolean {
    const intervals = this.#intervals.get(origin) ?? [];
    const at = firstEndingFrom(intervals, seq);
    const [from] = intervals[at] ?? [Number.POSITIVE_INFINITY];
    return from <= seq;
  }

  add(origin: LeaderId, from: number, to: number): void {
    const intervals = this.#intervals.get(origin) ?? [];
    this.#intervals.set(origin, intervals);
    // Intervals that it touches become part of it.
    const start = firstEndingFrom(intervals, from - 1);
    let end = start;
    let [low, high] = [from, to];
    for (let next = intervals[end]; next !== undefined && next[0] <= high + 1; next = intervals[end]) {
      low = Math.min(low, next[0]);
      high = Math.max(high, next[1]);
      end += 1;
    }
    intervals.splice(start, end - start, [low, high]);
  }

  toJson(): Intervals {
    return Object.fromEntries(this.#intervals);
  }
}

/** The index of the first interval that ends at `seq` or later. */
function firstEndingFrom(intervals: readonly (readonly [number, number])[], seq: number): number {
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((intervals[middle]?.[1] ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Returns the entries of a map by dot that are within the range. It chooses the shorter of two ways to find
 * them.
 */
export function within<T>(byDot: ReadonlyMap<string, T>, origin: LeaderId, from: number, to: number): T[] {
  const found: T[] = [];
  if (to - from < byDot.size) {
    for (let seq = from; seq <= to; seq++) {
      const one = byDot.get(showDot({origin, seq}));
      if (one !== undefined) found.push(one);
    }
    return found;
  }
  for (const [name, one] of byDot) {
    const dot = parseDot(name);
    if (dot?.origin === origin && dot.seq >= from && dot.seq <= to) found.push(one);
  }
  return found;
}
