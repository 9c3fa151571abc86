/**
 * The engines of real PostgreSQL servers: one server per leader, every subscription through the link proxies,
 * and everything that the Cluster port asks of them.
 */
import {randomBytes} from 'node:crypto';
import {assertNever} from '../../base/assert.ts';
import {type Failure, FailureError, fail, type Result, succeed} from '../../base/failure.ts';
import {type Key, type LeaderId, type LinkId, linkEnds} from '../../base/ids.ts';
import type {ActionType, EngineAction} from '../../command/action.ts';
import {topologyFault} from '../../command/topology.ts';
import {type ResolverSpec, sameResolver} from '../../core/resolvers/spec.ts';
import type {ProcessFault} from '../../faults/process-fault.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import type {ServerReading} from '../../history/comparison.ts';
import type {Cluster, LeaderMeasurement, Measurement, Outcome} from '../../port/cluster.ts';
import type {ClusterView} from '../../port/view.ts';
import type {LinkTraffic} from '../../proxy/proxy-protocol.ts';
import {load} from '../shared/background-loads.ts';
import {LinkProxy} from '../shared/link-proxy.ts';
import {Links} from '../shared/links.ts';
import {Activities} from '../shared/model/activities.ts';
import {type LeaderState, look} from '../shared/model/build-view.ts';
import {
  changeSettings,
  resolverAt,
  type SettingAction,
  type Settings,
} from '../shared/model/cluster-settings.ts';
import {type LinkAction, linkChanges} from '../shared/model/link-changes.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {doneInWords, platformRefusal, processRefusal} from '../shared/model/process-faults.ts';
import type {Programs} from '../shared/programs.ts';
import {REAL_CLOCK} from '../shared/real-clock.ts';
import {Recorder} from '../shared/recorder.ts';
import {CLOSING, SerialQueue} from '../shared/serial-queue.ts';
import {ClientRequests} from '../shared/serve-clients.ts';
import {PostgresLeader} from './leader/postgres-leader.ts';
import type {Dialect} from './links/dialect.ts';
import {LoopDetector} from './links/loop-detector.ts';
import {capabilitiesOf, linkRefusal, resolverRefusal, topologyRefusal} from './links/postgres-refusals.ts';
import {Rewiring} from './links/rewiring.ts';
import {Halts} from './links/stopped-links.ts';
import {hops, plansOf, waitingOn} from './links/subscription-plan.ts';
import {Subscriptions} from './links/subscriptions.ts';
import type {Host} from './server/server-host.ts';
import {dsnOf} from './sql/sql.ts';

/** How often figures that fade with time, such as ops per second, are looked at again. */
const REFRESH_MS = 500;
/** After a change of the resolver that was neither done nor undone at a server. */
const RESOLVE_AGAIN_MS = 1000;

export interface PostgresOptions {
  readonly dialect: Dialect;
  readonly settings: Settings;
  readonly links: LinkDefaults;
  /** What is random about links and loads is made from this. */
  readonly seed: number;
  readonly historyFolder: string;
  hostOf(leader: LeaderId, heard: (text: string) => void): Host;
  /** Whether the lab started the servers. */
  readonly isOurs: boolean;
  /** Once nobody uses the servers any more: what of the lab could not be taken away from them. */
  finish(): Promise<readonly string[]>;
  onClosed(): void;
  onSettings(settings: Settings): void;
}

