/**
 * The native engine: one process per leader, one process that carries all links, and everything the Cluster port asks of them.
 */
import {randomBytes} from 'node:crypto';
import {assertNever} from '../../base/assert.ts';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../base/ids.ts';
import {type ActionType, ENGINE_ACTIONS, type EngineAction, type TopologySpec} from '../../command/action.ts';
import {type ResolverSpec, showResolver} from '../../core/resolvers/spec.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import {ProxyClient} from '../../proxy/client.ts';
import type {LinkTraffic} from '../../proxy/control.ts';
import type {News} from '../../wire/leader-control.ts';
import {changed, failed} from '../outcome.ts';
import {Picture} from '../picture.ts';
import type {Cluster, ClusterView, Measurement, Outcome} from '../port.ts';
import {linksOf} from '../topology.ts';
import {type Child, startChild} from './child.ts';
import {Clients} from './clients.ts';
import {ConflictFile} from './conflict-file.ts';
import {HistoryFile} from './history-file.ts';
import {LeaderHandle, type LeaderState} from './leader-handle.ts';
import {defaultSettings, Leaders} from './leaders.ts';
import {LinkFaults} from './link-faults.ts';
import {Links} from './links.ts';
import {look} from './look.ts';
import type {Programs} from './programs.ts';

/** Very slow links are greeted while the person already looks. */
const LINKED_LIMIT_MS = 5000;
/** How often figures that fade with time, such as ops per second, are looked at again. */
const REFRESH_MS = 500;

export interface NativeOptions {
  readonly leaders: readonly LeaderId[];
  readonly topology: TopologySpec;
  readonly resolver: ResolverSpec;
  readonly links: LinkDefaults;
  /** What is random about links is made from this. */
  readonly seed: number;
  /** Where `history.jsonl` is written. */
  readonly historyFolder: string;
  /** The folder of one leader's log. */
  folderOf(leader: LeaderId): string;
  /** After everything has ended. */
  onClosed(): void;
  /** After a switch. */
  onSettings(settings: {readonly topology: TopologySpec; readonly resolver: ResolverSpec}): void;
}

export class NativeCluster implements Cluster {
  readonly engine = 'native';
  readonly capabilities: ReadonlySet<ActionType> = new Set(ENGINE_ACTIONS);
  readonly #options: NativeOptions;
  readonly #history: HistoryFile;
  readonly #conflictFile: ConflictFile;
  readonly #proxyProcess: Child;
  readonly #proxy: ProxyClient;
  readonly #links: Links;
  readonly #clients: Clients;
  readonly #linkFaults: LinkFaults;
  readonly #leaders: Leaders;
  readonly #picture = new Picture();
  readonly #listeners = new Set<() => void>();
  readonly #startedAtMs = Date.now();
  readonly #refresh: NodeJS.Timeout;
  readonly #starting: Promise<readonly Result<null>[]>;
  #topology: TopologySpec;
  #resolver: ResolverSpec;
  #view: ClusterView | undefined;
  #closing: Promise<void> | undefined;
  #lastChange: Promise<unknown> = Promise.resolve();

  /** Resolves as soon as there is something to look at; leaders are then still starting, `ready` tells when they have. */
  static async start(options: NativeOptions, programs: Programs): Promise<Result<{cluster: NativeCluster; ready: Promise<Result<null>>}>> {
    const token = randomBytes(16).toString('hex');
    const leaders = new Map<LeaderId, LeaderHandle>();
    let cluster: NativeCluster | undefined;
    for (const id of options.leaders) {
      const handle = new LeaderHandle({
        id,
        token,
        program: programs.leader,
        folder: options.folderOf(id),
        onNews: news => cluster?.heardLeader(id, news),
        onStatus: state => cluster?.heardStatus(id, state),
      });
      leaders.set(id, handle);
    }
    const starting = [...leaders.values()].map(handle => handle.start(defaultSettings(options.resolver, [...options.leaders])));
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
    cluster = new NativeCluster(options, leaders, proxyProcess.value, proxy.value, Promise.all(starting));
    return succeed({cluster, ready: cluster.getReady()});
  }

