/**
 * The parts that every cluster of real processes has besides its leaders: the links through the proxy, the
 * records, the activities, the queue of changes, the listeners and the cached view, the timer that refreshes
 * figures, and the order of the shutdown. Engines hold one of these; it knows an engine only by its handlers
 * and by the parts of its view.
 */
import {randomBytes} from 'node:crypto';
import {assert} from '../../base/assert.ts';
import {errorText, fail, type Result, succeed} from '../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../base/ids.ts';
import type {EngineAction, EngineActionType} from '../../command/action.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import type {Cluster, Outcome} from '../../port/cluster.ts';
import type {EngineName} from '../../port/engine-name.ts';
import type {ClusterView} from '../../port/view.ts';
import type {LinkTraffic, OpenLinkRequest} from '../../proxy/proxy-protocol.ts';
import type {News} from '../../wire/leader-control.ts';
import {LinkProxy, type ProxyListener} from './link-proxy.ts';
import {Links} from './links.ts';
import {Activities} from './model/activities.ts';
import {buildView, type ViewParts} from './model/build-view.ts';
import type {Settings} from './model/cluster-settings.ts';
import {type AnyHandlers, type Handlers, handlerOf} from './model/handlers.ts';
import type {LeaderState} from './model/leader-state.ts';
import type {Programs} from './programs.ts';
import {Recorder} from './recorder.ts';
import {CLOSING, SerialQueue} from './serial-queue.ts';
import type {StartedCluster} from './started-cluster.ts';

/**
 * The interval at which figures that change without any event, such as operations per second, are computed
 * again.
 */
const REFRESH_MS = 500;

export interface ProcessClusterOptions {
  readonly engine: EngineName;
  /** The settings that the cluster starts with. */
  readonly settings: Settings;
  readonly links: LinkDefaults;
  /** Seeds all randomness of links and loads. */
  readonly seed: number;
  readonly carries: OpenLinkRequest['carries'];
  /** The folder of `history.jsonl` and `conflicts.jsonl`. */
  readonly historyFolder: string;
  readonly programs: Programs;
  /** Saves settings after a change. May throw what the disk throws. */
  onSettings(settings: Settings): void;
  /** Called once, after everything has ended. */
  onClosed(): void;
}

/** The parts of the view that only the engine knows. */
export type EngineParts = Pick<ViewParts, 'settings' | 'leaders' | 'links' | 'offers'>;

/** What a handler gets beside its action. */
export interface ActionRequest {
  /** The leader for actions that name none. */
  readonly focused: LeaderId;
  /** Aborted when the person interrupts the action, or the lab closes. */
  readonly signal: AbortSignal;
}

export type ClusterHandlers<Type extends EngineActionType> = Handlers<Type, ActionRequest, Promise<Outcome>>;
export type AnyClusterHandlers = AnyHandlers<ActionRequest, Promise<Outcome>>;

/** The common parts of one cluster. The engine's cluster delegates the methods of the Cluster port to it. */
export class ProcessCluster implements ProxyListener {
  readonly activities = new Activities(() => this.changed());
  readonly queue = new SerialQueue(() => this.isClosing);
  readonly records: Recorder;
  readonly links: Links;
  readonly proxy: LinkProxy;
  /** The secret that the processes of this cluster share. */
  readonly token = randomBytes(16).toString('hex');
  readonly #options: ProcessClusterOptions;
  readonly #parts: () => EngineParts;
  readonly #startedAtMs = Date.now();
  readonly #listeners = new Set<() => void>();
  readonly #ending = new AbortController();
  readonly #refresh: NodeJS.Timeout;
  /** The number of loads so far. Each load gets another seed. */
  #loads = 0;
  /** Why no link carries messages; defined only while none does. */
  #linksEnded: string | undefined;
  /** The current view; undefined after a change, until somebody reads it. */
  #view: ClusterView | undefined;
  #closing: Promise<void> | undefined;

