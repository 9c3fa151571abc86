/**
 * The messages in flight in one direction, in the order in which they arrive. Pure.
 *
 * Messages that keep their place arrive in the order of sending, so a plain queue holds them. Only messages
 * that were reordered or duplicated (stragglers) are in a heap.
 */
import {assert} from '../base/assert.ts';
import {Heap} from '../base/heap.ts';
import type {Arrival, FaultName} from '../faults/verdict.ts';

/** What a link carries: a frame of our protocol, or a piece of a stream. */
export interface Packet {
  /** What `isCounted` takes. */
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** One copy of a message in flight; a duplicated message has two. */
export interface InFlightMessage {
  readonly packet: Packet;
  readonly sentAtMs: number;
  readonly dueAtMs: number;
  /** The faults that delay it. */
  readonly faults: readonly FaultName[];
}

/** Of two messages that are due at the same time, the one with the lower number arrives first. */
interface Entry extends InFlightMessage {
  readonly number: number;
  dueAtMs: number;
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.dueAtMs < b.dueAtMs || (a.dueAtMs === b.dueAtMs && a.number < b.number);

export class InFlightMessages {
  /** Sorted by `isBefore` from `#head` on. */
  #queue: Entry[] = [];
  /** Entries before this index were taken. They are removed in batches. `#head <= #queue.length`. */
  #head = 0;
  readonly #stragglers = new Heap<Entry>(isBefore);
  #added = 0;

  add(packet: Packet, sentAtMs: number, {dueAtMs, keepsPlace}: Arrival, faults: readonly FaultName[]): void {
    const entry = {packet, sentAtMs, dueAtMs, faults, number: this.#added++};
    if (keepsPlace) this.#queue.push(entry);
    else this.#stragglers.push(entry);
  }

  /** The next to arrive. */
  first(): InFlightMessage | undefined {
    const inPlace = this.#queue[this.#head];
    const straggler = this.#stragglers.first;
    if (inPlace === undefined || straggler === undefined) return inPlace ?? straggler;
    return isBefore(inPlace, straggler) ? inPlace : straggler;
  }

  /** Removes the next message to arrive; there must be one. */
  takeFirst(): void {
    assert(this.first() !== undefined, 'a message is in flight');
    if (this.first() === this.#stragglers.first) {
      this.#stragglers.pop();
      return;
    }
    this.#head++;
    if (this.#head > 1000 && this.#head * 2 > this.#queue.length) this.#removeTaken();
  }

  *all(): Generator<InFlightMessage> {
    for (let i = this.#head; i < this.#queue.length; i++) yield this.#queue[i] as Entry;
    yield* this.#stragglers.items;
  }

  /**
   * At most `limit` of the wanted messages, oldest first: the oldest that keep their place, and some
   * stragglers.
   */
  oldest(limit: number, isWanted: (message: InFlightMessage) => boolean): InFlightMessage[] {
    const found: InFlightMessage[] = [];
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
   * Makes every message arrive at `latestMs(message)` or earlier. `latestMs` is called in the order of
   * sending, and its results must not fall.
   */
  expedite(latestMs: (message: InFlightMessage) => number): void {
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

  #removeTaken(): void {
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}
