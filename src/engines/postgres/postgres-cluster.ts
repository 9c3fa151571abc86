/**
 * The engines of real PostgreSQL servers: one server for each leader, every subscription through the link
 * proxy. Leaders report events, which are handled here, in one place.
 */
import {randomBytes} from 'node:crypto';
import {assertNever} from '../../base/assert.ts';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {type Key, type LeaderId, linkEnds} from '../../base/ids.ts';
import type {ActionOf, ActionType, EngineAction} from '../../command/action.ts';
import {topologyFault} from '../../command/topology.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import type {ServerReading} from '../../history/comparison.ts';
import type {Cluster, LeaderMeasurement, Measurement, Outcome} from '../../port/cluster.ts';
import type {PostgresEngine} from '../../port/engine-name.ts';
import type {ClusterView, Offers} from '../../port/view.ts';
import {LinkProxy} from '../shared/link-proxy.ts';
import type {LinkPart} from '../shared/model/build-view.ts';
import {changeSettings, resolverAt, type Settings} from '../shared/model/cluster-settings.ts';
import {capabilitiesOf} from '../shared/model/handlers.ts';
import type {LeaderPart} from '../shared/model/leader-state.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {type EngineParts, ProcessCluster} from '../shared/process-cluster.ts';
import type {Programs} from '../shared/programs.ts';
import {REAL_CLOCK} from '../shared/real-clock.ts';
import {ClientRequests} from '../shared/serve-clients.ts';
import {PostgresClient} from './leader/postgres-client.ts';
import type {ClusterContext, PostgresEvent} from './leader/postgres-event.ts';
import {PostgresLeader} from './leader/postgres-leader.ts';
import {LeaderProcesses} from './leader-processes.ts';
import type {Dialect} from './links/dialect.ts';
import {LoopDetector} from './links/loop-detector.ts';
import {topologyRefusal} from './links/postgres-refusals.ts';
import {Rewiring} from './links/rewiring.ts';
import {StopTracker} from './links/stop-tracker.ts';
import {hops, plansOf, waitingOn} from './links/subscription-plan.ts';
import {Subscriptions} from './links/subscriptions.ts';
import {type PostgresHandlers, postgresHandlers} from './postgres-handlers.ts';
import {ResolverSwitch} from './resolver-switch.ts';
import type {Host} from './server/server-host.ts';
import {notDone} from './undone-change.ts';

export interface PostgresOptions {
  readonly dialect: Dialect;
  readonly settings: Settings;
  readonly links: LinkDefaults;
  /** Seeds all randomness of links and loads. */
  readonly seed: number;
  readonly historyFolder: string;
  /** Returns the host of a leader's server. `onLog` receives the text that the server writes to its log. */
  hostOf(leader: LeaderId, onLog: (text: string) => void): Host;
  /** True if the lab started the servers. */
  readonly isOurs: boolean;
  /** Called once the servers are unused. Resolves to one message for each thing that was not removed. */
  finish(): Promise<readonly string[]>;
  onClosed(): void;
  onSettings(settings: Settings): void;
}

export class PostgresCluster implements Cluster {
  readonly engine: PostgresEngine;
  readonly capabilities: ReadonlySet<ActionType>;
  readonly clock = REAL_CLOCK;
  readonly #options: PostgresOptions;
  readonly #dialect: Dialect;
  readonly #shell: ProcessCluster;
  readonly #leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly #subscriptions: Subscriptions;
  readonly #stops: StopTracker;
  readonly #loops = new LoopDetector((leader, text) => this.#leaders.get(leader)?.notice(text));
  readonly #rewiring = new Rewiring(() => this.measure());
  readonly #processes: LeaderProcesses;
  readonly #handlers: PostgresHandlers;
  readonly #offers: Offers;
  #settings: Settings;

