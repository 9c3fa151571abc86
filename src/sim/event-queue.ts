/**
 * Virtual time as a queue of events, as in every discrete-event simulation: the earliest event happens next,
 * and time jumps to it. Times are milliseconds since the world began, with fractions.
 */
import {assert} from '../base/assert.ts';
import {Heap} from '../base/heap.ts';

interface Event {
  readonly atMs: number;
  /** Rises with every scheduled event. Of two events at the same time, the lower order happens first. */
  readonly order: number;
  readonly run: () => void;
}

export class EventQueue {
  readonly #events = new Heap<Event>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order));
  /** Never goes back: `#nowMs <= nextMs`. */
  #nowMs = 0;
  #scheduled = 0;
  /** `#steps <= #scheduled`. */
  #steps = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have happened. */
  get steps(): number {
    return this.#steps;
  }

  /** When the next event happens; `undefined` when no event is left. */
  get nextMs(): number | undefined {
    return this.#events.first?.atMs;
  }

  /** Calls `run` at that time, or as the next event of the present if that time is past. */
  at(atMs: number, run: () => void): void {
    assert(!Number.isNaN(atMs), 'an event has a time');
    this.#scheduled += 1;
    this.#events.push({atMs: Math.max(atMs, this.#nowMs), order: this.#scheduled, run});
  }

  /** Calls `run` when so much time has passed. */
  after(ms: number, run: () => void): void {
    this.at(this.#nowMs + ms, run);
  }

  /**
   * Like `at` for each of these times, which must rise; `run` gets the index of its time. Only the next of
   * them is in the heap: the thousands of steps of a plan would slow down every other event.
   */
  atEach(times: readonly number[], run: (index: number) => void): void {
    const firstOrder = this.#scheduled + 1;
    this.#scheduled += times.length;
    const schedule = (index: number): void => {
      const atMs = times[index];
      if (atMs === undefined) return;
      assert(index === 0 || atMs >= (times[index - 1] ?? atMs), 'times rise');
      const happen = (): void => {
        schedule(index + 1);
        run(index);
      };
      this.#events.push({atMs: Math.max(atMs, this.#nowMs), order: firstOrder + index, run: happen});
    };
    schedule(0);
  }

  /** Runs the next event. False when no event is left. */
  step(): boolean {
    const next = this.#events.pop();
    if (next === undefined) return false;
    assert(next.atMs >= this.#nowMs, 'time never goes back');
    this.#nowMs = next.atMs;
    this.#steps += 1;
    next.run();
    return true;
  }

  /**
   * Runs events until the condition holds, at most those of the next `limitMs`. The condition is checked
   * before every event. Returns whether it holds.
   */
  until(holds: () => boolean, limitMs: number): boolean {
    const endMs = this.#nowMs + limitMs;
    while (!holds()) {
      const {nextMs} = this;
      if (nextMs === undefined || nextMs > endMs) return false;
      this.step();
    }
    return true;
  }

  /** Advances time to `atMs`, but not beyond the next event, which stays in the queue. */
  passTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, Math.min(atMs, this.nextMs ?? atMs));
  }
}
