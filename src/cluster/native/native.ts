/**
 * The native engine: one process per leader, one process that carries all links, and everything the Cluster port asks of them.
 */
import {randomBytes} from 'node:crypto';
import {assertNever} from '../../base/assert.ts';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../base/ids.ts';
import {type ActionType, ENGINE_ACTIONS, type EngineAction} from '../../command/action.ts';
import {type Dot, EMPTY, merge, type VersionVector} from '../../core/version-vector.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import {ProxyClient} from '../../proxy/client.ts';
import type {LinkTraffic} from '../../proxy/control.ts';
import type {News} from '../../wire/leader-control.ts';
import {changed, failed} from '../outcome.ts';
import {Picture} from '../picture.ts';
import type {Cluster, ClusterView, Measurement, Outcome} from '../port.ts';
import {leaderSettings, type Settings} from '../settings.ts';
import {Activities} from './activities.ts';
import {Arrangement} from './arrangement.ts';
import {type Child, startChild} from './child.ts';
import {Clients} from './clients.ts';
import {HistoryFile} from './history-file.ts';
import {join} from './join.ts';
import {LeaderHandle, type LeaderState} from './leader-handle.ts';
import {Leaders} from './leaders.ts';
import {leave} from './leave.ts';
import {LinkFaults} from './link-faults.ts';
import {Links} from './links.ts';
import {load} from './loads.ts';
import {look} from './look.ts';
import type {MembershipParts} from './membership.ts';
import type {Programs} from './programs.ts';
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
  /** The folder of one leader's log. */
  folderOf(leader: LeaderId): string;
  /** After everything has ended. */
  onClosed(): void;
  /** After a change. */
  onSettings(settings: Settings): void;
}

export class NativeCluster implements Cluster {
  readonly engine = 'native';
  readonly capabilities: ReadonlySet<ActionType> = new Set(ENGINE_ACTIONS);
  readonly #options: NativeOptions;
  readonly #history: HistoryFile;
  readonly #proxyProcess: Child;
  readonly #proxy: ProxyClient;
  readonly #links: Links;
  readonly #clients: Clients;
  readonly #linkFaults: LinkFaults;
  readonly #arrangement: Arrangement;
  readonly #leaders: Leaders;
  readonly #membership: MembershipParts;
  readonly #activities = new Activities(() => this.heardChange());
  readonly #picture = new Picture();
  readonly #listeners = new Set<() => void>();
  readonly #startedAtMs = Date.now();
  readonly #refresh: NodeJS.Timeout;
  readonly #starting: Promise<readonly Result<null>[]>;
  readonly #ending = new AbortController();
  /** The highest of each leader's operations that a client was told of. */
  #acknowledged: VersionVector = EMPTY;
  #loads = 0;
  #view: ClusterView | undefined;
  #closing: Promise<void> | undefined;
  #lastChange: Promise<unknown> = Promise.resolve();

  /** Resolves as soon as there is something to look at; leaders are then still starting, `ready` tells when they have. */
  static async start(options: NativeOptions, programs: Programs): Promise<Result<{cluster: NativeCluster; ready: Promise<Result<null>>}>> {
    const token = randomBytes(16).toString('hex');
    const leaders = new Map<LeaderId, LeaderHandle>();
    let cluster: NativeCluster | undefined;
    const newHandle = (id: LeaderId): LeaderHandle =>
      new LeaderHandle({
        id,
        token,
        program: programs.leader,
        folder: options.folderOf(id),
        onNews: news => cluster?.heardLeader(id, news),
        onStatus: state => cluster?.heardStatus(id, state),
      });
    for (const id of options.settings.members) leaders.set(id, newHandle(id));
    const starting = [...leaders.values()].map(handle => handle.start(leaderSettings(options.settings, handle.id)));
    const proxyProcess = await startChild(programs.proxy, [], token);
    const proxy = proxyProcess.ok
      ? await ProxyClient.open({
          port: proxyProcess.value.port,
          token,
          onTraffic: traffic => cluster?.heardLinks(traffic),
          onClosed: reason => cluster?.heardProxyEnd(reason),
        })
      : proxyProcess;
    if (!proxyProcess.ok || !proxy.ok) {
      await Promise.all(starting);
      await Promise.all([...leaders.values()].map(handle => handle.kill()));
      options.onClosed();
      return proxy.ok ? fail('not-started', 'the link proxy did not start') : proxy;
    }
    cluster = new NativeCluster(options, leaders, newHandle, proxyProcess.value, proxy.value, Promise.all(starting));
    return succeed({cluster, ready: cluster.getReady()});
  }

