/**
 * A digest of everything that a reader could see: equal digests mean equal visible states, up to a chance of
 * about 2⁻⁶⁴. It is the XOR of one 64-bit hash for each key, so only the keys that changed since the last
 * call are hashed, in any order.
 */
import type {Key} from '../../base/ids.ts';
import {hash64} from '../../base/prng.ts';
import {type Reading, readingText} from '../state/reading.ts';

/** The two halves of a hash of 64 bits. */
type Hash = readonly [high: number, low: number];

/** The hash of a key that reads as absent. */
export const NO_HASH: Hash = [0, 0];

/** What the digest knows of a key. */
export interface Hashed {
  /** The hash of the reading that is in the digest now. Only the digest changes it. */
  hash: Hash;
}

export class StateDigest<State extends Hashed> {
  #high = 0;
  #low = 0;
  /** Keys whose hash may be out of date. */
  readonly #changed = new Map<Key, State>();

  /** What a reader sees of the key may have changed. */
  change(key: Key, state: State): void {
    this.#changed.set(key, state);
  }

  /** Takes the key out of the digest. */
  remove(key: Key, state: State): void {
    this.#changed.delete(key);
    this.#replace(state, NO_HASH);
  }

  /** 16 hexadecimal digits. */
  text(readingOf: (state: State) => Reading): string {
    for (const [key, state] of this.#changed) {
      const reading = readingOf(state);
      this.#replace(
        state,
        reading.type === 'absent' ? NO_HASH : hash64(`${JSON.stringify(key)}${readingText(reading)}`),
      );
    }
    this.#changed.clear();
    return hexOf(this.#high) + hexOf(this.#low);
  }

  #replace(state: State, hash: Hash): void {
    this.#high ^= state.hash[0] ^ hash[0];
    this.#low ^= state.hash[1] ^ hash[1];
    state.hash = hash;
  }
}

/**
 * Two hexadecimal digits for each byte. A digest may be made after every operation, and a number's own
 * `toString` takes five times as long.
 */
const HEX = Array.from({length: 256}, (_, byte) => byte.toString(16).padStart(2, '0'));

const hexOf = (half: number): string =>
  `${HEX[half >>> 24]}${HEX[(half >>> 16) & 255]}${HEX[(half >>> 8) & 255]}${HEX[half & 255]}`;
