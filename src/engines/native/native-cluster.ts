/**
 * The native engine: one process for each leader, one process that carries all links, and a handler for every
 * action except those about virtual time.
 */
import {type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {ActionType, EngineAction, EngineActionType, TimeActionType} from '../../command/action.ts';
import type {LinkDefaults} from '../../faults/wan.ts';
import type {Cluster, Measurement, Outcome} from '../../port/cluster.ts';
import type {ClusterView} from '../../port/view.ts';
import {leaderSettings, SETTING_ACTIONS, type Settings} from '../shared/model/cluster-settings.ts';
import {capabilitiesOf} from '../shared/model/handlers.ts';
import type {LeaderState} from '../shared/model/leader-state.ts';
import {Membership} from '../shared/model/membership.ts';
import {changed} from '../shared/model/outcome.ts';
import {type ClusterHandlers, ProcessCluster} from '../shared/process-cluster.ts';
import {processHandlers} from '../shared/process-handlers.ts';
import type {Programs} from '../shared/programs.ts';
import {REAL_CLOCK} from '../shared/real-clock.ts';
import {ClientRequests} from '../shared/serve-clients.ts';
import {clientHandlers, linkHandlers, settingHandlers} from '../shared/shared-handlers.ts';
import type {StartedCluster} from '../shared/started-cluster.ts';
import {Configuration} from './configuration.ts';
import {join} from './join.ts';
import {LeaderFaults} from './leader-faults.ts';
import {LeaderHandle} from './leader-handle.ts';
import {Leaders} from './leaders.ts';
import {leave} from './leave.ts';
import type {NativeParts} from './native-parts.ts';
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
  readonly #options: NativeOptions;
  readonly #shell: ProcessCluster;
  readonly #configuration: Configuration;
  readonly #leaders: Leaders;
  readonly #handlers: NativeHandlers;

  /**
   * Resolves as soon as the cluster has a view. Its leaders may still be starting then; `ready` resolves once
   * they run and are linked.
   */
  static async start(options: NativeOptions, programs: Programs): Promise<Result<StartedCluster>> {
    const cluster = new NativeCluster(options, programs);
    const starting = cluster.#startLeaders();
    return cluster.#shell.start(
      cluster,
      () => cluster.#configuration.openLinks(),
      async () => cluster.#settle(await starting),
    );
  }

  private constructor(options: NativeOptions, programs: Programs) {
    this.#options = options;
    this.#shell = new ProcessCluster({...options, engine: this.engine, carries: 'frames', programs}, () => ({
      settings: this.#configuration.settings,
      leaders: this.#leaders.all(),
      links: this.#shell.links.all(),
    }));
    const {links, records, proxy} = this.#shell;
    this.#leaders = new Leaders(options.settings.members, id => this.#newHandle(id, programs));
    const leaders = this.#leaders;
    const membership = new Membership({
      members: () => [...leaders.handles.keys()],
      statusOf: id => leaders.statusOf(id),
      known: id => records.known(id),
    });
    this.#configuration = new Configuration({
      leaders,
      links,
      proxy,
      membership,
      settings: options.settings,
      save: next => this.#shell.saveSettings(next),
    });
    const clients = new ClientRequests({
      leaders: leaders.handles,
      links,
      ack: () => this.#configuration.settings.ack,
      isLeaving: leader => membership.leaving.has(leader),
      acknowledged: (dot, keys) => records.acknowledged(dot, keys),
    });
    this.#handlers = handlersFor(clients, {
      shell: this.#shell,
      leaders,
      configuration: this.#configuration,
      membership,
    });
    this.capabilities = capabilitiesOf(this.#handlers);
    this.#shell.leadersChanged();
  }

  #newHandle(id: LeaderId, programs: Programs): LeaderHandle {
    return new LeaderHandle({
      id,
      token: this.#shell.token,
      program: programs.leader,
      folder: this.#options.folderOf(id),
      onNews: news => this.#shell.leaderReported(id, news),
      onStatus: state => this.#leaderEntered(id, state),
    });
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

  #startLeaders(): Promise<readonly Result<null>[]> {
    const {settings, isNew} = this.#options;
    return Promise.all(
      this.#leaders.all().map(handle => handle.start(leaderSettings(settings, handle.id), isNew)),
    );
  }

  /** Gives each leader its links, and waits until they are open and all leaders accept writes. */
  async #settle(started: readonly Result<null>[]): Promise<Result<null>> {
    const broken = started.find(result => !result.ok);
    if (broken !== undefined || this.#shell.isClosing) return broken ?? succeed(null);
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

function handlersFor(clients: ClientRequests, parts: NativeParts): NativeHandlers {
  const {shell, configuration} = parts;
  return {
    ...clientHandlers(shell, clients),
    ...linkHandlers(shell),
    ...processHandlers(shell, new LeaderFaults(parts)),
    ...settingHandlers(shell, SETTING_ACTIONS, action => configuration.change(action)),
    join: ({leader, from}, {signal}) => shell.announce(join(parts, leader, from, signal)),
    leave: ({leader}, {signal}) => shell.announce(leave(parts, leader, signal)),
  };
}
