/**
 * The sim engine for tests of those who hold a cluster. It records what was executed. A test can hide
 * capabilities, decide outcomes, silence leaders and replace parts of the view. The engine does everything
 * else. Links have no latency, and an action ends when everything that is due has arrived. So after each
 * action the leaders have the same operations wherever links pass them.
 */
import {startCluster} from '../../src/app/open-cluster.ts';
import type {LeaderId} from '../../src/base/ids.ts';
import type {ActionType, EngineAction} from '../../src/command/action.ts';
import {lan} from '../../src/faults/wan.ts';
import type {Clock, Cluster, Measurement, Outcome} from '../../src/port/cluster.ts';
import type {EngineName} from '../../src/port/engine-name.ts';
import type {ClusterView} from '../../src/port/view.ts';

const NEVER = new AbortController().signal;

export class ScriptedCluster implements Cluster {
  /** The name of the engine, for tests of sentences that name an engine without virtual time. */
  engine: EngineName = 'sim';
  capabilities: ReadonlySet<ActionType>;
  /** Every action that it was asked to carry out, in order. */
  readonly executed: EngineAction[] = [];
  closed = false;
  /** Outcomes of actions that never reach the engine. */
  outcomes: ReadonlyMap<ActionType, Outcome> = new Map();
  /** Leaders that are up and do not answer `measure`. */
  readonly silent = new Set<LeaderId>();
  /** Parts of the view that replace those of the engine. */
  over: Partial<ClusterView> = {};
  /** Called at each sleep, before the time passes. */
  onSleep: () => void = () => undefined;
  readonly clock: Clock;
  readonly #inner: Cluster;

  static async start(leaders: readonly LeaderId[]): Promise<ScriptedCluster> {
    const unnamed = {topology: undefined, resolver: undefined, data: undefined};
    const started = await startCluster({...unnamed, engine: 'sim', leaders, links: lan, seed: 1});
    if (!started.ok) throw new Error(started.failure.message);
    return new ScriptedCluster(started.value.cluster);
  }

  private constructor(inner: Cluster) {
    this.#inner = inner;
    this.capabilities = inner.capabilities;
    this.clock = {
      nowMs: () => inner.clock.nowMs(),
      sleep: (ms, signal) => {
        this.onSleep();
        return inner.clock.sleep(ms, signal);
      },
    };
  }

  hide(capabilities: readonly ActionType[]): void {
    this.capabilities = new Set([...this.capabilities].filter(type => !capabilities.includes(type)));
  }

  async execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    this.executed.push(action);
    const given = this.outcomes.get(action.type);
    if (given !== undefined) return given;
    const outcome = await this.#inner.execute(action, focused, signal);
    // What is due now happens now. That takes no virtual time.
    await this.#inner.clock.sleep(0, NEVER);
    return outcome;
  }

  view(): ClusterView {
    return {...this.#inner.view(), ...this.over};
  }

  async measure(): Promise<Measurement> {
    const {leaders, silent} = await this.#inner.measure();
    const answers = Object.entries(leaders).filter(([id]) => !this.silent.has(id as LeaderId));
    return {leaders: Object.fromEntries(answers), silent: [...silent, ...this.silent]};
  }

  subscribe(listener: () => void): () => void {
    return this.#inner.subscribe(listener);
  }

  close(): Promise<void> {
    this.closed = true;
    return this.#inner.close();
  }
}