  /**
   * Resolves as soon as the cluster has a view. Its leaders may still be starting then; `ready` resolves once
   * they run and are linked.
   */
  static async start(
    options: PostgresOptions,
    programs: Programs,
  ): Promise<Result<{cluster: PostgresCluster; ready: Promise<Result<null>>}>> {
    let cluster: PostgresCluster | undefined;
    const shell = (): ProcessCluster | undefined => (cluster === undefined ? undefined : cluster.#shell);
    const proxy = await LinkProxy.start(programs, randomBytes(16).toString('hex'), shell);
    if (!proxy.ok) {
      options.onClosed();
      return proxy;
    }
    cluster = new PostgresCluster(options, proxy.value);
    return succeed({cluster, ready: cluster.#getReady()});
  }

  private constructor(options: PostgresOptions, proxy: LinkProxy) {
    const {dialect, settings, isOurs} = options;
    this.#options = options;
    this.#dialect = dialect;
    this.engine = dialect.engine;
    this.#settings = settings;
    this.#shell = new ProcessCluster({...options, engine: dialect.engine, carries: 'stream'}, proxy, () =>
      this.#parts(),
    );
    const {queue} = this.#shell;
    this.#leaders = new Map(settings.members.map(id => [id, this.#newLeader(id)]));
    const leaders = this.#leaders;
    this.#subscriptions = this.#newSubscriptions();
    const subscriptions = this.#subscriptions;
    this.#stops = new StopTracker({
      leaders,
      subscriptions,
      readsLogs: isOurs,
      changed: () => this.#linksChanged(),
    });
    const resolvers = new ResolverSwitch({
      dialect,
      leaders,
      queue,
      settings: () => this.#settings,
      setSettings: next => this.#setSettings(next),
      restartWorkers: leader => {
        this.#stops.workersRestarted(leader);
        return subscriptions.restartAt(leader);
      },
    });
    this.#processes = new LeaderProcesses({dialect, leaders, proxy, subscriptions, resolvers});
    this.#handlers = postgresHandlers(dialect, {
      shell: this.#shell,
      clients: this.#newClients(),
      processes: isOurs ? this.#processes : undefined,
      changeLinks: action => this.#changeLinks(action),
      changeResolvers: action => resolvers.change(action),
    });
    this.capabilities = capabilitiesOf(this.#handlers);
    const {resolvers: names, topologies} = dialect;
    this.#offers = {resolvers: names, topologies, clocks: this.capabilities.has('clock')};
    this.#shell.leadersChanged();
  }

  #newLeader(id: LeaderId): PostgresLeader {
    const context: ClusterContext = {
      members: () => this.#settings.members,
      hops: (from, to) => hops(this.#subscriptions.plans(), from, to),
      linksFrom: leader => this.#linksFrom(leader),
      operation: dot =>
        [...this.#leaders.values()].map(({replica}) => replica.get(dot)).find(op => op !== undefined),
    };
    return new PostgresLeader({
      id,
      resolver: resolverAt(this.#settings, id),
      context,
      newHost: onLog => this.#options.hostOf(id, onLog),
      onEvent: event => this.#handle(id, event),
    });
  }

  #newSubscriptions(): Subscriptions {
    return new Subscriptions({
      dialect: this.#dialect,
      leaders: this.#leaders,
      links: this.#shell.links,
      changed: (link, status, counted) => {
        this.#stops.subscriptionEntered(link, status);
        void this.#stops.countersIncreased(link, counted);
        this.#linksChanged();
      },
      failed: reason => this.#shell.records.notice(`the subscriptions cannot be watched: ${reason}`),
    });
  }

  #newClients(): ClientRequests {
    const leaders = [...this.#leaders].map(([id, leader]) => {
      const client = new PostgresClient({
        leader,
        writing: work => this.#rewiring.write(work),
        skip: origin => this.#stops.skip(id, origin),
      });
      return [id, client] as const;
    });
    return new ClientRequests({
      leaders: new Map(leaders),
      links: this.#shell.links,
      ack: () => 'local',
      // Under pglogical, two commits of the same microsecond may exchange their values, even if the last
      // update wins.
      isOneByOne: true,
      isLeaving: () => false,
      acknowledged: (dot, keys) => this.#shell.records.acknowledged(dot, keys),
    });
  }

  // What the port asks.

  view(): ClusterView {
    return this.#shell.view();
  }

  subscribe(listener: () => void): () => void {
    return this.#shell.subscribe(listener);
  }

  async measure(): Promise<Measurement> {
    const leaders: {[leader: LeaderId]: LeaderMeasurement} = {};
    const silent: LeaderId[] = [];
    await Promise.all(
      [...this.#leaders.values()].map(async leader => {
        const measured = leader.state.status === 'up' ? await leader.measure() : undefined;
        leader.publishNow();
        if (measured?.ok) leaders[leader.id] = measured.value;
        else silent.push(leader.id);
      }),
    );
    return {leaders, silent};
  }

  serverReadings(key: Key): {readonly [leader: LeaderId]: ServerReading} {
    const up = [...this.#leaders.values()].filter(({state}) => state.status === 'up');
    return Object.fromEntries(up.map(({id, replica}) => [id, replica.readingOf(key)]));
  }

  execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    return this.#shell.execute(this.#handlers, action, focused, signal);
  }

  close(): Promise<void> {
    return this.#shell.close(async () => {
      this.#subscriptions.close();
      await Promise.all([...this.#leaders.values()].map(leader => leader.close()));
      await this.#shell.proxy.stop();
      for (const left of await this.#options.finish()) this.#shell.records.notice(left);
    });
  }

  // Starting.

  async #getReady(): Promise<Result<null>> {
    const count = this.#leaders.size;
    const progress = this.#shell.activities.begin(`starting ${count} PostgreSQL servers`);
    const opening = this.#open(done => progress.update(done, count + 1, done < count ? 'servers' : 'links'));
    this.#shell.queue.after(opening);
    const opened = await opening;
    progress.end();
    if (this.#shell.isClosing) return fail('closed', 'the lab was closed while it started');
    if (!opened.ok) await this.close();
    return opened;
  }

  async #open(progress: (done: number) => void): Promise<Result<null>> {
    const failure = await this.#processes.startAll(progress);
    if (failure !== undefined) return {ok: false, failure};
    return this.#shell.isClosing
      ? fail('closed', 'the lab was closed')
      : this.#subscriptions.bring(plansOf(this.#settings));
  }

  // Settings.

  /** Changes the topology or the loop guard. Both change subscriptions. */
  async #changeLinks(action: ActionOf<'topology' | 'loopguard'>): Promise<Outcome> {
    const refusal =
      action.type === 'topology'
        ? (topologyRefusal(this.#dialect, action.topology) ??
          topologyFault(action.topology, this.#settings.members))
        : undefined;
    if (refusal !== undefined) return failed(refusal);
    const {settings, summary} = changeSettings(this.#settings, action, Date.now());
    // From here on the new links exist: a lab that is killed now starts again with them.
    const decided = (): void => this.#setSettings(settings);
    const failure = await this.#rewiring.carryOut(this.#leaders.values(), async () => {
      const brought = await this.#subscriptions.bring(plansOf(settings), decided);
      return brought.ok ? undefined : notDone(brought.failure, 'links are');
    });
    if (failure !== undefined) return failed(failure);
    if (action.type === 'topology') this.#shell.records.clusterState.resetTraffic();
    return changed(summary);
  }

  #setSettings(settings: Settings): void {
    this.#settings = settings;
    this.#shell.saveSettings(settings);
  }

  // Events of leaders.

  #handle(leader: LeaderId, event: PostgresEvent): void {
    switch (event.type) {
      case 'status':
        this.#shell.leaderEntered(leader, event.state);
        return this.#linksChanged();
      case 'news':
        return this.#shell.leaderReported(leader, event.news);
      case 'operations':
        this.#stops.operationsArrived(leader);
        return this.#linksChanged();
      case 'rewritten':
        return this.#loops.rewritten(leader, event.dot);
      case 'row':
        return this.#stops.rowChanged(leader, event.key);
      case 'apply-failed':
        if (!this.#shell.isClosing) void this.#stops.applyFailed(leader, event);
        return;
      default:
        return assertNever(event);
    }
  }

  /** The news of a sender contain the operations that wait on its links. */
  #linksChanged(): void {
    for (const leader of this.#leaders.values()) leader.republish();
    this.#shell.changed();
  }

  // Parts of the view and of news.

  #parts(): EngineParts {
    return {
      offers: this.#offers,
      settings: this.#settings,
      leaders: [...this.#leaders.values()].map(leader => this.#leaderPart(leader)),
      links: this.#shell.links.all().map(link => this.#linkPart(link)),
    };
  }

  #leaderPart({id, state, pid, port}: PostgresLeader): LeaderPart {
    return {id, state, pid, port, halted: this.#stops.haltedAt(id)};
  }

  #linkPart(link: LinkPart): LinkPart {
    const stopped = this.#stops.of(link.id);
    const counted = this.#subscriptions.countedOf(link.id);
    return {
      ...link,
      ...(stopped === undefined ? {} : {stopped}),
      ...(Object.keys(counted).length === 0 ? {} : {counted}),
    };
  }

  #linksFrom(id: LeaderId): {peer: LeaderId; isOpen: boolean; waiting: number}[] {
    const appliedAt = (leader: LeaderId) => this.#leaders.get(leader)?.replica.vv ?? {};
    return this.#subscriptions
      .plans()
      .filter(({link}) => linkEnds(link).from === id)
      .map(plan => {
        const {from, to} = linkEnds(plan.link);
        const isOpen = this.#subscriptions.statusOf(plan.link) === 'replicating';
        return {peer: to, isOpen, waiting: waitingOn(plan, appliedAt(from), appliedAt(to))};
      });
  }
}