  /**
   * The engine calls `leadersChanged` once its parts can be read, and after every later change of leaders.
   */
  constructor(options: ProcessClusterOptions, parts: () => EngineParts) {
    const {engine, settings, links, seed, carries, historyFolder, programs} = options;
    this.#options = options;
    this.#parts = parts;
    this.records = new Recorder(historyFolder, () => this.changed());
    this.records.add({
      type: 'opened',
      atMs: this.#startedAtMs,
      engine,
      leaders: settings.members,
      topology: settings.topology.name,
      resolver: settings.resolver,
      seed,
    });
    this.proxy = new LinkProxy(programs, this.token, this);
    this.links = new Links(this.proxy, {
      carries,
      baseRule: link => links(linkEnds(link).from, linkEnds(link).to),
      seed,
    });
    this.#refresh = setInterval(() => {
      if (this.#view !== undefined && changesWithTime(this.#view)) this.changed();
    }, REFRESH_MS);
    this.#refresh.unref();
  }

  // The start.

  /**
   * Starts the engine's cluster, which holds this shell. Resolves once the proxy runs: then the cluster has a
   * view. `open` opens links, and starts leaders that the engine has not started before. Changes wait until
   * it is over. `settle` waits for what may come after that, such as leaders that are still starting. If
   * anything fails, the cluster is closed.
   */
  async start(
    cluster: Cluster,
    open: () => Promise<Result<null>>,
    settle: () => Promise<Result<null>> = async () => succeed(null),
  ): Promise<Result<StartedCluster>> {
    const ready = this.#getReady(cluster, open, settle);
    const started = await this.proxy.started;
    if (started.ok) return succeed({cluster, ready});
    await cluster.close();
    return started;
  }

  async #getReady(
    cluster: Cluster,
    open: () => Promise<Result<null>>,
    settle: () => Promise<Result<null>>,
  ): Promise<Result<null>> {
    const opening = open();
    this.queue.after(opening);
    const opened = await opening;
    const ready = opened.ok && !this.isClosing ? await settle() : opened;
    if (this.isClosing) return fail('closed', 'the lab was closed while it started');
    if (!ready.ok) await cluster.close();
    return ready;
  }

  // The view.

  view(): ClusterView {
    const {engine} = this.#options;
    this.#view ??= buildView(
      {
        ...this.#parts(),
        engine,
        startedAtMs: this.#startedAtMs,
        clusterState: this.records.clusterState,
        activities: this.activities.list(),
        linksEnded: this.#linksEnded,
      },
      Date.now(),
    );
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Call it after a change of anything that the view shows. */
  readonly changed = (): void => {
    this.#view = undefined;
    for (const listener of this.#listeners) listener();
  };

  // Actions.

  /** Carries out an action by its handler. Writes the action and its outcome to the history. */
  async execute(
    handlers: AnyClusterHandlers,
    action: EngineAction,
    focused: LeaderId,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const atMs = Date.now();
    const outcome = await this.#carryOut(handlers, action, {focused, signal: this.#until(signal)});
    this.records.add({type: 'action', atMs, action, status: outcome.status, ms: Date.now() - atMs});
    return outcome;
  }

  async #carryOut(
    handlers: AnyClusterHandlers,
    action: EngineAction,
    request: ActionRequest,
  ): Promise<Outcome> {
    return this.isClosing ? CLOSING : handlerOf(handlers, action)(action, request);
  }

  /** Waits for the outcome of a change, and tells listeners of the change. */
  readonly announce = async (outcome: Promise<Outcome>): Promise<Outcome> => {
    const ended = await outcome;
    this.changed();
    return ended;
  };

  /** Another seed for each load. */
  nextLoadSeed(): number {
    this.#loads += 1;
    return this.#options.seed + this.#loads;
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
  }

  /** If the disk refuses the settings, the next lab does not have them. This lab continues. */
  saveSettings(settings: Settings): void {
    if (this.isClosing) return;
    try {
      this.#options.onSettings(settings);
    } catch (error) {
      this.records.alarm(`the settings are not saved: ${errorText(error)}`);
    }
  }

  // What leaders and the proxy report.

  leaderReported(leader: LeaderId, news: News): void {
    this.records.news(leader, news, Date.now());
    this.changed();
  }

  leaderEntered(leader: LeaderId, {status, cause}: LeaderState): void {
    this.records.add({
      type: 'leader',
      atMs: Date.now(),
      leader,
      status,
      ...(cause === undefined ? {} : {cause}),
    });
    // Another process may soon use its port.
    if (status === 'down') void this.proxy.setTarget(leader, null);
    this.leadersChanged();
  }

  /** Call it after leaders joined, left, or changed their status. */
  leadersChanged(): void {
    const {leaders} = this.#parts();
    assert(new Set(leaders.map(({id}) => id)).size === leaders.length, 'every leader is there once');
    this.records.clusterState.setLeaders(leaders, Date.now());
    this.changed();
  }

  trafficReported(traffic: {readonly [link: LinkId]: LinkTraffic}): void {
    this.links.traffic(traffic);
    this.changed();
  }

  proxyChanged(isUp: boolean, text: string): void {
    if (this.isClosing) return;
    this.#linksEnded = isUp ? undefined : text;
    this.records.alarm(text);
    this.changed();
  }

  // The end.

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Aborted when the lab closes. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Closes once, however often it is called. `end` ends the leaders and the proxy. */
  close(end: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#close(end);
    return this.#closing;
  }

  async #close(end: () => Promise<void>): Promise<void> {
    clearInterval(this.#refresh);
    // Ends all loads, and whatever else waits.
    this.#ending.abort();
    await end();
    this.records.close();
    this.#options.onClosed();
  }
}

/** True if the view would show other figures after some time without any event. */
const changesWithTime = ({opsPerSecond, lag, leaders}: ClusterView): boolean =>
  opsPerSecond > 0 || lag !== undefined || leaders.some(({driftPpm}) => driftPpm !== 0);
