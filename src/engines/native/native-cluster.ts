/**
 * The native engine: one process for each leader, one process that carries all links, and a handler for every
 * action except those about virtual time.
 */
import {fail, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {ActionType, EngineAction, EngineActionType, TimeActionType} from '../../command/action.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import type {Cluster, Measurement, Outcome} from '../../port/cluster.ts';
import type {ClusterView} from '../../port/view.ts';
import {SETTING_ACTIONS, type SettingAction, type Settings} from '../shared/model/cluster-settings.ts';
import {capabilitiesOf, sameHandler} from '../shared/model/handlers.ts';
import type {LeaderState} from '../shared/model/leader-state.ts';
import {changed} from '../shared/model/outcome.ts';
import {type ClusterHandlers, ProcessCluster} from '../shared/process-cluster.ts';
import type {Programs} from '../shared/programs.ts';
import {REAL_CLOCK} from '../shared/real-clock.ts';
import {ClientRequests} from '../shared/serve-clients.ts';
import {clientHandlers, linkHandlers, processHandlers} from '../shared/shared-handlers.ts';
import {Configuration} from './configuration.ts';
import {join} from './join.ts';
import {Leaders} from './leaders.ts';
import {leave} from './leave.ts';
import type {MembershipParts} from './membership.ts';
import {type Processes, startProcesses} from './start-processes.ts';
import {waitUntil} from './wait-until.ts';

/** Everything but virtual time. */
type NativeHandlers = ClusterHandlers<Exclude<EngineActionType, TimeActionType>>;

/** The lab waits at most this long for the greetings on slow links. */
const LINKED_LIMIT_MS = 5000;

export interface NativeOptions {
  readonly settings: Settings;
  readonly links: LinkDefaults;
  /** Seeds all randomness of links and loads. */
  readonly seed: number;
  /** The folder of `history.jsonl` and `conflicts.jsonl`. */
  readonly historyFolder: string;
  /** True if no lab used these folders before. */
  readonly isNew: boolean;
  /** The folder of one leader's log. */
  folderOf(leader: LeaderId): string;
  /** Called once, after everything has ended. */
  onClosed(): void;
  /** Saves settings after a change. */
  onSettings(settings: Settings): void;
}

/** A cluster whose leaders are processes of our own. */
export class NativeCluster implements Cluster {
  readonly engine = 'native';
  readonly clock = REAL_CLOCK;
  readonly capabilities: ReadonlySet<ActionType>;
  readonly #shell: ProcessCluster;
  readonly #configuration: Configuration;
  readonly #leaders: Leaders;
  readonly #handlers: NativeHandlers;
  readonly #starting: Promise<readonly Result<null>[]>;

  /**
   * Resolves as soon as the cluster has a view. Its leaders may still be starting then; `ready` resolves once
   * they run and are linked.
   */
  static async start(
    options: NativeOptions,
    programs: Programs,
  ): Promise<Result<{cluster: NativeCluster; ready: Promise<Result<null>>}>> {
    let cluster: NativeCluster | undefined;
    const shell = (): ProcessCluster | undefined => (cluster === undefined ? undefined : cluster.#shell);
    const processes = await startProcesses({
      settings: options.settings,
      folderOf: id => options.folderOf(id),
      isNew: options.isNew,
      programs,
      proxyListener: shell,
      onNews: (leader, news) => shell()?.leaderReported(leader, news),
      onStatus: (leader, state) => {
        if (cluster !== undefined) cluster.#leaderEntered(leader, state);
      },
    });
    if (!processes.ok) {
      options.onClosed();
      return processes;
    }
    cluster = new NativeCluster(options, processes.value);
    return succeed({cluster, ready: cluster.#getReady()});
  }

  private constructor(options: NativeOptions, {handles, newHandle, proxy, starting}: Processes) {
    this.#starting = starting;
    this.#shell = new ProcessCluster({...options, engine: this.engine, carries: 'frames'}, proxy, () => ({
      settings: this.#configuration.settings,
      leaders: this.#leaders.all(),
      links: this.#shell.links.all(),
    }));
    const {links, queue, records, activities} = this.#shell;
    this.#configuration = new Configuration(handles, links, proxy, options.settings, next =>
      this.#shell.saveSettings(next),
    );
    this.#leaders = new Leaders(handles, this.#configuration);
    const clients = new ClientRequests({
      leaders: handles,
      links,
      ack: () => this.#configuration.settings.ack,
      isLeaving: leader => this.#configuration.leaving.has(leader),
      acknowledged: (dot, keys) => records.acknowledged(dot, keys),
    });
    this.#handlers = this.#handlersFor(clients, {
      handles,
      leaders: this.#leaders,
      configuration: this.#configuration,
      activities,
      newHandle,
      known: leader => records.known(leader),
      leadersChanged: () => this.#shell.leadersChanged(),
      subscribe: listener => this.subscribe(listener),
      inTurn: change => queue.take(change),
      closing: this.#shell.ending,
    });
    this.capabilities = capabilitiesOf(this.#handlers);
    this.#shell.leadersChanged();
  }

  #handlersFor(clients: ClientRequests, membership: MembershipParts): NativeHandlers {
    const shell = this.#shell;
    const set = (action: SettingAction): Promise<Outcome> =>
      shell.announce(shell.queue.take(() => this.#set(action)));
    return {
      ...clientHandlers(shell, clients),
      ...linkHandlers(shell),
      ...processHandlers(shell, this.#leaders),
      join: ({leader, from}, {signal}) => shell.announce(join(membership, leader, from, signal)),
      leave: ({leader}, {signal}) => shell.announce(leave(membership, leader, signal)),
      ...sameHandler(SETTING_ACTIONS, set),
    };
  }

  view(): ClusterView {
    return this.#shell.view();
  }

  subscribe(listener: () => void): () => void {
    return this.#shell.subscribe(listener);
  }

  measure(): Promise<Measurement> {
    return this.#leaders.measure();
  }

  execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    return this.#shell.execute(this.#handlers, action, focused, signal);
  }

  close(): Promise<void> {
    return this.#shell.close(async () => {
      await Promise.all(this.#leaders.all().map(handle => handle.close()));
      await this.#shell.proxy.stop();
    });
  }

  async #getReady(): Promise<Result<null>> {
    const opening = this.#configuration.openLinks();
    this.#shell.queue.after(opening);
    const [opened, started] = await Promise.all([opening, this.#starting]);
    if (this.#shell.isClosing) return fail('closed', 'the lab was closed while it started');
    const broken = [opened, ...started].find(result => !result.ok);
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
   * Waits until both ends of every link have greeted each other, so that a fault of the first command meets
   * an open link.
   */
  async #linked(): Promise<void> {
    const isLinked = (): boolean => this.view().links.every(({connection}) => connection === 'open');
    await waitUntil(isLinked, {
      subscribe: listener => this.subscribe(listener),
      limitMs: LINKED_LIMIT_MS,
      signal: this.#shell.ending,
    });
  }

  async #set(action: SettingAction): Promise<Outcome> {
    const outcome = await this.#configuration.change(action);
    if (action.type === 'topology' && outcome.status !== 'fail')
      this.#shell.records.clusterState.resetTraffic();
    return outcome;
  }

  #leaderEntered(leader: LeaderId, state: LeaderState): void {
    this.#shell.leaderEntered(leader, state);
    if (state.status === 'down' || state.status === 'up') void this.#shell.queue.take(() => this.#relink());
  }

  /** A ring is closed around a dead leader, and opened for it when it is back. */
  async #relink(): Promise<Outcome> {
    await this.#configuration.relink();
    this.#shell.changed();
    return changed('relinked');
  }
}
