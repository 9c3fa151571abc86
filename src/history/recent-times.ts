/**
 * When events of one kind happened, as far back as a window. What is older is forgotten each time that the list has doubled, so that
 * adding costs the same under any load, and memory is bounded though nobody ever asks. Pure: time is handed in.
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
