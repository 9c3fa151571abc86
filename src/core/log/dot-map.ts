/**
 * A map with dots as keys: by origin, then by `seq`. It builds no strings, because it is in the inner loop of
 * every conflict.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Dot} from './version-vector.ts';

/**
 * A map with dots as keys, compared by origin and `seq`. It works as `Map` does, except that `set` returns
 * nothing and `values` go by origin first.
 */
export class DotMap<T> {
  readonly #byOrigin = new Map<LeaderId, Map<number, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({origin, seq}: Dot): T | undefined {
    return this.#byOrigin.get(origin)?.get(seq);
  }

  has({origin, seq}: Dot): boolean {
    return this.#size > 0 && (this.#byOrigin.get(origin)?.has(seq) ?? false);
  }

  set({origin, seq}: Dot, value: T): void {
    let own = this.#byOrigin.get(origin);
    if (own === undefined) {
      own = new Map();
      this.#byOrigin.set(origin, own);
    }
    this.#size -= own.size;
    own.set(seq, value);
    this.#size += own.size;
  }

  /** Returns whether the dot was there. */
  delete({origin, seq}: Dot): boolean {
    if (this.#size === 0 || this.#byOrigin.get(origin)?.delete(seq) !== true) return false;
    this.#size -= 1;
    return true;
  }

  clear(): void {
    this.#byOrigin.clear();
    this.#size = 0;
  }

  /** All values, by origin, then in the order of insertion. Usually there are none. */
  values(): Iterable<T> {
    return this.#size === 0 ? [] : this.#each();
  }

  *#each(): Generator<T> {
    for (const own of this.#byOrigin.values()) yield* own.values();
  }
}
