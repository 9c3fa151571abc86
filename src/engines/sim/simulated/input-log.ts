/**
 * A simulated cluster with its past: every input with the moment at which it was done. Going back is doing all
 * of it again, from the seed, up to a mark; so what was is exactly as it was. (With one exception: a person's
 * module that has been changed since is the new one then.)
 */
import {assert, must} from '../../../base/assert.ts';
import type {Outcome} from '../../../port/cluster.ts';
import {type ClusterInput, Doer, isWrite} from './inputs.ts';
import {SimulatedCluster, type StageOptions} from './simulated-cluster.ts';

/** A place between two events. */
interface Moment {
  readonly steps: number;
  /** In the world's time. */
  readonly nowMs: number;
}

interface Done {
  readonly at: Moment;
  readonly input: ClusterInput;
}

/** Where `back` goes. */
export interface Mark {
  readonly at: Moment;
  /** How many inputs had been done by then. */
  readonly inputs: number;
  /** The command that came next. */
  readonly before: string;
}

/** Events between two looks at what else there is to do. */
const SLICE = 2000;

export class InputLog {
  readonly #options: StageOptions;
  readonly #answered: (number: number, outcome: Outcome) => void;
  readonly #past: Done[] = [];
  readonly #marks: Mark[] = [];
  #cluster: SimulatedCluster;
  #doer: Doer;

  /** `answered` may be called again for what is done again. */
  constructor(options: StageOptions, answered: (number: number, outcome: Outcome) => void) {
    this.#options = options;
    this.#answered = answered;
    this.#cluster = new SimulatedCluster(options);
    this.#doer = new Doer(this.#cluster, answered);
  }

  get cluster(): SimulatedCluster {
    return this.#cluster;
  }

  do(input: ClusterInput): void {
    this.#past.push({at: this.#now(), input});
    this.#doer.do(input);
  }

  /** What comes next can be taken back. */
  mark(before: string): Mark {
    const mark = {at: this.#now(), inputs: this.#past.length, before};
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
    return this.#past.findLast(({input}) => input.type === 'action' && isWrite(input.action))?.at.nowMs;
  }

  /**
   * Goes back to the last mark and takes it away. Yields now and then, with how far it is; until it has
   * ended, all is as it was. Gives the numbers of the actions that are undone.
   */
  *back(): Generator<{readonly done: number; readonly total: number}, readonly number[]> {
    const mark = must(this.#marks.pop(), 'a mark to go back to');
    const undone = this.#past
      .slice(mark.inputs)
      .flatMap(({input}) => (input.type === 'action' ? [input.number] : []));
    const kept = this.#past.slice(0, mark.inputs);
    const cluster = new SimulatedCluster(this.#options);
    const doer = new Doer(cluster, this.#answered);
    for (const {at, input} of kept) {
      yield* run(cluster, at, mark.at.steps);
      doer.do(input);
    }
    yield* run(cluster, mark.at, mark.at.steps);
    this.#past.length = mark.inputs;
    this.#cluster = cluster;
    this.#doer = doer;
    return undone;
  }

  #now(): Moment {
    const {steps, nowMs} = this.#cluster.world;
    return {steps, nowMs};
  }
}

function* run(
  cluster: SimulatedCluster,
  {steps, nowMs}: Moment,
  total: number,
): Generator<{readonly done: number; readonly total: number}, void> {
  const {world} = cluster;
  while (world.steps < steps) {
    assert(cluster.step(), 'what happened once happens again');
    if (world.steps % SLICE === 0) yield {done: world.steps, total};
  }
  world.passTo(nowMs);
  assert(world.steps === steps && world.nowMs === nowMs, 'what is done again comes to the same moment');
}