  private constructor(
    options: NativeOptions,
    leaders: ReadonlyMap<LeaderId, LeaderHandle>,
    proxyProcess: Child,
    proxy: ProxyClient,
    starting: Promise<readonly Result<null>[]>,
  ) {
    this.#options = options;
    this.#starting = starting;
    this.#proxyProcess = proxyProcess;
    this.#proxy = proxy;
    this.#topology = options.topology;
    this.#resolver = options.resolver;
    this.#history = new HistoryFile(options.historyFolder, reason => {
      this.#picture.notice({atMs: Date.now(), leader: undefined, text: `the history is no longer written: ${reason}`});
      this.heardChange();
    });
    this.#conflictFile = new ConflictFile(options.historyFolder, this.#picture.conflicts, text => {
      this.#picture.notice({atMs: Date.now(), leader: undefined, text});
      this.heardChange();
    });
    const {leaders: ids, topology, resolver, seed} = options;
    this.#history.add({
      type: 'opened',
      atMs: this.#startedAtMs,
      engine: this.engine,
      leaders: ids,
      topology: topology.name,
      resolver,
      seed,
    });
    this.#links = new Links(proxy, link => options.links(linkEnds(link).from, linkEnds(link).to), options.seed);
    this.#clients = new Clients(leaders, this.#links);
    this.#leaders = new Leaders(leaders, this.#links, proxy, () => ({topology: this.#topology, resolver: this.#resolver}));
    this.#linkFaults = new LinkFaults(this.#links);
    this.#refresh = setInterval(() => {
      if (this.#view && (this.#view.opsPerSecond > 0 || this.#view.lag)) this.heardChange();
    }, REFRESH_MS);
    this.#refresh.unref();
  }

  view(): ClusterView {
    this.#view ??= look(
      {
        startedAtMs: this.#startedAtMs,
        topology: this.#topology,
        resolver: this.#resolver,
        leaders: this.#leaders.all(),
        links: this.#links.all(),
        picture: this.#picture,
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

  async execute(action: EngineAction, focused: LeaderId): Promise<Outcome> {
    const atMs = Date.now();
    const outcome = await this.#carryOut(action, focused);
    this.#history.add({type: 'action', atMs, action, status: outcome.status, ms: Date.now() - atMs});
    return outcome;
  }

  async #carryOut(action: EngineAction, focused: LeaderId): Promise<Outcome> {
    if (this.#closing) return failed(fail('closing', 'the lab is closing').failure);
    switch (action.type) {
      case 'write':
        return this.#clients.write(action, focused);
      case 'concurrently':
        return this.#clients.concurrently(
          action.writes.filter(write => write.type === 'write'),
          focused,
        );
      case 'read':
        return this.#clients.read(action.key, action.at, focused);
      case 'keys':
        return this.#clients.keys(action.glob, action.at, focused);
      case 'log':
        return this.#clients.log(action.key, action.at, focused);
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
        return this.#inTurn(() => this.#changeTopology(action.topology));
      case 'resolver':
        return this.#inTurn(() => this.#changeResolver(action.resolver));
      case 'txn':
      case 'clock':
      case 'join':
      case 'leave':
      case 'skip':
      case 'restore-resolvers':
      case 'forward':
      case 'loopguard':
      case 'delivery':
      case 'ack':
      case 'load':
        return failed(fail('unsupported', 'not yet').failure);
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

  // Starting and ending.

  async getReady(): Promise<Result<null>> {
    const [arranged, started] = await Promise.all([this.#links.arrange(linksOf(this.#topology, this.#options.leaders)), this.#starting]);
    if (this.#closing) return fail('closed', 'the lab was closed while it started');
    const broken = [arranged, ...started].find(result => !result.ok);
    if (broken !== undefined && !broken.ok) {
      await this.close();
      return broken;
    }
    await this.#leaders.introduceAll();
    await this.#linked();
    return succeed(null);
  }

  /** Until every link has been greeted at both ends, so that a fault of the first command meets a link that stands. */
  async #linked(): Promise<void> {
    const isLinked = (): boolean => this.#closing !== undefined || this.view().links.every(({connection}) => connection === 'open');
    await new Promise<void>(resolve => {
      const done = (): void => {
        clearTimeout(limit);
        stop();
        resolve();
      };
      const limit = setTimeout(done, LINKED_LIMIT_MS);
      const stop = this.subscribe(() => isLinked() && done());
      this.heardChange();
    });
  }

  async #close(): Promise<void> {
    clearInterval(this.#refresh);
    // Whoever waits for the links waits no more.
    this.heardChange();
    await Promise.all(this.#leaders.all().map(handle => handle.close()));
    this.#proxy.close();
    this.#proxyProcess.end();
    const force = setTimeout(() => this.#proxyProcess.kill('SIGKILL'), 1000);
    await this.#proxyProcess.ended;
    clearTimeout(force);
    this.#history.add({type: 'closed', atMs: Date.now()});
    this.#history.flush();
    this.#conflictFile.flush();
    this.#options.onClosed();
  }

  // Faults.

  async #afterwards(outcome: Promise<Outcome>): Promise<Outcome> {
    const ended = await outcome;
    this.heardChange();
    return ended;
  }

  // Settings.

  async #changeTopology(topology: TopologySpec): Promise<Outcome> {
    this.#topology = topology;
    const arranged = await this.#links.arrange(linksOf(topology, this.#options.leaders));
    if (!arranged.ok) return failed(arranged.failure);
    return this.#configureAll(`topology ${topology.name}`);
  }

  async #changeResolver(resolver: ResolverSpec): Promise<Outcome> {
    this.#resolver = resolver;
    return this.#configureAll(`resolver ${showResolver(resolver)}`);
  }

  async #configureAll(what: string): Promise<Outcome> {
    this.#options.onSettings({topology: this.#topology, resolver: this.#resolver});
    const failure = await this.#leaders.configureAll();
    this.heardChange();
    return failure === undefined ? changed(what) : failed(failure);
  }

  // The picture.

  /** What leaders and the proxy tell. */
  heardLeader(id: LeaderId, news: News): void {
    const atMs = Date.now();
    this.#picture.news(id, news, atMs);
    this.#history.news(id, news, atMs);
    this.#conflictFile.touch();
    this.heardChange();
  }

  heardStatus(leader: LeaderId, {status, cause}: LeaderState): void {
    this.#history.add({type: 'leader', atMs: Date.now(), leader, status, ...(cause === undefined ? {} : {cause})});
    // Its port may soon be another process's.
    if (status === 'down') void this.#proxy.setTarget(leader, null);
    this.heardChange();
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
