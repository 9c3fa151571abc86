/**
 * The engines of real PostgreSQL servers: one server for each leader, every subscription through the link
 * proxy. Leaders report events, which are handled here, in one place.
 */
import {assertNever} from '../../base/assert.ts';
import {fail, type Result} from '../../base/failure.ts';
import type {Key, LeaderId} from '../../base/ids.ts';
import type {ActionType, EngineAction} from '../../command/action.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import type {ServerReading} from '../../history/comparison.ts';
import type {Cluster, Measurement, Outcome} from '../../port/cluster.ts';
import type {PostgresEngine} from '../../port/engine-name.ts';
import type {ClusterView, Offers} from '../../port/view.ts';
import {measureLeaders} from '../shared/measure-leaders.ts';
import {resolverAt, type Settings} from '../shared/model/cluster-settings.ts';
import {capabilitiesOf} from '../shared/model/handlers.ts';
import {type EngineParts, ProcessCluster} from '../shared/process-cluster.ts';
import type {Programs} from '../shared/programs.ts';
import {REAL_CLOCK} from '../shared/real-clock.ts';
import {ClientRequests} from '../shared/serve-clients.ts';
import type {StartedCluster} from '../shared/started-cluster.ts';
import {CurrentSettings} from './current-settings.ts';
import {PostgresClient} from './leader/postgres-client.ts';
import type {ClusterContext, PostgresEvent} from './leader/postgres-event.ts';
import {PostgresLeader} from './leader/postgres-leader.ts';
import {LeaderProcesses} from './leader-processes.ts';
import {LinkSwitch} from './link-switch.ts';
import type {Dialect} from './links/dialect.ts';
import {LoopDetector} from './links/loop-detector.ts';
import {Rewiring} from './links/rewiring.ts';
import {StopTracker} from './links/stop-tracker.ts';
import {hops, plansOf} from './links/subscription-plan.ts';
import {Subscriptions} from './links/subscriptions.ts';
import {type PostgresHandlers, postgresHandlers} from './postgres-handlers.ts';
import {leaderPart, linkPart, linksFrom} from './postgres-view.ts';
import {ResolverSwitch} from './resolver-switch.ts';
import type {Host} from './server/server-host.ts';

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
  readonly #shell: ProcessCluster;
  readonly #settings: CurrentSettings;
  readonly #leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly #subscriptions: Subscriptions;
  readonly #stops: StopTracker;
  readonly #loops = new LoopDetector((leader, text) => this.#leaders.get(leader)?.notice(text));
  readonly #rewiring = new Rewiring(() => this.measure());
  readonly #processes: LeaderProcesses;
  readonly #handlers: PostgresHandlers;
  readonly #offers: Offers;

  /**
   * Resolves as soon as the cluster has a view. Its leaders may still be starting then; `ready` resolves once
   * they run and are linked.
   */
  static async start(options: PostgresOptions, programs: Programs): Promise<Result<StartedCluster>> {
    const cluster = new PostgresCluster(options, programs);
    return cluster.#shell.start(cluster, () => cluster.#open());
  }

  private constructor(options: PostgresOptions, programs: Programs) {
    const {dialect, isOurs} = options;
    const {engine} = dialect;
    this.#options = options;
    this.engine = engine;
    this.#shell = new ProcessCluster({...options, engine, carries: 'stream', programs}, () => this.#parts());
    this.#settings = new CurrentSettings(options.settings, next => this.#shell.saveSettings(next));
    this.#leaders = new Map(options.settings.members.map(id => [id, this.#newLeader(id)]));
    this.#subscriptions = this.#newSubscriptions();
    const [settings, leaders, subscriptions] = [this.#settings, this.#leaders, this.#subscriptions];
    this.#stops = new StopTracker({
      leaders,
      subscriptions,
      readsLogs: isOurs,
      changed: () => this.#linksChanged(),
    });
    const {queue, proxy} = this.#shell;
    const resolvers = new ResolverSwitch({
      dialect,
      leaders,
      queue,
      settings,
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
      links: new LinkSwitch({dialect, leaders, subscriptions, settings, rewiring: this.#rewiring}),
      resolvers,
    });
    this.capabilities = capabilitiesOf(this.#handlers);
    const {resolvers: names, topologies} = dialect;
    this.#offers = {resolvers: names, topologies, clocks: this.capabilities.has('clock')};
    this.#shell.leadersChanged();
  }

  #newLeader(id: LeaderId): PostgresLeader {
    const context: ClusterContext = {
      members: () => this.#settings.get().members,
      hops: (from, to) => hops(this.#subscriptions.plans(), from, to),
      linksFrom: leader => linksFrom(leader, this.#leaders, this.#subscriptions),
      operation: dot =>
        [...this.#leaders.values()].map(({replica}) => replica.get(dot)).find(op => op !== undefined),
    };
    return new PostgresLeader({
      id,
      resolver: resolverAt(this.#settings.get(), id),
      context,
      newHost: onLog => this.#options.hostOf(id, onLog),
      onEvent: event => this.#handle(id, event),
    });
  }

  #newSubscriptions(): Subscriptions {
    return new Subscriptions({
      dialect: this.#options.dialect,
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
    return measureLeaders([...this.#leaders.values()], async leader => {
      const measured = await leader.measure();
      leader.publishNow();
      return measured;
    });
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

  /** Servers need seconds to start, so they do not start if nothing can carry their links. */
  async #open(): Promise<Result<null>> {
    const {proxy, activities} = this.#shell;
    const carried = await proxy.started;
    if (!carried.ok) return carried;
    const count = this.#leaders.size;
    const progress = activities.begin(`starting ${count} PostgreSQL servers`);
    const failure = await this.#processes.startAll(done =>
      progress.update(done, count + 1, done < count ? 'servers' : 'links'),
    );
    const opened = failure === undefined ? await this.#openLinks() : {ok: false as const, failure};
    progress.end();
    return opened;
  }

  async #openLinks(): Promise<Result<null>> {
    return this.#shell.isClosing
      ? fail('closed', 'the lab was closed')
      : this.#subscriptions.bring(plansOf(this.#settings.get()));
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

  #parts(): EngineParts {
    return {
      offers: this.#offers,
      settings: this.#settings.get(),
      leaders: [...this.#leaders.values()].map(leader => leaderPart(leader, this.#stops)),
      links: this.#shell.links.all().map(link => linkPart(link, this.#stops, this.#subscriptions)),
    };
  }
}
