/**
 * The changes of lost writes that wait for the next message to the lab. A write that became lost and was
 * found again in between is left out. Changes that do not fit into one message are sent with the next.
 */
import {assert} from '../../base/assert.ts';
import type {Key} from '../../base/ids.ts';
import {compareDots, type Dot, showDot} from '../log/version-vector.ts';
import type {LossChange} from './losses.ts';

/** The approximate number of characters of JSON in one message. */
const LIMIT_CHARACTERS = 512 * 1024;
const DOT_CHARACTERS = 60;

/** No write is in both, and not both are empty. */
interface Pending {
  readonly lost: Map<string, Dot>;
  readonly found: Map<string, Dot>;
}

/** The source of all lost writes: a fold. */
interface Ledger {
  disturbedKeys(): Iterable<Key>;
  lost(key: Key): readonly Dot[];
}

/** How the lost writes of one key changed. */
type LossReport = LossChange & {readonly key: Key};

/**
 * Keeps the changes of lost writes until the next message to the lab. A loss and a find of the same write
 * cancel out. `take` returns at most about 512 KiB of JSON and leaves the rest for the next message.
 */
export class LossFeed {
  readonly #pending = new Map<Key, Pending>();

  /** The number of keys with changes that are still to be sent. */
  get size(): number {
    return this.#pending.size;
  }

  add({key, lost, found}: LossReport): void {
    const pending = this.#of(key);
    for (const dot of lost) if (!pending.found.delete(showDot(dot))) pending.lost.set(showDot(dot), dot);
    for (const dot of found) if (!pending.lost.delete(showDot(dot))) pending.found.set(showDot(dot), dot);
    if (pending.lost.size + pending.found.size === 0) this.#pending.delete(key);
  }

  /** Starts again with all lost writes, whatever was sent before. */
  reset(ledger: Ledger): void {
    this.#pending.clear();
    for (const key of ledger.disturbedKeys()) {
      const lost = ledger.lost(key);
      if (lost.length > 0) this.add({key, lost, found: []});
    }
  }

  take(): LossReport[] {
    const taken: LossReport[] = [];
    let room = LIMIT_CHARACTERS;
    for (const [key, {lost, found}] of this.#pending) {
      room -= key.length + DOT_CHARACTERS;
      if (room < DOT_CHARACTERS) break;
      const lostDots = takeFrom(lost, room / DOT_CHARACTERS);
      room -= lostDots.length * DOT_CHARACTERS;
      const foundDots = takeFrom(found, room / DOT_CHARACTERS);
      room -= foundDots.length * DOT_CHARACTERS;
      assert(lostDots.length + foundDots.length > 0, 'a key waits with a change');
      taken.push({key, lost: lostDots, found: foundDots});
      if (lost.size + found.size === 0) this.#pending.delete(key);
    }
    return taken;
  }

  #of(key: Key): Pending {
    const pending = this.#pending.get(key) ?? {lost: new Map(), found: new Map()};
    this.#pending.set(key, pending);
    return pending;
  }
}

function takeFrom(dots: Map<string, Dot>, limit: number): Dot[] {
  const taken: Dot[] = [];
  for (const [name, dot] of dots) {
    if (taken.length >= limit) break;
    taken.push(dot);
    dots.delete(name);
  }
  return taken.sort(compareDots);
}
