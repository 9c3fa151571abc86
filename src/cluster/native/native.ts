/**
 * The native engine: one process per leader, one process that carries all links, and everything the Cluster port asks of them.
 */
import {randomBytes} from 'node:crypto';
import {assertNever} from '../../base/assert.ts';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds, linkId} from '../../base/ids.ts';
import type {ActionType, TopologyName} from '../../command/action.ts';
import type {ResolverName} from '../../core/resolvers/index.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import {ProxyClient} from '../../proxy/client.ts';
import type {LinkTraffic} from '../../proxy/control.ts';
import {doneSchema, type News, statusSchema} from '../../wire/leader-control.ts';
import {changed, failed} from '../outcome.ts';
import {Picture} from '../picture.ts';
import type {Cluster, ClusterView, EngineAction, LeaderMeasurement, LeaderStatus, LinkView, Measurement, Outcome} from '../port.ts';
import {forwardOf, linksOf} from '../topology.ts';
import {type Child, startChild} from './child.ts';
import {Clients} from './clients.ts';
import {HistoryFile} from './history-file.ts';
import {LeaderHandle, type LeaderState} from './leader-handle.ts';
import {isFaulty, LinkFaults} from './link-faults.ts';
import {type LinkState, Links} from './links.ts';
import type {Programs} from './programs.ts';

const CONFIGURE_TIMEOUT_MS = 2000;
/** Very slow links are greeted while the person already looks. */
const LINKED_LIMIT_MS = 5000;
const MEASURE_TIMEOUT_MS = 1000;
/** How often figures that fade with time, such as ops per second, are looked at again. */
const REFRESH_MS = 500;

export interface NativeOptions {
  readonly leaders: readonly LeaderId[];
  readonly topology: TopologyName;
  readonly resolver: ResolverName;
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
  onSettings(settings: {readonly topology: TopologyName; readonly resolver: ResolverName}): void;
}

const CAPABILITIES: readonly ActionType[] = [
  'write',
  'concurrently',
  'read',
  'keys',
  'kill',
  'restart',
  'pause',
  'resume',
  'cut',
  'hold',
  'release',
  'heal',
  'partition',
  'link',
  'restore-rules',
  'topology',
  'resolver',
  'log',
];

