/**
 * A simulated cluster and the log of its inputs, each with the moment at which it was carried out. To go
 * back, the log makes a new cluster from the same seed and carries out the same inputs up to a mark. That
 * gives exactly the earlier state, with one exception: if a custom module has changed since then, the new
 * version stays.
 */
import {assert, must} from '../../../base/assert.ts';
import type {Outcome} from '../../../port/cluster.ts';
import {type ClusterInput, InputExecutor, isWrite} from './inputs.ts';
import {SimulatedCluster, type SimulatedClusterOptions} from './simulated-cluster.ts';

/** A moment between two events. */
interface Moment {
  /** How many events had happened. */
  readonly steps: number;
  /** In the world's time. */
  readonly nowMs: number;
}

interface LoggedInput {
  readonly at: Moment;
  readonly input: ClusterInput;
}

/** A moment that `back` returns to. */
export interface Mark {
  readonly at: Moment;
  /** How many inputs the log held then. */
  readonly inputs: number;
  /** The command that came next. */
  readonly before: string;
}

/** How far the replay is, in events. */
export interface ReplayProgress {
  readonly done: number;
  readonly total: number;
}

/** Events between two progress reports of a replay. */
const SLICE = 2000;

/** Holds the current cluster, and every input that it received since the start. */
export class InputLog {
  readonly #options: SimulatedClusterOptions;
  readonly #answered: (number: number, outcome: Outcome) => void;
  /** In the order of their moments. */
  readonly #inputs: LoggedInput[] = [];
  /** In the order of their moments; each has at most `#inputs.length` inputs before it. */
  readonly #marks: Mark[] = [];
  #cluster: SimulatedCluster;
  #executor: InputExecutor;

  /** `answered` is called for every action, and again for an action that a replay repeats. */
  constructor(options: SimulatedClusterOptions, answered: (number: number, outcome: Outcome) => void) {
    this.#options = options;
    this.#answered = answered;
    this.#cluster = new SimulatedCluster(options);
    this.#executor = new InputExecutor(this.#cluster, answered);
  }

  /** The current cluster. Every `back` replaces it by a new object. */
  get cluster(): SimulatedCluster {
    return this.#cluster;
  }

  execute(input: ClusterInput): void {
    const at = this.#now();
    const last = this.#inputs.at(-1)?.at;
    assert(
      last === undefined || (last.steps <= at.steps && last.nowMs <= at.nowMs),
      'inputs are logged in the order of their moments',
    );
    this.#inputs.push({at, input});
    this.#executor.execute(input);
  }

  /** Lets `back` return to this moment. */
  mark(before: string): Mark {
    const mark = {at: this.#now(), inputs: this.#inputs.length, before};
    this.#marks.push(mark);
    return mark;
  }

  get lastMark(): Mark | undefined {
    return this.#marks.at(-1);
  }

  /**
   * Removes the mark of a command that changed nothing, unless time has passed or another mark follows it.
   */
  unmark(mark: Mark): void {
    const {steps, nowMs} = this.#now();
    if (this.lastMark === mark && steps === mark.at.steps && nowMs === mark.at.nowMs) this.#marks.pop();
  }

  /** The number of commands that `back` can undo. */
  get depth(): number {
    return this.#marks.length;
  }

  /** When a client last wrote, in the world's time. */
  get lastWriteMs(): number | undefined {
    return this.#inputs.findLast(({input}) => input.type === 'action' && isWrite(input.action))?.at.nowMs;
  }

  /**
   * Goes back to the last mark and removes it. Yields its progress now and then; until the generator returns,
   * the cluster stays as it was. Returns the numbers of the actions that are undone.
   */
  *back(): Generator<ReplayProgress, readonly number[]> {
    const mark = must(this.#marks.pop(), 'a mark to go back to');
    assert(mark.inputs <= this.#inputs.length, 'a mark has at most the logged inputs before it');
    const undone = this.#inputs
      .slice(mark.inputs)
      .flatMap(({input}) => (input.type === 'action' ? [input.number] : []));
    const kept = this.#inputs.slice(0, mark.inputs);
    const cluster = new SimulatedCluster(this.#options);
    const executor = new InputExecutor(cluster, this.#answered);
    for (const {at, input} of kept) {
      yield* replayTo(cluster, at, mark.at.steps);
      executor.execute(input);
    }
    yield* replayTo(cluster, mark.at, mark.at.steps);
    this.#inputs.length = mark.inputs;
    this.#cluster = cluster;
    this.#executor = executor;
    return undone;
  }

  #now(): Moment {
    const {steps, nowMs} = this.#cluster.world.time;
    return {steps, nowMs};
  }
}

function* replayTo(
  cluster: SimulatedCluster,
  {steps, nowMs}: Moment,
  total: number,
): Generator<ReplayProgress, void> {
  const {time} = cluster.world;
  while (time.steps < steps) {
    assert(cluster.step(), 'a replay has the same events');
    if (time.steps % SLICE === 0) yield {done: time.steps, total};
  }
  time.passTo(nowMs);
  assert(time.steps === steps && time.nowMs === nowMs, 'a replay reaches the same moment');
}
