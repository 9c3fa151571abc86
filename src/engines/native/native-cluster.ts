/**
 * The native engine: one process per leader, one process that carries all links, and everything the Cluster
 * port asks of them.
 */
import {assertNever} from '../../base/assert.ts';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../base/ids.ts';
import {type ActionType, ENGINE_ACTIONS, type EngineAction, TIME_ACTIONS} from '../../command/action.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import type {Cluster, Measurement, Outcome} from '../../port/cluster.ts';
import type {ClusterView} from '../../port/view.ts';
import type {LinkTraffic} from '../../proxy/proxy-protocol.ts';
import type {News} from '../../wire/leader-control.ts';
import {load} from '../shared/background-loads.ts';
import type {LinkProxy} from '../shared/link-proxy.ts';
import {Links} from '../shared/links.ts';
import {Activities} from '../shared/model/activities.ts';
import {type LeaderState, look} from '../shared/model/build-view.ts';
import type {SettingAction, Settings} from '../shared/model/cluster-settings.ts';
import {type LinkAction, linkChanges} from '../shared/model/link-changes.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import type {Programs} from '../shared/programs.ts';
import {REAL_CLOCK} from '../shared/real-clock.ts';
import {Recorder} from '../shared/recorder.ts';
import {CLOSING, SerialQueue} from '../shared/serial-queue.ts';
import {ClientRequests} from '../shared/serve-clients.ts';
import {Configuration} from './configuration.ts';
import {join} from './join.ts';
import {Leaders} from './leaders.ts';
import {leave} from './leave.ts';
import type {MembershipParts} from './membership.ts';
import {type Listener, type Processes, startProcesses} from './start-processes.ts';
import {waitUntil} from './wait-until.ts';

/** Very slow links are greeted while the person already looks. */
const LINKED_LIMIT_MS = 5000;
/** How often figures that fade with time, such as ops per second, are looked at again. */
const REFRESH_MS = 500;

export interface NativeOptions {
  readonly settings: Settings;
  readonly links: LinkDefaults;
  /** What is random about links is made from this. */
  readonly seed: number;
  /** Where `history.jsonl` is written. */
  readonly historyFolder: string;
  /** Whether no lab had these folders before. */
  readonly isNew: boolean;
  /** The folder of one leader's log. */
  folderOf(leader: LeaderId): string;
  /** After everything has ended. */
  onClosed(): void;
  /** After a change. */
  onSettings(settings: Settings): void;
}

export class NativeCluster implements Cluster, Listener {
  readonly engine = 'native';
  readonly capabilities: ReadonlySet<ActionType> = new Set(
    ENGINE_ACTIONS.filter(type => !TIME_ACTIONS.some(one => one === type)),
  );
  readonly clock = REAL_CLOCK;
  readonly #options: NativeOptions;
  readonly #proxy: LinkProxy;
  readonly #links: Links;
  readonly #clients: ClientRequests;
  readonly #configuration: Configuration;
  readonly #leaders: Leaders;
  readonly #membership: MembershipParts;
  readonly #activities = new Activities(() => this.heardChange());
  readonly #records: Recorder;
  readonly #listeners = new Set<() => void>();
  readonly #startedAtMs = Date.now();
  readonly #refresh: NodeJS.Timeout;
  readonly #starting: Promise<readonly Result<null>[]>;
  readonly #ending = new AbortController();
  #loads = 0;
  /** Why no link carries messages; set only while none does. */
  #linksEnded: string | undefined;
  #view: ClusterView | undefined;
  #closing: Promise<void> | undefined;
  readonly #queue = new SerialQueue(() => this.#closing !== undefined);

  /**
   * Resolves as soon as there is something to look at; leaders are then still starting, `ready` tells when
   * they have.
   */
  static async start(
    options: NativeOptions,
    programs: Programs,
  ): Promise<Result<{cluster: NativeCluster; ready: Promise<Result<null>>}>> {
    let cluster: NativeCluster | undefined;
    const processes = await startProcesses(
      options.settings,
      {folderOf: id => options.folderOf(id), isNew: options.isNew},
      programs,
      () => cluster,
    );
    if (!processes.ok) {
      options.onClosed();
      return processes;
    }
    cluster = new NativeCluster(options, processes.value);
    return succeed({cluster, ready: cluster.getReady()});
  }