  private constructor(
    options: NativeOptions,
    handles: Map<LeaderId, LeaderHandle>,
    newHandle: (leader: LeaderId) => LeaderHandle,
    proxyProcess: Child,
    proxy: ProxyClient,
    starting: Promise<readonly Result<null>[]>,
  ) {
    this.#options = options;
    this.#starting = starting;
    this.#proxyProcess = proxyProcess;
    this.#proxy = proxy;
    this.#history = new HistoryFile(options.historyFolder, reason => {
      this.#picture.notice({atMs: Date.now(), leader: undefined, text: `the history is no longer written: ${reason}`});
      this.heardChange();
    });
    const {settings, seed} = options;
    this.#history.add({
      type: 'opened',
      atMs: this.#startedAtMs,
      engine: this.engine,
      leaders: settings.members,
      topology: settings.topology.name,
      resolver: settings.resolver,
      seed,
    });
    this.#links = new Links(proxy, link => options.links(linkEnds(link).from, linkEnds(link).to), options.seed);
    this.#arrangement = new Arrangement(handles, this.#links, proxy, settings, options.onSettings);
    this.#leaders = new Leaders(handles, this.#arrangement);
    this.#clients = new Clients({
      leaders: handles,
      links: this.#links,
      ack: () => this.#arrangement.settings.ack,
      isLeaving: leader => this.#arrangement.leaving.has(leader),
      acknowledged: dot => this.#toldClient(dot),
    });
    this.#membership = {
      handles,
      leaders: this.#leaders,
      arrangement: this.#arrangement,
      activities: this.#activities,
      newHandle,
      known: leader => this.#known(leader),
      subscribe: listener => this.subscribe(listener),
      inTurn: change => this.#inTurn(change),
      closing: this.#ending.signal,
    };
    this.#linkFaults = new LinkFaults(this.#links);
    this.#refresh = setInterval(() => {
      if (this.#view && (this.#view.opsPerSecond > 0 || this.#view.lag || this.#hasDrift())) this.heardChange();
    }, REFRESH_MS);
    this.#refresh.unref();
  }

  view(): ClusterView {
    this.#view ??= look(
      {
        startedAtMs: this.#startedAtMs,
        settings: this.#arrangement.settings,
        leaders: this.#leaders.all(),
        links: this.#links.all(),
        picture: this.#picture,
        activities: this.#activities.list(),
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
    this.#history.add({type: 'action', atMs, action, status: outcome.status, ms: Date.now() - atMs});
    return outcome;
  }

  async #carryOut(action: EngineAction, focused: LeaderId, signal: AbortSignal | undefined): Promise<Outcome> {
    if (this.#closing) return failed(fail('closing', 'the lab is closing').failure);
    switch (action.type) {
      case 'write':
      case 'txn':
        return this.#clients.write(action, focused);
      case 'concurrently':
        return this.#clients.concurrently(action.writes, focused);
      case 'read':
        return this.#clients.read(action.key, action.at, focused);
      case 'keys':
        return this.#clients.keys(action.glob, action.at, focused);
      case 'log':
        return this.#clients.log(action.key, action.at, focused);
      case 'skip':
        return this.#clients.skip(action.origin, action.at, focused);
      case 'load':
        this.#loads += 1;
        return load(action, focused, {
          clients: this.#clients,
          activities: this.#activities,
          seed: this.#options.seed + this.#loads,
          signal: this.#until(signal),
        });
      case 'join':
        return join(this.#membership, action.leader, action.from, this.#until(signal));
      case 'leave':
        return leave(this.#membership, action.leader, this.#until(signal));
      case 'kill':
      case 'restart':
      case 'pause':
      case 'resume':
        return this.#inTurn(() => this.#leaders.execute(action.type, action.leaders));
      case 'cut':
      case 'hold':
      case 'release':
      case 'link':
      case 'heal':
      case 'partition':
      case 'reset':
      case 'restore-rules':
        return this.#afterwards(this.#linkFaults.execute(action));
      case 'topology':
      case 'resolver':
      case 'restore-resolvers':
      case 'clock':
      case 'forward':
      case 'loopguard':
      case 'delivery':
      case 'ack':
        return this.#afterwards(this.#inTurn(() => this.#arrangement.change(action)));
      default:
        return assertNever(action);
    }
  }

  /** What changes processes or the arrangement goes one at a time: two at once would each undo half of the other. */
  #inTurn(change: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = this.#lastChange.then(() => (this.#closing ? failed(fail('closing', 'the lab is closing').failure) : change()));
    this.#lastChange = outcome.catch(() => undefined);
    return outcome;
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
  }

  // Starting and ending.

  async getReady(): Promise<Result<null>> {
    const opening = this.#arrangement.openLinks();
    this.#lastChange = opening;
    const [arranged, started] = await Promise.all([opening, this.#starting]);
    if (this.#closing) return fail('closed', 'the lab was closed while it started');
    const broken = [arranged, ...started].find(result => !result.ok);
    if (broken !== undefined && !broken.ok) {
      await this.close();
      return broken;
    }
    await this.#arrangement.introduceAll();
    await this.#linked();
    return succeed(null);
  }

  /** Until every link has been greeted at both ends, so that a fault of the first command meets a link that stands. */
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
    this.#proxy.close();
    this.#proxyProcess.end();
    const force = setTimeout(() => this.#proxyProcess.kill('SIGKILL'), 1000);
    await this.#proxyProcess.ended;
    clearTimeout(force);
    this.#history.add({type: 'closed', atMs: Date.now()});
    this.#history.flush();
    this.#options.onClosed();
  }

  // Faults.

  async #afterwards(outcome: Promise<Outcome>): Promise<Outcome> {
    const ended = await outcome;
    this.heardChange();
    return ended;
  }

  // The picture.

  /** What leaders and the proxy tell. */
  heardLeader(id: LeaderId, news: News): void {
    const atMs = Date.now();
    this.#picture.news(id, news, atMs);
    this.#history.news(id, news, atMs);
    this.heardChange();
  }

  heardStatus(leader: LeaderId, {status, cause}: LeaderState): void {
    this.#history.add({type: 'leader', atMs: Date.now(), leader, status, ...(cause === undefined ? {} : {cause})});
    // Its port may soon be another process's.
    if (status === 'down') void this.#proxy.setTarget(leader, null);
    if (status === 'down' || status === 'up') void this.#inTurn(() => this.#closeRing());
    this.heardChange();
  }

  /** Around who died, and with who is back. */
  async #closeRing(): Promise<Outcome> {
    await this.#arrangement.rearrange();
    this.heardChange();
    return changed('rearranged');
  }

  #toldClient(dot: Dot): void {
    this.#acknowledged = merge(this.#acknowledged, {[dot.origin]: dot.seq});
    this.#picture.conflicts.acknowledge(dot);
  }

  /** A leader that died may not have told of the last writes that its clients were told of. */
  #known(leader: LeaderId): VersionVector {
    return merge(this.#picture.union([leader]), {[leader]: this.#acknowledged[leader] ?? 0});
  }

  #hasDrift(): boolean {
    return Object.values(this.#arrangement.settings.clocks).some(({driftPpm}) => driftPpm !== 0);
  }

  heardLinks(traffic: {readonly [link: LinkId]: LinkTraffic}): void {
    this.#links.traffic(traffic);
    this.heardChange();
  }

  heardProxyEnd(reason: string): void {
    if (this.#closing) return;
    this.#picture.notice({atMs: Date.now(), leader: undefined, text: `the link proxy ended, so nothing passes any more: ${reason}`});
    this.heardChange();
  }

  heardChange(): void {
    this.#view = undefined;
    for (const listener of this.#listeners) listener();
  }
}