export class NativeCluster implements Cluster {
  readonly engine = 'native';
  readonly capabilities: ReadonlySet<ActionType> = new Set(CAPABILITIES);
  readonly #options: NativeOptions;
  readonly #history: HistoryFile;
  readonly #proxyProcess: Child;
  readonly #proxy: ProxyClient;
  readonly #links: Links;
  readonly #clients: Clients;
  readonly #linkFaults: LinkFaults;
  readonly #leaders: ReadonlyMap<LeaderId, LeaderHandle>;
  readonly #picture = new Picture();
  readonly #listeners = new Set<() => void>();
  readonly #acknowledged = new Map<LeaderId, number>();
  readonly #startedAtMs = Date.now();
  readonly #refresh: NodeJS.Timeout;
  #topology: TopologyName;
  #resolver: ResolverName;
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
    const starting = [...leaders.values()].map(handle => handle.start(options.resolver));
    const proxyProcess = await startChild(programs.proxy, [], token);
    const proxy = proxyProcess.ok
      ? await ProxyClient.open({
          port: proxyProcess.value.port,
          token,
          onTraffic: traffic => cluster?.heardLinks(traffic),
          onClosed: () => {},
        })
      : proxyProcess;
    if (!proxyProcess.ok || !proxy.ok) {
      await Promise.all(starting);
      await Promise.all([...leaders.values()].map(handle => handle.kill()));
      options.onClosed();
      return proxy.ok ? fail('not-started', 'the link proxy did not start') : proxy;
    }
    cluster = new NativeCluster(options, leaders, proxyProcess.value, proxy.value);
    return succeed({cluster, ready: cluster.getReady(starting)});
  }

  private constructor(options: NativeOptions, leaders: ReadonlyMap<LeaderId, LeaderHandle>, proxyProcess: Child, proxy: ProxyClient) {
    this.#options = options;
    this.#leaders = leaders;
    this.#proxyProcess = proxyProcess;
    this.#proxy = proxy;
    this.#topology = options.topology;
    this.#resolver = options.resolver;
    this.#history = new HistoryFile(options.historyFolder, reason => {
      this.#picture.notice({atMs: Date.now(), leader: undefined, text: `the history is no longer written: ${reason}`});
      this.heardChange();
    });
    const {leaders: ids, topology, resolver, seed} = options;
    this.#history.add({type: 'opened', atMs: this.#startedAtMs, engine: this.engine, leaders: ids, topology, resolver, seed});
    this.#links = new Links(proxy, link => options.links(linkEnds(link).from, linkEnds(link).to), options.seed);
    this.#clients = new Clients(leaders, this.#links);
    this.#linkFaults = new LinkFaults(this.#links);
    this.#refresh = setInterval(() => {
      if (this.#view && (this.#view.opsPerSecond > 0 || this.#view.lag)) this.heardChange();
    }, REFRESH_MS);
    this.#refresh.unref();
  }

  view(): ClusterView {
    this.#view ??= this.#look(Date.now());
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async measure(): Promise<Measurement> {
    const leaders: {[leader: LeaderId]: LeaderMeasurement} = {};
    const silent: LeaderId[] = [];
    await Promise.all(
      [...this.#leaders.values()].map(async handle => {
        const status = handle.state.status === 'up' ? await handle.request({type: 'status'}, statusSchema, MEASURE_TIMEOUT_MS) : undefined;
        if (status?.ok) leaders[handle.id] = status.value;
        else silent.push(handle.id);
      }),
    );
    return {leaders, silent};
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
        return this.#clients.concurrently(action.writes, focused);
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
        return this.#inTurn(() => this.#process(action.type, action.leaders));
      case 'cut':
      case 'hold':
      case 'release':
      case 'link':
      case 'heal':
      case 'partition':
      case 'restore-rules':
        return this.#afterwards(this.#linkFaults.execute(action));
      case 'topology':
        return this.#inTurn(() => this.#changeTopology(action.topology));
      case 'resolver':
        return this.#inTurn(() => this.#changeResolver(action.resolver));
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

  async getReady(starting: readonly Promise<Result<null>>[]): Promise<Result<null>> {
    const [arranged, ...started] = await Promise.all([this.#links.arrange(linksOf(this.#topology, this.#options.leaders)), ...starting]);
    const broken = [arranged, ...started].find(result => !result?.ok);
    if (broken !== undefined && !broken.ok) {
      await this.close();
      return broken;
    }
    await Promise.all([...this.#leaders.keys()].map(id => this.#introduce(id)));
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

  /** Tells the proxy where the leader is, and the leader where its links begin. */
  async #introduce(id: LeaderId): Promise<Result<null>> {
    const handle = this.#leaders.get(id);
    await this.#proxy.setTarget(id, handle?.port ?? null);
    return this.#configure(id);
  }

  async #configure(id: LeaderId): Promise<Result<null>> {
    const handle = this.#leaders.get(id);
    if (handle === undefined || handle.port === undefined) return succeed(null);
    const neighbours = this.#links.from(id).map(link => ({leader: linkEnds(link.id).to, port: link.port}));
    return handle.request(
      {type: 'configure', resolver: this.#resolver, forward: forwardOf(this.#topology), neighbours},
      doneSchema,
      CONFIGURE_TIMEOUT_MS,
    );
  }

  async #close(): Promise<void> {
    clearInterval(this.#refresh);
    await Promise.all([...this.#leaders.values()].map(handle => handle.close()));
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

  async #process(what: ProcessFault, ids: readonly LeaderId[]): Promise<Outcome> {
    const handles = ids.flatMap(id => this.#leaders.get(id) ?? []);
    const wrong = handles.find(handle => !MAY[what].includes(handle.state.status));
    if (wrong)
      return failed(
        fail(
          `is-${wrong.state.status}`,
          `${wrong.id} is ${wrong.state.status}: only a leader that is ${MAY[what].join(' or ')} can be ${PAST[what]}`,
        ).failure,
      );
    const results = await Promise.all(handles.map(handle => this.#processOne(what, handle)));
    const broken = results.find(result => !result.ok);
    return broken && !broken.ok ? failed(broken.failure) : changed(`${ids.join(' and ')} ${PAST[what]}`);
  }

  async #processOne(what: ProcessFault, handle: LeaderHandle): Promise<Result<null>> {
    if (what === 'pause') handle.pause();
    else if (what === 'resume') handle.resume();
    else await handle.kill();
    if (what === 'kill' || what === 'restart') await this.#proxy.setTarget(handle.id, null);
    if (what !== 'restart') return succeed(null);
    const started = await handle.start(this.#resolver);
    return started.ok ? this.#introduce(handle.id) : started;
  }

  async #afterwards(outcome: Promise<Outcome>): Promise<Outcome> {
    const ended = await outcome;
    this.heardChange();
    return ended;
  }

  // Settings.

  async #changeTopology(topology: TopologyName): Promise<Outcome> {
    this.#topology = topology;
    const arranged = await this.#links.arrange(linksOf(topology, this.#options.leaders));
    if (!arranged.ok) return failed(arranged.failure);
    return this.#configureAll(`topology ${topology}`);
  }

  async #changeResolver(resolver: ResolverName): Promise<Outcome> {
    this.#resolver = resolver;
    return this.#configureAll(`resolver ${resolver}`);
  }

  /** The leaders that are down hear of it when they start, the paused ones when they go on. */
  async #configureAll(what: string): Promise<Outcome> {
    this.#options.onSettings({topology: this.#topology, resolver: this.#resolver});
    const up = [...this.#leaders.values()].filter(({state}) => state.status === 'up');
    for (const {id, state} of this.#leaders.values()) if (state.status === 'paused') void this.#configure(id);
    const results = await Promise.all(up.map(({id}) => this.#configure(id)));
    this.heardChange();
    const broken = results.find(result => !result.ok);
    return broken && !broken.ok ? failed(broken.failure) : changed(what);
  }

  // The picture.

  /** What leaders and the proxy tell. */
  heardLeader(id: LeaderId, news: News): void {
    const atMs = Date.now();
    this.#picture.news(id, news, atMs);
    this.#record(id, news, atMs);
    this.heardChange();
  }

  heardStatus(leader: LeaderId, {status, cause}: LeaderState): void {
    this.#history.add({type: 'leader', atMs: Date.now(), leader, status, ...(cause === undefined ? {} : {cause})});
    this.heardChange();
  }

  #record(leader: LeaderId, news: News, atMs: number): void {
    for (const {dot, atMs: appliedAtMs} of news.applied) this.#history.add({type: 'applied', atMs: appliedAtMs, leader, dot});
    for (const report of news.conflicts) this.#history.add({...report, leader, atMs});
    for (const text of news.notices) this.#history.add({type: 'notice', atMs, leader, text});
    if (news.acknowledgedSeq > (this.#acknowledged.get(leader) ?? 0)) {
      this.#acknowledged.set(leader, news.acknowledgedSeq);
      this.#history.add({type: 'acknowledged', atMs, leader, seq: news.acknowledgedSeq});
    }
  }

  heardLinks(traffic: {readonly [link: LinkId]: LinkTraffic}): void {
    this.#links.traffic(traffic);
    this.heardChange();
  }

  heardChange(): void {
    this.#view = undefined;
    for (const listener of this.#listeners) listener();
  }

  #look(nowMs: number): ClusterView {
    const handles = [...this.#leaders.values()];
    const live = handles.filter(({state}) => state.status === 'up').map(({id}) => id);
    const union = this.#picture.union(live);
    const lag = this.#picture.lag(nowMs);
    return {
      engine: this.engine,
      startedAtMs: this.#startedAtMs,
      topology: this.#topology,
      resolver: this.#resolver,
      leaders: handles.map(({id, state, pid, port}) =>
        this.#picture.leader(
          {id, status: state.status, cause: state.cause, sinceMs: state.sinceMs, resolver: this.#resolver, pid, port},
          union,
        ),
      ),
      links: this.#links.all().map(link => this.#linkView(link)),
      conflicts: this.#picture.conflicts.list(),
      conflictCount: this.#picture.conflicts.count,
      lostCount: this.#picture.conflicts.lostCount,
      notices: this.#picture.notices,
      convergence: this.#picture.convergence(live),
      opsPerSecond: this.#picture.opsPerSecond(nowMs),
      ...(lag === undefined ? {} : {lag}),
    };
  }

  #linkView(link: LinkState): LinkView {
    const {from, to} = linkEnds(link.id);
    const isUp = [from, to].every(id => this.#leaders.get(id)?.state.status === 'up');
    const {isOpen, waiting} = this.#picture.link(from, to);
    const {traffic} = link;
    return {
      id: linkId(from, to),
      from,
      to,
      connection: isUp && isOpen ? 'open' : 'connecting',
      rule: link.rule,
      ruleSinceMs: link.ruleSinceMs,
      faulty: isFaulty(link),
      waiting,
      inFlight: traffic?.inFlight ?? [],
      held: traffic?.held ?? 0,
      delivered: traffic?.delivered ?? 0,
      dropped: traffic?.dropped ?? 0,
    };
  }
}

type ProcessFault = 'kill' | 'restart' | 'pause' | 'resume';

const MAY: {readonly [fault in ProcessFault]: readonly LeaderStatus[]} = {
  kill: ['up', 'paused'],
  restart: ['up', 'paused', 'down'],
  pause: ['up'],
  resume: ['paused'],
};

const PAST = {kill: 'killed', restart: 'restarted', pause: 'paused', resume: 'resumed'} as const;
