/**
 * A simulated cluster with its past: every deed with the moment at which it was done. Going back is doing all
 * of it again, from the seed, up to a mark; so what was is exactly as it was. (With one exception: a person's
 * module that has been changed since is the new one then.)
 */
import {assert, must} from '../../base/assert.ts';
import type {Outcome} from '../port.ts';
import {type Deed, Doer, isWrite} from './deeds.ts';
import {Stage, type StageOptions} from './stage.ts';

/** A place between two events. */
interface Moment {
  readonly steps: number;
  /** In the world's time. */
  readonly nowMs: number;
}

interface Done {
  readonly at: Moment;
  readonly deed: Deed;
}

/** Where `back` goes. */
export interface Mark {
  readonly at: Moment;
  /** How many deeds had been done by then. */
  readonly deeds: number;
  /** The command that came next. */
  readonly before: string;
}

/** Events between two looks at what else there is to do. */
const SLICE = 2000;

export class TimeMachine {
  readonly #options: StageOptions;
  readonly #answered: (number: number, outcome: Outcome) => void;
  readonly #past: Done[] = [];
  readonly #marks: Mark[] = [];
  #stage: Stage;
  #doer: Doer;

  /** `answered` may be called again for what is done again. */
  constructor(options: StageOptions, answered: (number: number, outcome: Outcome) => void) {
    this.#options = options;
    this.#answered = answered;
    this.#stage = new Stage(options);
    this.#doer = new Doer(this.#stage, answered);
  }

  get stage(): Stage {
    return this.#stage;
  }

  do(deed: Deed): void {
    this.#past.push({at: this.#now(), deed});
    this.#doer.do(deed);
  }

  /** What comes next can be taken back. */
  mark(before: string): Mark {
    const mark = {at: this.#now(), deeds: this.#past.length, before};
    this.#marks.push(mark);
    return mark;
  }

  get lastMark(): Mark | undefined {
    return this.#marks.at(-1);
  }

  /** The command came to nothing: where nothing has happened since, there is nothing to go back from. */
  unmark(mark: Mark): void {
    const {steps, nowMs} = this.#now();
    if (this.lastMark === mark && steps === mark.at.steps && nowMs === mark.at.nowMs) this.#marks.pop();
  }

  /** How often one can go back. */
  get depth(): number {
    return this.#marks.length;
  }

  /** When something was last written, by the world's time. */
  get lastWriteMs(): number | undefined {
    return this.#past.findLast(({deed}) => deed.type === 'action' && isWrite(deed.action))?.at.nowMs;
  }

  /**
   * Goes back to the last mark and takes it away. Yields now and then, with how far it is; until it has
   * ended, all is as it was. Gives the numbers of the actions that are undone.
   */
  *back(): Generator<{readonly done: number; readonly total: number}, readonly number[]> {
    const mark = must(this.#marks.pop(), 'a mark to go back to');
    const undone = this.#past
      .slice(mark.deeds)
      .flatMap(({deed}) => (deed.type === 'action' ? [deed.number] : []));
    const kept = this.#past.slice(0, mark.deeds);
    const stage = new Stage(this.#options);
    const doer = new Doer(stage, this.#answered);
    for (const {at, deed} of kept) {
      yield* run(stage, at, mark.at.steps);
      doer.do(deed);
    }
    yield* run(stage, mark.at, mark.at.steps);
    this.#past.length = mark.deeds;
    this.#stage = stage;
    this.#doer = doer;
    return undone;
  }

  #now(): Moment {
    const {steps, nowMs} = this.#stage.world;
    return {steps, nowMs};
  }
}

function* run(
  stage: Stage,
  {steps, nowMs}: Moment,
  total: number,
): Generator<{readonly done: number; readonly total: number}, void> {
  const {world} = stage;
  while (world.steps < steps) {
    assert(stage.step(), 'what happened once happens again');
    if (world.steps % SLICE === 0) yield {done: world.steps, total};
  }
  world.passTo(nowMs);
  assert(world.steps === steps && world.nowMs === nowMs, 'what is done again comes to the same moment');
}