export class PostgresCluster implements Cluster {
  readonly engine: Dialect['engine'];
  readonly capabilities: ReadonlySet<ActionType>;
  readonly clock = REAL_CLOCK;
  readonly #options: PostgresOptions;
  readonly #dialect: Dialect;
  readonly #proxy: LinkProxy;
  readonly #links: Links;
  readonly #leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly #subscriptions: Subscriptions;
  readonly #clients: ClientRequests;
  readonly #activities = new Activities(() => this.#changed());
  readonly #records: Recorder;
  readonly #listeners = new Set<() => void>();
  readonly #startedAtMs = Date.now();
  readonly #refresh: NodeJS.Timeout;
  readonly #ending = new AbortController();
  readonly #halts: Halts;
  readonly #rewiring = new Rewiring(() => this.measure());
  readonly #loops: LoopDetector;
  /** How the server of each leader resolves conflicts, where that is known. */
  readonly #resolvedBy = new Map<LeaderId, ResolverSpec>();
  #settings: Settings;
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
    options: PostgresOptions,
    programs: Programs,
  ): Promise<Result<{cluster: PostgresCluster; ready: Promise<Result<null>>}>> {
    let cluster: PostgresCluster | undefined;
    const proxy = await LinkProxy.start(programs, randomBytes(16).toString('hex'), () => cluster);
    if (!proxy.ok) {
      options.onClosed();
      return proxy;
    }
    cluster = new PostgresCluster(options, proxy.value);
    return succeed({cluster, ready: cluster.#getReady()});
  }

  private constructor(options: PostgresOptions, proxy: LinkProxy) {
    const {dialect, settings, seed, links} = options;
    this.#options = options;
    this.#dialect = dialect;
    this.engine = dialect.engine;
    this.capabilities = capabilitiesOf(dialect, options.isOurs);
    this.#settings = settings;
    this.#proxy = proxy;
    this.#records = new Recorder(options.historyFolder, () => this.#changed());
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
      carries: 'stream',
      baseRule: link => links(linkEnds(link).from, linkEnds(link).to),
      seed,
    });
    this.#leaders = new Map(settings.members.map(id => [id, this.#newLeader(id)]));
    this.#subscriptions = new Subscriptions({
      dialect,
      leaders: this.#leaders,
      links: this.#links,
      changed: (link, status, counted) => {
        this.#halts.heardSubscription(link, status);
        void this.#halts.heardCounts(link, counted);
        this.#linksChanged();
      },
      failed: reason => this.#records.notice(`the subscriptions cannot be looked after: ${reason}`),
    });
    this.#halts = new Halts({
      leaders: this.#leaders,
      subscriptions: this.#subscriptions,
      hearsLogs: options.isOurs,
      changed: () => this.#linksChanged(),
    });
    this.#clients = new ClientRequests({
      leaders: this.#leaders,
      links: this.#links,
      ack: () => 'local',
      // pglogical lets two commits of the same microsecond swap, even where the last update wins.
      isOneByOne: true,
      isLeaving: () => false,
      acknowledged: (dot, keys) => this.#records.toldClient(dot, keys),
    });
    this.#loops = new LoopDetector((leader, text) => this.#leaders.get(leader)?.notice(text));
    this.#refresh = setInterval(() => {
      if (this.#view && (this.#view.opsPerSecond > 0 || this.#view.lag)) this.#changed();
    }, REFRESH_MS);
    this.#refresh.unref();
  }

  #newLeader(id: LeaderId): PostgresLeader {
    return new PostgresLeader({
      id,
      host: this.#options.hostOf(id, text => this.#leaders.get(id)?.listener.push(text)),
      resolver: resolverAt(this.#settings, id),
      members: () => this.#settings.members,
      hopsFrom: origin => hops(this.#subscriptions.plans(), origin, id),
      writing: work => this.#rewiring.write(work),
      links: () => this.#linksFrom(id),
      bodyOf: dot =>
        [...this.#leaders.values()].map(({replica}) => replica.get(dot)).find(op => op !== undefined),
      skip: origin => this.#halts.skip(id, origin),
      onNews: news => {
        this.#records.news(id, news, Date.now());
        this.#changed();
      },
      onStatus: state => this.#heardStatus(id, state),
      onChange: () => {
        this.#halts.arrived(id);
        this.#linksChanged();
      },
      onEcho: dot => this.#loops.heard(id, dot),
      onRow: key => this.#halts.rowChanged(id, key),
      onStop: said => void (this.#closing ?? this.#halts.heard(id, said)),
    });
  }

  view(): ClusterView {
    this.#view ??= look(
      {
        engine: this.engine,
        startedAtMs: this.#startedAtMs,
        offers: {resolvers: this.#dialect.resolvers, topologies: this.#dialect.topologies, clocks: false},
        settings: this.#settings,
        leaders: [...this.#leaders.values()],
        links: this.#links.all().map(link => {
          const stopped = this.#halts.of(link.id);
          const counted = this.#subscriptions.countedOf(link.id);
          return {
            ...link,
            ...(stopped === undefined ? {} : {stopped}),
            ...(Object.keys(counted).length === 0 ? {} : {counted}),
          };
        }),
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

  async measure(): Promise<Measurement> {
    const leaders: {[leader: LeaderId]: LeaderMeasurement} = {};
    const silent: LeaderId[] = [];
    await Promise.all(
      [...this.#leaders.values()].map(async leader => {
        const looked = leader.state.status === 'up' ? await leader.look() : undefined;
        leader.tell();
        if (looked?.ok) leaders[leader.id] = {vv: leader.replica.vv, digest: leader.replica.fold.digest()};
        else silent.push(leader.id);
      }),
    );
    return {leaders, silent};
  }

  serverReadings(key: Key): {readonly [leader: LeaderId]: ServerReading} {
    const up = [...this.#leaders.values()].filter(({state}) => state.status === 'up');
    return Object.fromEntries(up.map(({id, replica}) => [id, replica.readingOf(key)]));
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
      case 'kill':
      case 'restart':
      case 'pause':
      case 'resume':
        return this.#queue.take(() => this.#fault(action.type, action.leaders));
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
      case 'loopguard':
        return this.#afterwards(this.#queue.take(() => this.#rewire(action)));
      case 'resolver':
      case 'restore-resolvers':
        return this.#afterwards(this.#queue.take(() => this.#switchResolver(action)));
      case 'clock':
      case 'forward':
      case 'delivery':
      case 'ack':
      case 'join':
      case 'leave':
      case 'time':
      case 'step':
      case 'back':
      case 'deliver':
      case 'drop':
        return failed(fail('unsupported', `the ${this.engine} engine has no ${action.type}`).failure);
      default:
        return assertNever(action);
    }
  }

  // Starting and ending.

  async #getReady(): Promise<Result<null>> {
    const progress = this.#activities.begin(`starting ${this.#leaders.size} PostgreSQL servers`);
    const opening = this.#open(done =>
      progress.update(done, this.#leaders.size + 1, done < this.#leaders.size ? 'servers' : 'links'),
    );
    this.#queue.after(opening);
    const opened = await opening;
    progress.end();
    if (this.#closing) return fail('closed', 'the lab was closed while it started');
    if (!opened.ok) await this.close();
    return opened;
  }

  async #open(progress: (done: number) => void): Promise<Result<null>> {
    let done = 0;
    progress(done);
    const started = await Promise.all(
      [...this.#leaders.values()].map(async leader => {
        const ready = await this.#startLeader(leader);
        progress(++done);
        return ready;
      }),
    );
    const broken = started.find(result => !result.ok);
    if (broken !== undefined) return broken;
    return this.#closing
      ? fail('closed', 'the lab was closed')
      : this.#subscriptions.bring(plansOf(this.#settings));
  }

  async #startLeader(leader: PostgresLeader): Promise<Result<null>> {
    const started = await leader.start();
    if (!started.ok) return started;
    try {
      if (leader.address !== undefined) await this.#dialect.started(dsnOf(leader.address), leader.sql);
      await this.#proxy.setTarget(leader.id, leader.port ?? null);
      const failure = await this.#resolveAt(leader);
      return failure === undefined ? succeed(null) : {ok: false, failure};
    } catch (error) {
      if (error instanceof FailureError) return {ok: false, failure: error.failure};
      throw error;
    }
  }

  async #close(): Promise<void> {
    clearInterval(this.#refresh);
    // Whoever waits, and every load, is done.
    this.#ending.abort();
    this.#subscriptions.close();
    await Promise.all([...this.#leaders.values()].map(leader => leader.close()));
    await this.#proxy.stop();
    for (const left of await this.#options.finish()) this.#records.notice(left);
    this.#records.close();
    this.#options.onClosed();
  }

  // Faults.

  async #fault(fault: ProcessFault, ids: readonly LeaderId[]): Promise<Outcome> {
    const refusal =
      platformRefusal(fault, process.platform) ??
      processRefusal(fault, ids, id => this.#leaders.get(id)?.state.status);
    if (refusal !== undefined) return failed(refusal);
    const results = await Promise.all(
      ids.flatMap(id => this.#leaders.get(id) ?? []).map(leader => this.#faultAt(fault, leader)),
    );
    const broken = results.find(result => !result.ok);
    return broken === undefined || broken.ok ? changed(doneInWords(fault, ids)) : failed(broken.failure);
  }

  async #faultAt(fault: ProcessFault, leader: PostgresLeader): Promise<Result<null>> {
    if (fault === 'pause') await leader.pause();
    else if (fault === 'resume') return this.#resume(leader);
    else await leader.kill();
    if (fault !== 'restart') return succeed(null);
    const started = await this.#startLeader(leader);
    if (started.ok) await this.#subscriptions.reconnect(leader.id);
    return started;
  }

  /** The resolver may have been changed while it was paused. */
  async #resume(leader: PostgresLeader): Promise<Result<null>> {
    leader.resume();
    const failure = await this.#resolveAt(leader);
    return failure === undefined ? succeed(null) : {ok: false, failure};
  }

  async #changeLinks(action: LinkAction): Promise<Outcome> {
    const refusal = linkRefusal(this.#dialect, action);
    if (refusal !== undefined) return failed(refusal);
    const changes = linkChanges(action, this.#links.all());
    return changes.ok ? this.#links.carryOut(changes.value) : failed(changes.failure);
  }

  // Settings.

  async #rewire(action: Extract<EngineAction, {type: 'topology' | 'loopguard'}>): Promise<Outcome> {
    const refusal =
      action.type === 'topology'
        ? (topologyRefusal(this.#dialect, action.topology) ??
          topologyFault(action.topology, this.#settings.members))
        : undefined;
    if (refusal !== undefined) return failed(refusal);
    const {settings, summary} = changeSettings(this.#settings, action, Date.now());
    // From here on the new links exist: a lab that is killed now starts again with them.
    const decided = (): void => this.#keep(settings);
    const failure = await this.#rewiring.carryOut(this.#leaders.values(), async () => {
      const brought = await this.#subscriptions.bring(plansOf(settings), decided);
      return brought.ok ? undefined : notDone(brought.failure, 'links are');
    });
    if (failure !== undefined) return failed(failure);
    if (action.type === 'topology') this.#records.clusterState.resetTraffic();
    return changed(summary);
  }

  async #switchResolver(
    action: Extract<SettingAction, {type: 'resolver' | 'restore-resolvers'}>,
  ): Promise<Outcome> {
    const {settings, summary} = changeSettings(this.#settings, action, Date.now());
    const unable = [settings.resolver, ...Object.values(settings.exceptions)].map(spec =>
      resolverRefusal(this.#dialect, spec as ResolverSpec),
    );
    const refusal = unable.find(failure => failure !== undefined);
    if (refusal !== undefined) return failed(refusal);
    const before = this.#settings;
    const failure = await this.#resolveBy(settings);
    if (failure === undefined) return changed(summary);
    const undone = await this.#resolveBy(before);
    if (undone === undefined) return failed(notDone(failure, 'resolver is'));
    this.#resolveLater();
    return failed(notUndone(failure, undone));
  }

  /** Until every server that is up resolves as the settings say. */
  #resolveLater(): void {
    const again = async (): Promise<Outcome> => {
      const failure = await this.#resolveAll();
      if (failure === undefined) return changed('every server resolves as the lab says');
      this.#resolveLater();
      return failed(failure);
    };
    setTimeout(() => void this.#queue.take(again), RESOLVE_AGAIN_MS).unref();
  }

  async #resolveBy(settings: Settings): Promise<Failure | undefined> {
    this.#keep(settings);
    return this.#resolveAll();
  }

  async #resolveAll(): Promise<Failure | undefined> {
    const failures = await Promise.all([...this.#leaders.values()].map(leader => this.#resolveAt(leader)));
    return failures.find(failure => failure !== undefined);
  }

  /** Sets a leader's server to its configured resolver. A server that is down gets it when it is up again. */
  async #resolveAt(leader: PostgresLeader): Promise<Failure | undefined> {
    const wanted = resolverAt(this.#settings, leader.id);
    const known = this.#resolvedBy.get(leader.id);
    if (!sameResolver(leader.replica.resolver, wanted)) {
      leader.replica.resolveBy(wanted);
      leader.touch();
    }
    if (leader.state.status !== 'up' || (known !== undefined && sameResolver(known, wanted)))
      return undefined;
    this.#resolvedBy.delete(leader.id);
    try {
      await this.#dialect.switchResolver(wanted, leader.sql);
      this.#halts.retried(leader.id);
      await this.#subscriptions.restartAt(leader.id);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      return leader.state.status === 'up' ? error.failure : undefined;
    }
    this.#resolvedBy.set(leader.id, wanted);
    return undefined;
  }

  #keep(settings: Settings): void {
    this.#settings = settings;
    if (this.#closing) return;
    try {
      this.#options.onSettings(settings);
    } catch (error) {
      this.#records.alarm(
        `the settings are not kept: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  // What servers and the proxy tell.

  #linksFrom(id: LeaderId): {peer: LeaderId; isOpen: boolean; waiting: number}[] {
    return this.#subscriptions
      .plans()
      .filter(({link}) => linkEnds(link).from === id)
      .map(plan => {
        const {from, to} = linkEnds(plan.link);
        const [sender, receiver] = [
          this.#leaders.get(from)?.replica.vv ?? {},
          this.#leaders.get(to)?.replica.vv ?? {},
        ];
        const isOpen = this.#subscriptions.statusOf(plan.link) === 'replicating';
        return {peer: to, isOpen, waiting: waitingOn(plan, sender, receiver)};
      });
  }

  #heardStatus(leader: LeaderId, {status, cause}: LeaderState): void {
    this.#records.add({
      type: 'leader',
      atMs: Date.now(),
      leader,
      status,
      ...(cause === undefined ? {} : {cause}),
    });
    // Its port may soon be another process's.
    if (status === 'down') void this.#proxy.setTarget(leader, null);
    this.#linksChanged();
  }

  heardLinks(traffic: {readonly [link: LinkId]: LinkTraffic}): void {
    this.#links.traffic(traffic);
    this.#changed();
  }

  heardProxy(isUp: boolean, text: string): void {
    if (this.#closing) return;
    this.#linksEnded = isUp ? undefined : text;
    this.#records.alarm(text);
    this.#changed();
  }

  /** What waits on links is told by their senders. */
  #linksChanged(): void {
    for (const leader of this.#leaders?.values() ?? []) leader.touch();
    this.#changed();
  }

  #changed(): void {
    this.#view = undefined;
    for (const listener of this.#listeners) listener();
  }

  async #afterwards(outcome: Promise<Outcome>): Promise<Outcome> {
    const ended = await outcome;
    this.#changed();
    return ended;
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
  }
}

/**
 * A failed change was undone, so its outcome is known. The message keeps only the first line of the server's
 * error.
 */
const notDone = (failure: Failure, what: string): Failure => ({
  code: 'not-done',
  message: `${firstLine(failure)}; the change was undone, and the ${what} as before`,
  ...(failure.hint === undefined ? {} : {hint: failure.hint}),
});

/** The lab goes on trying, and says what is not known. */
const notUndone = (failure: Failure, undone: Failure): Failure => ({
  code: 'not-undone',
  message: `${firstLine(failure)}; undoing the change failed, too: ${firstLine(undone)}; the lab tries again`,
});

const firstLine = ({message}: Failure): string => message.split('\n', 1)[0] ?? '';