  private constructor(options: NativeOptions, {handles, newHandle, proxy, starting}: Processes) {
    this.#options = options;
    this.#starting = starting;
    this.#proxy = proxy;
    this.#records = new Recorder(options.historyFolder, () => this.heardChange());
    const {settings, seed} = options;
    this.#records.add({
      type: 'opened',
      atMs: this.#startedAtMs,
      engine: this.engine,
      leaders: settings.members,
      topology: settings.topology.name,
      resolver: settings.resolver,
      seed,
    });
    this.#links = new Links(proxy, {
      carries: 'frames',
      baseRule: link => options.links(linkEnds(link).from, linkEnds(link).to),
      seed,
    });
    this.#configuration = new Configuration(handles, this.#links, proxy, settings, next => this.#save(next));
    this.#leaders = new Leaders(handles, this.#configuration);
    this.#clients = new ClientRequests({
      leaders: handles,
      links: this.#links,
      ack: () => this.#configuration.settings.ack,
      isLeaving: leader => this.#configuration.leaving.has(leader),
      acknowledged: (dot, keys) => this.#records.toldClient(dot, keys),
    });
    this.#membership = {
      handles,
      leaders: this.#leaders,
      configuration: this.#configuration,
      activities: this.#activities,
      newHandle,
      known: leader => this.#records.known(leader),
      subscribe: listener => this.subscribe(listener),
      inTurn: change => this.#queue.take(change),
      closing: this.#ending.signal,
    };
    this.#refresh = setInterval(() => {
      if (this.#view && (this.#view.opsPerSecond > 0 || this.#view.lag || this.#hasDrift()))
        this.heardChange();
    }, REFRESH_MS);
    this.#refresh.unref();
  }

  view(): ClusterView {
    this.#view ??= look(
      {
        engine: this.engine,
        startedAtMs: this.#startedAtMs,
        settings: this.#configuration.settings,
        leaders: this.#leaders.all(),
        links: this.#links.all(),
        clusterState: this.#records.clusterState,
        activities: this.#activities.list(),
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

  measure(): Promise<Measurement> {
    return this.#leaders.measure();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    const atMs = Date.now();
    const outcome = await this.#carryOut(action, focused, signal);
    this.#records.add({type: 'action', atMs, action, status: outcome.status, ms: Date.now() - atMs});
    return outcome;
  }

  async #carryOut(
    action: EngineAction,
    focused: LeaderId,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    if (this.#closing) return CLOSING;
    switch (action.type) {
      case 'write':
      case 'txn':
      case 'concurrently':
      case 'read':
      case 'keys':
      case 'log':
      case 'skip':
        return this.#clients.execute(action, focused);
      case 'load':
        this.#loads += 1;
        return load(action, focused, {
          clients: this.#clients,
          activities: this.#activities,
          seed: this.#options.seed + this.#loads,
          signal: this.#until(signal),
        });
      case 'join':
        return this.#afterwards(join(this.#membership, action.leader, action.from, this.#until(signal)));
      case 'leave':
        return this.#afterwards(leave(this.#membership, action.leader, this.#until(signal)));
      case 'kill':
      case 'restart':
      case 'pause':
      case 'resume':
        return this.#queue.take(() => this.#leaders.execute(action.type, action.leaders));
      case 'cut':
      case 'hold':
      case 'release':
      case 'link':
      case 'heal':
      case 'partition':
      case 'reset':
      case 'restore-rules':
        return this.#afterwards(this.#changeLinks(action));
      case 'topology':
      case 'resolver':
      case 'restore-resolvers':
      case 'clock':
      case 'forward':
      case 'loopguard':
      case 'delivery':
      case 'ack':
        return this.#afterwards(this.#queue.take(() => this.#set(action)));
      case 'time':
      case 'step':
      case 'back':
      case 'deliver':
      case 'drop':
        return failed(fail('unsupported', 'the time of real leaders is not at hand').failure);
      default:
        return assertNever(action);
    }
  }

  async #changeLinks(action: LinkAction): Promise<Outcome> {
    const changes = linkChanges(action, this.#links.all());
    return changes.ok ? this.#links.carryOut(changes.value) : failed(changes.failure);
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
  }

  // Starting and ending.

  async getReady(): Promise<Result<null>> {
    const opening = this.#configuration.openLinks();
    this.#queue.after(opening);
    const [arranged, started] = await Promise.all([opening, this.#starting]);
    if (this.#closing) return fail('closed', 'the lab was closed while it started');
    const broken = [arranged, ...started].find(result => !result.ok);
    if (broken !== undefined && !broken.ok) {
      await this.close();
      return broken;
    }
    await this.#configuration.introduceAll();
    await this.#linked();
    await Promise.all(this.#leaders.all().map(handle => handle.recovered()));
    return succeed(null);
  }

  /**
   * Until every link has been greeted at both ends, so that a fault of the first command meets a link that
   * stands.
   */
  async #linked(): Promise<void> {
    const isLinked = (): boolean => this.view().links.every(({connection}) => connection === 'open');
    await waitUntil(isLinked, {
      subscribe: listener => this.subscribe(listener),
      limitMs: LINKED_LIMIT_MS,
      signal: this.#ending.signal,
    });
  }

  async #close(): Promise<void> {
    clearInterval(this.#refresh);
    // Whoever waits, and every load, is done.
    this.#ending.abort();
    await Promise.all(this.#leaders.all().map(handle => handle.close()));
    await this.#proxy.stop();
    this.#records.close();
    this.#options.onClosed();
  }

  // Faults and settings.

  async #set(action: SettingAction): Promise<Outcome> {
    const outcome = await this.#configuration.change(action);
    if (action.type === 'topology' && outcome.status !== 'fail') this.#records.clusterState.resetTraffic();
    return outcome;
  }

  /** A disk that refuses costs the next lab these settings, never this one. */
  #save(settings: Settings): void {
    if (this.#closing) return;
    try {
      this.#options.onSettings(settings);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#records.alarm(`the settings are not kept: ${why}`);
    }
  }

  async #afterwards(outcome: Promise<Outcome>): Promise<Outcome> {
    const ended = await outcome;
    this.heardChange();
    return ended;
  }

  // What leaders and the proxy tell.

  heardLeader(id: LeaderId, news: News): void {
    this.#records.news(id, news, Date.now());
    this.heardChange();
  }

  heardStatus(leader: LeaderId, {status, cause}: LeaderState): void {
    this.#records.add({
      type: 'leader',
      atMs: Date.now(),
      leader,
      status,
      ...(cause === undefined ? {} : {cause}),
    });
    // Its port may soon be another process's.
    if (status === 'down') void this.#proxy.setTarget(leader, null);
    if (status === 'down' || status === 'up') void this.#queue.take(() => this.#closeRing());
    this.heardChange();
  }

  /** Around who died, and with who is back. */
  async #closeRing(): Promise<Outcome> {
    await this.#configuration.rearrange();
    this.heardChange();
    return changed('rearranged');
  }

  #hasDrift(): boolean {
    return Object.values(this.#configuration.settings.clocks).some(({driftPpm}) => driftPpm !== 0);
  }

  heardLinks(traffic: {readonly [link: LinkId]: LinkTraffic}): void {
    this.#links.traffic(traffic);
    this.heardChange();
  }

  heardProxy(isUp: boolean, text: string): void {
    if (this.#closing) return;
    this.#linksEnded = isUp ? undefined : text;
    this.#records.alarm(text);
    this.heardChange();
  }

  heardChange(): void {
    this.#view = undefined;
    for (const listener of this.#listeners) listener();
  }
}
