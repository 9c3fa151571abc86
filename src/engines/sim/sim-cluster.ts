/**
 * The sim engine: the leaders of `core/` under virtual time, behind the Cluster port. Time stands still until
 * somebody waits for an answer, sleeps or steps, and then passes as fast as the machine can; or it runs by
 * itself, like that of a person.
 */
import {fail, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {type ActionType, ENGINE_ACTIONS, type EngineAction, type TimeAction} from '../../command/action.ts';
import {showAction, showDuration} from '../../command/index.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import type {Clock, Cluster, Measurement, Outcome} from '../../port/cluster.ts';
import type {ClusterView} from '../../port/view.ts';
import {Activities} from '../shared/model/activities.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {Modules} from './custom-modules.ts';
import {RunningTime} from './running-time.ts';
import {InputLog} from './simulated/input-log.ts';
import {isWrite, type StagedAction} from './simulated/inputs.ts';
import type {StageOptions} from './simulated/simulated-cluster.ts';
import {arrivalInWords} from './simulated/step-messages.ts';

/** A message that takes longer than this is not waited for by a step. */
const STEP_LIMIT_MS = 5000;
/** Real time between two looks at what else there is to do. */
const SLICE_MS = 8;
/** Events between two looks at the real time. */
const BURST = 64;

export type SimOptions = Omit<StageOptions, 'module'>;

export class SimCluster implements Cluster {
  readonly engine = 'sim';
  readonly capabilities: ReadonlySet<ActionType> = new Set(ENGINE_ACTIONS);
  readonly clock: Clock;
  readonly #modules: Modules;
  readonly #machine: InputLog;
  readonly #running: RunningTime;
  readonly #activities = new Activities(() => this.#heardChange());
  readonly #listeners = new Set<() => void>();
  readonly #ending = new AbortController();
  /** Who waits for the answer to the action of that number. */
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #actions = 0;
  /** By whom time was last waited for. */
  #waitedWith: AbortSignal | undefined;
  #view: ClusterView | undefined;

  static async start(options: SimOptions): Promise<Result<SimCluster>> {
    let cluster: SimCluster | undefined;
    const modules = new Modules((file, notice) => cluster?.moduleChanged(file, notice));
    const {resolver, exceptions} = options.settings;
    const loaded = await modules.load([resolver, ...Object.values(exceptions)]);
    if (!loaded.ok) return loaded;
    cluster = new SimCluster(options, modules);
    return succeed(cluster);
  }

  private constructor(options: SimOptions, modules: Modules) {
    this.#modules = modules;
    this.#machine = new InputLog({...options, module: file => modules.get(file)}, (number, outcome) =>
      this.#answered(number, outcome),
    );
    this.clock = {nowMs: () => this.#machine.cluster.nowMs, sleep: (ms, signal) => this.#sleep(ms, signal)};
    this.#running = new RunningTime(untilMs => this.#letPass(untilMs));
  }

  view(): ClusterView {
    const back = this.#machine.lastMark?.before;
    const time = {
      runs: this.#running.isOn,
      depth: this.#machine.depth,
      ...(back === undefined ? {} : {back}),
    };
    this.#view ??= this.#machine.cluster.view(time, this.#activities.list());
    return this.#view;
  }

  async measure(): Promise<Measurement> {
    this.#look();
    return this.#machine.cluster.measure();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#running.stop();
    this.#ending.abort();
    this.#modules.close();
    for (const number of this.#waiting.keys()) this.#answered(number, CLOSING);
  }

  async execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    if (this.#ending.signal.aborted) return CLOSING;
    switch (action.type) {
      case 'time':
        return this.#setRunning(action);
      case 'step':
        return this.#step(action);
      case 'back':
        return this.#back();
      default:
        return this.#act(action, focused, signal);
    }
  }

  /** There is another version of a person's module, or a file that is none. */
  moduleChanged(file: string, notice: string): void {
    this.#machine.do({type: 'module', file, notice});
    this.#heardChange();
  }

  async #act(action: StagedAction, focused: LeaderId, signal: AbortSignal | undefined): Promise<Outcome> {
    const resolvers = resolversIn(action);
    const loaded = resolvers.length > 0 ? await this.#modules.load(resolvers) : undefined;
    if (loaded?.ok === false) return failed(loaded.failure);
    if (this.#ending.signal.aborted) return CLOSING;
    const mark = isLook(action) ? undefined : this.#machine.mark(showAction(action));
    if (isWrite(action)) await this.#letClientsTurn();
    this.#actions += 1;
    const number = this.#actions;
    const answer = new Promise<Outcome>(resolve => this.#waiting.set(number, resolve));
    const interrupt = (): void => {
      if (this.#waiting.has(number)) this.#machine.do({type: 'interrupt', number});
    };
    signal?.addEventListener('abort', interrupt);
    this.#machine.do({type: 'action', number, action, focused});
    const isBackground = action.type === 'load' && action.background;
    if (!isBackground) await this.#until(() => !this.#waiting.has(number));
    this.#look();
    const outcome = await answer;
    signal?.removeEventListener('abort', interrupt);
    if (mark !== undefined && isVain(outcome)) this.#machine.unmark(mark);
    return outcome;
  }

  /**
   * A client needs a millisecond between two writes: what is written one after the other has not the same
   * stamp.
   */
  async #letClientsTurn(): Promise<void> {
    const {lastWriteMs} = this.#machine;
    const {nowMs} = this.#machine.cluster.world;
    if (lastWriteMs !== undefined && nowMs - lastWriteMs < 1 && !this.#running.isOn) await this.#pass(1);
  }

  #answered(number: number, outcome: Outcome): void {
    this.#waiting.get(number)?.(outcome);
    this.#waiting.delete(number);
  }

  // Time.

  /** Lets time pass until it holds; where time runs by itself, waits for that. */
  async #until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    const isOver = (): boolean => holds() || this.#ending.signal.aborted || signal?.aborted === true;
    while (!isOver()) {
      if (this.#running.isOn) await this.#running.turn();
      else if (!this.#passWhile(() => !isOver())) return;
      else if (!isOver()) await nextTurn();
    }
  }

  /** Events, for as long as a person does not notice; false when nothing is left to happen. */
  #passWhile(goesOn: () => boolean): boolean {
    const {cluster} = this.#machine;
    const endMs = performance.now() + SLICE_MS;
    this.#heardChange();
    for (let events = 1; goesOn(); events++) {
      if (!cluster.step()) return false;
      if (events % BURST === 0 && performance.now() > endMs) break;
    }
    this.#heardChange();
    return true;
  }

  /**
   * Everything that happens until then in the world's time, or as much of it as the machine can; the time
   * that it is then.
   */
  #letPass(untilMs: number): number {
    const {world} = this.#machine.cluster;
    this.#passWhile(() => (world.nextMs ?? Number.POSITIVE_INFINITY) <= untilMs);
    world.passTo(untilMs);
    return world.nowMs;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    // A command that waits looks again and again, with the same signal: one way back is enough.
    const goesOn = this.#machine.lastMark?.before === WAITING && this.#waitedWith === signal;
    if (!this.#running.isOn && !goesOn) this.#machine.mark(WAITING);
    this.#waitedWith = signal;
    await this.#pass(ms, signal);
  }

  async #pass(ms: number, signal?: AbortSignal): Promise<void> {
    const {world} = this.#machine.cluster;
    const endMs = world.nowMs + ms;
    if (this.#running.isOn) return this.#until(() => world.nowMs >= endMs, signal);
    await this.#until(() => (world.nextMs ?? Number.POSITIVE_INFINITY) > endMs, signal);
    if (signal?.aborted !== true) world.passTo(endMs);
    this.#look();
  }

  #setRunning({runs}: Extract<TimeAction, {type: 'time'}>): Outcome {
    if (runs === this.#running.isOn)
      return failed(fail('is-so', runs ? 'time runs already' : 'time stands still already').failure);
    if (runs) {
      this.#machine.mark('resume');
      this.#running.start(this.#machine.cluster.world.nowMs);
    } else this.#running.stop();
    this.#look();
    return changed(runs ? 'time runs' : `time stands still at ${this.#elapsed()}`);
  }

  async #step({by}: Extract<TimeAction, {type: 'step'}>): Promise<Outcome> {
    this.#running.stop();
    const {cluster} = this.#machine;
    const before = cluster.arrivals;
    if (by !== 'message') {
      this.#machine.mark(`step ${showDuration(by.ms)}`);
      await this.#pass(by.ms);
      const arrived = cluster.arrivals - before;
      return changed(
        `${by.ms < 1000 ? `${by.ms} ms` : `${by.ms / 1000} s`} passed, ${arrived} ${arrived === 1 ? 'message' : 'messages'} arrived`,
      );
    }
    this.#machine.mark('step');
    const limitMs = cluster.world.nowMs + STEP_LIMIT_MS;
    await this.#until(
      () => cluster.arrivals > before || (cluster.world.nextMs ?? Number.POSITIVE_INFINITY) > limitMs,
    );
    this.#look();
    if (cluster.arrivals > before && cluster.lastArrival !== undefined)
      return changed(arrivalInWords(cluster.lastArrival));
    await this.#goBack();
    const quiet = `no message arrives within ${showDuration(STEP_LIMIT_MS)}`;
    return failed(fail('quiet', quiet, 'write something, or let time pass: step 10s').failure);
  }

  async #back(): Promise<Outcome> {
    this.#running.stop();
    const mark = this.#machine.lastMark;
    if (mark === undefined) return failed(fail('at-the-beginning', 'this is the beginning').failure);
    await this.#goBack();
    return changed(`back at ${this.#elapsed()}, before ${mark.before}`);
  }

  async #goBack(): Promise<void> {
    const progress = this.#activities.begin('back');
    const way = this.#machine.back();
    let endMs = performance.now() + SLICE_MS;
    for (;;) {
      const next = way.next();
      if (next.done === true) {
        for (const number of next.value) this.#answered(number, TAKEN_BACK);
        break;
      }
      if (performance.now() < endMs) continue;
      progress.update(next.value.done, next.value.total, 'events again');
      await nextTurn();
      endMs = performance.now() + SLICE_MS;
    }
    progress.end();
  }

  /** Since the lab began: `00:01.045`. */
  #elapsed(): string {
    const {nowMs, startedAtMs} = this.#machine.cluster;
    return new Date(nowMs - startedAtMs).toISOString().slice(nowMs - startedAtMs < 3_600_000 ? 14 : 11, -1);
  }

  /** So that whoever looks at standing time sees all that led to it. */
  #look(): void {
    if (this.#machine.cluster.hasNews) this.#machine.do({type: 'look'});
    this.#heardChange();
  }

  #heardChange(): void {
    this.#view = undefined;
    for (const listener of this.#listeners) listener();
  }
}

const WAITING = 'waiting';
const CLOSING = failed(fail('closing', 'the lab is closing').failure);
const TAKEN_BACK: Outcome = {
  status: 'info',
  failure: fail('taken-back', 'time went back to before it').failure,
};

/** Nothing of it happened. */
const isVain = ({status, result}: Outcome): boolean =>
  status === 'fail' && !(result?.type === 'writes' && result.writes.some(write => write.status !== 'fail'));

const isLook = ({type}: StagedAction): boolean => type === 'read' || type === 'keys' || type === 'log';

function resolversIn(action: StagedAction): readonly ResolverSpec[] {
  if (action.type === 'resolver') return [action.resolver];
  return action.type === 'restore-resolvers' ? [action.resolver, ...Object.values(action.exceptions)] : [];
}

const nextTurn = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(resolve);
  });
