/**
 * Virtual time that runs at the speed of real time, or slower if the machine cannot keep up.
 */
import {assert} from '../../base/assert.ts';

const TICK_MS = 20;
/**
 * The most that virtual time advances in one tick, so that it stands still while the program is suspended.
 */
const LONGEST_TICK_MS = 1000;

export class RunningTime {
  /**
   * Runs the events that are due by `untilMs`, or as many as fit into one slice. Returns the time that it
   * reached.
   */
  readonly #passTo: (untilMs: number) => number;
  #timer: NodeJS.Timeout | undefined;
  #turn: {readonly ended: Promise<void>; readonly end: () => void} = newTurn();

  constructor(passTo: (untilMs: number) => number) {
    this.#passTo = passTo;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** Starts at the virtual time `nowMs`. */
  start(nowMs: number): void {
    assert(!this.isOn, 'time is started once');
    let [reachedMs, lastMs] = [nowMs, performance.now()];
    this.#timer = setInterval(() => {
      const realMs = performance.now();
      // A tick that did not reach its time is not caught up later.
      reachedMs = this.#passTo(reachedMs + Math.min(realMs - lastMs, LONGEST_TICK_MS));
      lastMs = realMs;
      this.#endTurn();
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#endTurn();
  }

  /** Resolves after the next tick, or when time stops. */
  turn(): Promise<void> {
    return this.#turn.ended;
  }

  #endTurn(): void {
    this.#turn.end();
    this.#turn = newTurn();
  }
}

function newTurn() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  return {ended, end};
}
