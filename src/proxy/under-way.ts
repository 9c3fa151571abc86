/**
 * The messages under way in one direction, in the order in which they arrive. Pure.
 *
 * Those that keep their place arrive as they were sent, so they are a plain queue. Only stragglers are in a
 * heap.
 */
import {Heap} from '../base/heap.ts';
import type {Arrival, FaultName} from '../faults/verdict.ts';

/** What a link carries: a frame of ours, or a piece of a stream. */
export interface Cargo {
  /** As `isCounted` knows it. */
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** One message under way; a doubled one is two of them. */
export interface Parcel {
  readonly cargo: Cargo;
  readonly sentAtMs: number;
  readonly dueAtMs: number;
  /** What makes it take so long. */
  readonly faults: readonly FaultName[];
}

/** Of those due at the same time the one added first arrives first. */
interface Entry extends Parcel {
  readonly number: number;
  dueAtMs: number;
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.dueAtMs < b.dueAtMs || (a.dueAtMs === b.dueAtMs && a.number < b.number);

export class UnderWay {
  #queue: Entry[] = [];
  /** Entries before this place have been taken; they are cut off now and then, not one by one. */
  #head = 0;
  readonly #stragglers = new Heap<Entry>(isBefore);
  #added = 0;

  add(cargo: Cargo, sentAtMs: number, {dueAtMs, keepsPlace}: Arrival, faults: readonly FaultName[]): void {
    const entry = {cargo, sentAtMs, dueAtMs, faults, number: this.#added++};
    if (keepsPlace) this.#queue.push(entry);
    else this.#stragglers.push(entry);
  }

  /** The next to arrive. */
  first(): Parcel | undefined {
    const inPlace = this.#queue[this.#head];
    const straggler = this.#stragglers.first;
    if (inPlace === undefined || straggler === undefined) return inPlace ?? straggler;
    return isBefore(inPlace, straggler) ? inPlace : straggler;
  }

  takeFirst(): void {
    if (this.first() === this.#stragglers.first) {
      this.#stragglers.pop();
      return;
    }
    this.#head++;
    if (this.#head > 1000 && this.#head * 2 > this.#queue.length) this.#cutOff();
  }

  *all(): Generator<Parcel> {
    for (let i = this.#head; i < this.#queue.length; i++) yield this.#queue[i] as Entry;
    yield* this.#stragglers.items;
  }

  /**
   * Some `limit` of those that are wanted: the oldest that keep their place, and stragglers that arrive soon;
   * oldest first.
   */
  oldest(limit: number, isWanted: (parcel: Parcel) => boolean): Parcel[] {
    const found: Parcel[] = [];
    for (let i = this.#head; i < this.#queue.length && found.length < limit; i++) {
      const entry = this.#queue[i];
      if (entry !== undefined && isWanted(entry)) found.push(entry);
    }
    const inPlace = found.length;
    for (const entry of this.#stragglers.items) {
      if (found.length - inPlace === limit) break;
      if (isWanted(entry)) found.push(entry);
    }
    return found.sort((a, b) => a.sentAtMs - b.sentAtMs).slice(0, limit);
  }

  /**
   * No message arrives later than `latestMs` says. It is asked in the order of sending, and never answers
   * less than before.
   */
  hasten(latestMs: (parcel: Parcel) => number): void {
    const entries = [...this.#queue.slice(this.#head), ...this.#stragglers.items].sort(
      (a, b) => a.number - b.number,
    );
    for (const entry of entries) entry.dueAtMs = Math.min(entry.dueAtMs, latestMs(entry));
    const stragglers = [...this.#stragglers.items];
    this.#stragglers.clear();
    for (const entry of stragglers) this.#stragglers.push(entry);
  }

  clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#stragglers.clear();
  }

  #cutOff(): void {
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}
