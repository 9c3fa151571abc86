/**
 * Seeded random numbers for all uses of chance: equal seeds give equal sequences on every machine. The
 * generator is sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, 32-bit arithmetic only.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    const text = String(seed);
    // The generator works on signed numbers.
    this.#a = hash32(`a${text}`) | 0;
    this.#b = hash32(`b${text}`) | 0;
    this.#c = hash32(`c${text}`) | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** A float in [0, 1). */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }

  /** A whole number in [from, to], both ends possible. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.int(0, items.length - 1)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}

/** FNV-1a over UTF-16 units, finished as murmur3 does: spreads a text over 32 bits. Not for security. */
export function hash32(text: string): number {
  let hash = FNV_START;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return finished(hash);
}

/** Two halves of 64 bits, made in one pass over the text: `hash32` of `1` + text, and of `2` + text. */
export function hash64(text: string): readonly [high: number, low: number] {
  let high = Math.imul(FNV_START ^ 0x31, FNV_PRIME);
  let low = Math.imul(FNV_START ^ 0x32, FNV_PRIME);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, FNV_PRIME);
    low = Math.imul(low ^ unit, FNV_PRIME);
  }
  return [finished(high), finished(low)];
}

const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function finished(unfinished: number): number {
  let hash = Math.imul(unfinished ^ (unfinished >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
