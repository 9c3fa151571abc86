/**
 * Virtual time that runs by itself, as fast as the machine's; slower, where the machine cannot keep up.
 */
const TICK_MS = 20;
/** The most that is caught up at once: virtual time stands still while the program is suspended. */
const LONGEST_TICK_MS = 1000;

export class RunningTime {
  /** Lets happen what happens until then, as far as one turn goes, and says how far that was. */
  readonly #letPass: (untilMs: number) => number;
  #timer: NodeJS.Timeout | undefined;
  #turn: {readonly ended: Promise<void>; readonly end: () => void} = newTurn();

  constructor(letPass: (untilMs: number) => number) {
    this.#letPass = letPass;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** From that time on. */
  start(nowMs: number): void {
    let [reachedMs, lastMs] = [nowMs, performance.now()];
    this.#timer = setInterval(() => {
      const realMs = performance.now();
      // What was not reached in a turn is not made up for.
      reachedMs = this.#letPass(reachedMs + Math.min(realMs - lastMs, LONGEST_TICK_MS));
      lastMs = realMs;
      this.#endTurn();
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#endTurn();
  }

  /** Resolves when some time has passed, or passes no more. */
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
