/**
 * A binary heap: the first of many items by an order. Adding and removing an item takes O(log n).
 */
export class Heap<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #items: T[] = [];

  /** If neither of two items is before the other, they come out in any order. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  /** All items. Only the first is at its place in the order. */
  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    let place = this.#items.push(item) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(item, this.#at(parent))) break;
      this.#items[place] = this.#at(parent);
      place = parent;
    }
    this.#items[place] = item;
  }

  /** Takes the first out. */
  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#items.length = 0;
  }

  /** Puts an item where the first was, and moves it down to its place. */
  #sink(item: T): void {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#items.length) break;
      if (child + 1 < this.#items.length && this.#isBefore(this.#at(child + 1), this.#at(child))) child++;
      if (!this.#isBefore(this.#at(child), item)) break;
      this.#items[place] = this.#at(child);
      place = child;
    }
    this.#items[place] = item;
  }

  #at(place: number): T {
    return this.#items[place] as T;
  }
}
