/**
 * A 52-bit hash of an operation's content, and sums of such hashes. Two leaders compare their sums for an
 * origin: equal sums mean equal operations, except with a probability of about 2⁻⁵². Not for security.
 *
 * The order of an object's fields does not matter, so an operation has the same hash at every leader.
 */
import {isArray, type Json} from '../../base/json.ts';
import type {Op} from './op.ts';

const MODULUS = 2 ** 52;
const LOW = 2 ** 32;

/** Adds a hash to a sum of hashes, modulo 2^52. The order of additions does not matter. */
export const addHash = (sum: number, hash: number): number => (sum + hash) % MODULUS;
/** Returns the difference of two sums of hashes, modulo 2^52: from 0 to 2^52 − 1. */
export const subtractHash = (sum: number, hash: number): number => (sum - hash + MODULUS) % MODULUS;

/**
 * Returns the hash of the operation's whole content, its dot included: a whole number from 0 to 2^52 − 1, the
 * same at every leader.
 */
export function hashOp({dot, after, hlc, wallMs, writes}: Op): number {
  const hash = new Hash();
  hash.text(dot.origin);
  for (const number of [dot.seq, hlc.wallMs, hlc.logical, wallMs]) hash.number(number);
  hash.value(after);
  for (const write of writes) hash.value(write as unknown as Json);
  return hash.result;
}

/** Two lanes in the manner of MurmurHash3 (Appleby), with different constants. */
class Hash {
  #a = 0x9747b28c;
  #b = 0x3c6ef372;

  get result(): number {
    return (finished(this.#a) & 0xfffff) * LOW + finished(this.#b);
  }

  value(value: Json): void {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.number(value);
    if (value === null || typeof value === 'boolean') return this.#mix(value === null ? 1 : value ? 2 : 3);
    if (isArray(value)) {
      this.#mix(4);
      for (const inner of value) this.value(inner);
      return this.#mix(value.length);
    }
    let fields = 0;
    for (const field in value) fields = addHash(fields, hashField(field, value[field] as Json));
    this.#mix(5);
    this.number(fields);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    this.#mix(text.length);
  }

  number(number: number): void {
    if (!Number.isInteger(number)) return this.text(String(number));
    this.#mix(number | 0);
    this.#mix((number / LOW) | 0);
  }

  #mix(word: number): void {
    this.#a = mixed(this.#a, word, 0xcc9e2d51, 0x1b873593);
    this.#b = mixed(this.#b, word, 0x239b961b, 0xab0e9789);
  }
}

function hashField(field: string, value: Json): number {
  const hash = new Hash();
  hash.text(field);
  hash.value(value);
  return hash.result;
}

function mixed(state: number, word: number, c1: number, c2: number): number {
  let k = Math.imul(word, c1);
  k = Math.imul((k << 15) | (k >>> 17), c2);
  const h = state ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finished(state: number): number {
  let hash = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
