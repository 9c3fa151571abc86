/**
 * The times of events of one kind within a window. Older times are dropped each time the list has doubled, so
 * adding has constant cost, and memory is bounded even without queries. Pure: time is a parameter.
 */
const LEAST = 1000;

export class RecentTimes {
  readonly #windowMs: number;
  #timesMs: number[] = [];
  #forgetAbove = LEAST;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(atMs: number): void {
    this.#timesMs.push(atMs);
    if (this.#timesMs.length <= this.#forgetAbove) return;
    this.#timesMs = this.#timesMs.filter(earlierMs => earlierMs > atMs - this.#windowMs);
    this.#forgetAbove = Math.max(LEAST, 2 * this.#timesMs.length);
  }

  /** How many happened within the window before `nowMs`. */
  count(nowMs: number): number {
    return this.#timesMs.filter(atMs => atMs > nowMs - this.#windowMs).length;
  }

  /** How many are remembered, those outside the window included. */
  get remembered(): number {
    return this.#timesMs.length;
  }
}
