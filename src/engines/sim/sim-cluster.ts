/**
 * The sim engine: the leaders of `core/` under virtual time, behind the Cluster port. Virtual time either
 * stands still until somebody waits for an answer, sleeps or steps, and then passes as fast as the machine
 * can; or it runs at the speed of real time.
 */
import {assert} from '../../base/assert.ts';
import {fail, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {showVirtual} from '../../base/show-virtual.ts';
import {type ActionOf, type ActionType, type EngineAction, traitsOf} from '../../command/action.ts';
import {showAction, showDuration} from '../../command/index.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import type {Clock, Cluster, Measurement, Outcome} from '../../port/cluster.ts';
import type {ClusterView} from '../../port/view.ts';
import {Activities} from '../shared/model/activities.ts';
import {capabilitiesOf, type Handlers, handlerOf, hasHandler} from '../shared/model/handlers.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {CustomModules} from './custom-modules.ts';
import {RunningTime} from './running-time.ts';
import {InputLog} from './simulated/input-log.ts';
import {CLUSTER_HANDLERS, type ClockActionType, isWrite} from './simulated/inputs.ts';
import type {SimulatedClusterOptions} from './simulated/simulated-cluster.ts';
import {simulatedView} from './simulated/simulated-view.ts';
import {arrivalInWords} from './simulated/step-messages.ts';

/** In virtual time: `step` does not wait longer than this for a message. */
const STEP_LIMIT_MS = 5000;
/** In real time: how long events run before the event loop gets its turn. */
const SLICE_MS = 8;
/** How many events happen between two readings of the real clock. */
const BURST = 64;

export type SimOptions = Omit<SimulatedClusterOptions, 'module'>;

/** A simulated cluster, its virtual time, and the callers that wait for its answers. */
export class SimCluster implements Cluster {
  readonly engine = 'sim';
  readonly capabilities: ReadonlySet<ActionType>;
  readonly clock: Clock;
  /**
   * The actions that concern time itself. They are not inputs of the cluster: a replay does not repeat them.
   */
  readonly #timeHandlers: Handlers<ClockActionType, null, Outcome | Promise<Outcome>> = {
    time: action => this.#setRunning(action),
    step: action => this.#step(action),
    back: () => this.#back(),
  };
  readonly #modules: CustomModules;
  readonly #inputs: InputLog;
  readonly #running: RunningTime;
  readonly #activities = new Activities(() => this.#changed());
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  /**
   * The receivers of outcomes that are still missing, by the number of the action. Every number <=
   * `#actions`.
   */
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #actions = 0;
  /** The signal of the last call of `clock.sleep`. */
  #lastSleeper: AbortSignal | undefined;
  /** Undefined after every change, until somebody reads it. */
  #view: ClusterView | undefined;

  static async start(options: SimOptions): Promise<Result<SimCluster>> {
    let cluster: SimCluster | undefined;
    const modules = new CustomModules((file, notice) => cluster?.moduleChanged(file, notice));
    const {resolver, exceptions} = options.settings;
    const loaded = await modules.load([resolver, ...Object.values(exceptions)]);
    if (!loaded.ok) return loaded;
    cluster = new SimCluster(options, modules);
    return succeed(cluster);
  }

  private constructor(options: SimOptions, modules: CustomModules) {
    this.#modules = modules;
    this.capabilities = new Set([...capabilitiesOf(CLUSTER_HANDLERS), ...capabilitiesOf(this.#timeHandlers)]);
    this.#inputs = new InputLog({...options, module: file => modules.get(file)}, (number, outcome) =>
      this.#answered(number, outcome),
    );
    this.clock = {nowMs: () => this.#inputs.cluster.nowMs, sleep: (ms, signal) => this.#sleep(ms, signal)};
    this.#running = new RunningTime(untilMs => this.#passTo(untilMs));
  }

  view(): ClusterView {
    const back = this.#inputs.lastMark?.before;
    const time = {
      runs: this.#running.isOn,
      depth: this.#inputs.depth,
      ...(back === undefined ? {} : {back}),
    };
    this.#view ??= simulatedView(this.#inputs.cluster, time, this.#activities.list());
    return this.#view;
  }

  async measure(): Promise<Measurement> {
    this.#flushReports();
    return this.#inputs.cluster.measure();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#running.stop();
    this.#closing.abort();
    this.#modules.close();
    for (const number of this.#waiting.keys()) this.#answered(number, CLOSING);
  }

  async execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    if (this.#closing.signal.aborted) return CLOSING;
    return hasHandler(this.#timeHandlers, action)
      ? handlerOf(this.#timeHandlers, action)(action, null)
      : this.#act(action, focused, signal);
  }

  /** A person's module was loaded again, or its changed file failed to load. `notice` says which. */
  moduleChanged(file: string, notice: string): void {
    this.#inputs.execute({type: 'module', file, notice});
    this.#changed();
  }

  async #act(action: EngineAction, focused: LeaderId, signal: AbortSignal | undefined): Promise<Outcome> {
    const resolvers = resolversIn(action);
    const loaded = resolvers.length > 0 ? await this.#modules.load(resolvers) : undefined;
    if (loaded?.ok === false) return failed(loaded.failure);
    if (this.#closing.signal.aborted) return CLOSING;
    const mark = traitsOf(action).isReadOnly ? undefined : this.#inputs.mark(showAction(action));
    if (isWrite(action)) await this.#separateWrites();
    this.#actions += 1;
    const number = this.#actions;
    const answer = new Promise<Outcome>(resolve => this.#waiting.set(number, resolve));
    const interrupt = (): void => {
      if (this.#waiting.has(number)) this.#inputs.execute({type: 'interrupt', number});
    };
    signal?.addEventListener('abort', interrupt);
    this.#inputs.execute({type: 'action', number, action, focused});
    const isBackground = action.type === 'load' && action.background;
    if (!isBackground) await this.#until(() => !this.#waiting.has(number));
    this.#flushReports();
    const outcome = await answer;
    signal?.removeEventListener('abort', interrupt);
    if (mark !== undefined && hasNoEffect(outcome)) this.#inputs.unmark(mark);
    return outcome;
  }

  /** Lets a millisecond pass between two writes, so that their wall-clock stamps differ. */
  async #separateWrites(): Promise<void> {
    const {lastWriteMs} = this.#inputs;
    const {nowMs} = this.#inputs.cluster.world.time;
    if (lastWriteMs !== undefined && nowMs - lastWriteMs < 1 && !this.#running.isOn) await this.#pass(1);
  }

  #answered(number: number, outcome: Outcome): void {
    assert(number <= this.#actions, 'only actions that were carried out are answered');
    this.#waiting.get(number)?.(outcome);
    this.#waiting.delete(number);
  }

  // Time.

  /** Lets time pass until the condition holds or no event is left. If time runs by itself, only waits. */
  async #until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    const isOver = (): boolean => holds() || this.#closing.signal.aborted || signal?.aborted === true;
    while (!isOver()) {
      if (this.#running.isOn) await this.#running.turn();
      else if (!this.#runEvents(() => !isOver())) return;
      else if (!isOver()) await nextTurn();
    }
  }

  /** Runs events for at most `SLICE_MS`. False when no event is left. */
  #runEvents(continues: () => boolean): boolean {
    const {cluster} = this.#inputs;
    const endMs = performance.now() + SLICE_MS;
    this.#changed();
    for (let events = 1; continues(); events++) {
      if (!cluster.step()) return false;
      if (events % BURST === 0 && performance.now() > endMs) break;
    }
    this.#changed();
    return true;
  }

  /**
   * Runs the events that are due by `untilMs` in the world's time, or as many as fit into one slice. Returns
   * the time reached, at most `untilMs`.
   */
  #passTo(untilMs: number): number {
    const {time} = this.#inputs.cluster.world;
    this.#runEvents(() => (time.nextMs ?? Number.POSITIVE_INFINITY) <= untilMs);
    time.passTo(untilMs);
    return time.nowMs;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    // A command that waits sleeps many times with the same signal. It needs only one mark.
    const continues = this.#inputs.lastMark?.before === WAITING && this.#lastSleeper === signal;
    if (!this.#running.isOn && !continues) this.#inputs.mark(WAITING);
    this.#lastSleeper = signal;
    await this.#pass(ms, signal);
  }

  async #pass(ms: number, signal?: AbortSignal): Promise<void> {
    const {time} = this.#inputs.cluster.world;
    const endMs = time.nowMs + ms;
    if (this.#running.isOn) return this.#until(() => time.nowMs >= endMs, signal);
    await this.#until(() => (time.nextMs ?? Number.POSITIVE_INFINITY) > endMs, signal);
    if (signal?.aborted !== true) time.passTo(endMs);
    this.#flushReports();
  }

  #setRunning({runs}: ActionOf<'time'>): Outcome {
    if (runs === this.#running.isOn)
      return failed(fail('is-so', runs ? 'time already runs' : 'time already stands still').failure);
    if (runs) {
      this.#inputs.mark('resume');
      this.#running.start(this.#inputs.cluster.world.time.nowMs);
    } else this.#running.stop();
    this.#flushReports();
    return changed(runs ? 'time runs' : `time stands still at ${this.#elapsed()}`);
  }

  async #step({by}: ActionOf<'step'>): Promise<Outcome> {
    this.#running.stop();
    const {cluster} = this.#inputs;
    const before = cluster.arrivals;
    if (by !== 'message') {
      this.#inputs.mark(`step ${showDuration(by.ms)}`);
      await this.#pass(by.ms);
      const arrived = cluster.arrivals - before;
      const passed = by.ms < 1000 ? `${by.ms} ms` : `${by.ms / 1000} s`;
      return changed(`${passed} passed, ${arrived} ${arrived === 1 ? 'message' : 'messages'} arrived`);
    }
    this.#inputs.mark('step');
    const limitMs = cluster.world.time.nowMs + STEP_LIMIT_MS;
    await this.#until(
      () => cluster.arrivals > before || (cluster.world.time.nextMs ?? Number.POSITIVE_INFINITY) > limitMs,
    );
    this.#flushReports();
    if (cluster.arrivals > before && cluster.lastArrival !== undefined)
      return changed(arrivalInWords(cluster.lastArrival));
    await this.#goBack();
    const quiet = `no message arrives within ${showDuration(STEP_LIMIT_MS)}`;
    return failed(fail('quiet', quiet, 'write something, or let time pass: step 10s').failure);
  }

  async #back(): Promise<Outcome> {
    this.#running.stop();
    const mark = this.#inputs.lastMark;
    if (mark === undefined) return failed(fail('at-the-beginning', 'this is the beginning').failure);
    await this.#goBack();
    return changed(`back at ${this.#elapsed()}, before ${mark.before}`);
  }

  async #goBack(): Promise<void> {
    const progress = this.#activities.begin('back');
    const replay = this.#inputs.back();
    let endMs = performance.now() + SLICE_MS;
    for (;;) {
      const next = replay.next();
      if (next.done === true) {
        for (const number of next.value) this.#answered(number, TAKEN_BACK);
        break;
      }
      if (performance.now() < endMs) continue;
      progress.update(next.value.done, next.value.total, 'events replayed');
      await nextTurn();
      endMs = performance.now() + SLICE_MS;
    }
    progress.end();
  }

  /** The virtual time since the lab began. */
  #elapsed(): string {
    const {nowMs, startedAtMs} = this.#inputs.cluster;
    return showVirtual(nowMs - startedAtMs);
  }

  /** While time stands still, the view shows everything that has happened: no report is left unsent. */
  #flushReports(): void {
    if (this.#inputs.cluster.hasUnsentReports) this.#inputs.execute({type: 'flush-reports'});
    this.#changed();
  }

  #changed(): void {
    this.#view = undefined;
    for (const listener of this.#listeners) listener();
  }
}

const WAITING = 'waiting';
const CLOSING = failed(fail('closing', 'the lab is closing').failure);
const TAKEN_BACK: Outcome = {
  status: 'info',
  failure: fail('taken-back', 'time went back to before this command').failure,
};

/** The action failed, and no part of it happened. */
const hasNoEffect = ({status, result}: Outcome): boolean =>
  status === 'fail' && !(result?.type === 'writes' && result.writes.some(write => write.status !== 'fail'));

function resolversIn(action: EngineAction): readonly ResolverSpec[] {
  if (action.type === 'resolver') return [action.resolver];
  return action.type === 'restore-resolvers' ? [action.resolver, ...Object.values(action.exceptions)] : [];
}

const nextTurn = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(resolve);
  });
