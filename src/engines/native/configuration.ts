/**
 * Holds the settings of a native cluster, and makes links and leaders follow them.
 */
import {assert} from '../../base/assert.ts';
import {type Failure, type Result, succeed} from '../../base/failure.ts';
import {type LinkId, linkEnds} from '../../base/ids.ts';
import type {Outcome} from '../../port/cluster.ts';
import type {LinkProxy} from '../shared/link-proxy.ts';
import type {Links} from '../shared/links.ts';
import {
  changeSettings,
  leaderSettings,
  type SettingAction,
  type Settings,
  settingFault,
} from '../shared/model/cluster-settings.ts';
import type {Membership} from '../shared/model/membership.ts';
import {changed, failed, statusOf, worstFailure} from '../shared/model/outcome.ts';
import {forwardOver, wantedLinks} from '../shared/model/wiring.ts';
import type {LeaderHandle} from './leader-handle.ts';
import type {Leaders} from './leaders.ts';

const CONFIGURE_TIMEOUT_MS = 2000;
/** A leader loads the user's module before it answers, which may take 5 s. */
const MODULE_TIMEOUT_MS = 8000;

export interface ConfigurationOptions {
  readonly leaders: Leaders;
  readonly links: Links;
  readonly proxy: LinkProxy;
  readonly membership: Membership;
  readonly settings: Settings;
  save(settings: Settings): void;
}

/** All changes run within the queue of changes. */
export class Configuration {
  readonly #options: ConfigurationOptions;
  /** Their members are leaders that are there. */
  #settings: Settings;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  get settings(): Settings {
    return this.#settings;
  }

  async change(action: SettingAction): Promise<Outcome> {
    const fault = settingFault(this.#settings, action);
    if (fault !== undefined) return failed(fault);
    const {settings, summary} = changeSettings(this.#settings, action, Date.now());
    const failure = await this.bring(settings);
    return failure === undefined ? changed(summary) : failed(failure);
  }

  /**
   * Makes the cluster follow these settings. If a leader refuses them, they are undone everywhere; a leader
   * that gave no answer may follow them.
   */
  async bring(settings: Settings): Promise<Failure | undefined> {
    const {leaders, save} = this.#options;
    assert(
      settings.members.every(id => leaders.get(id) !== undefined),
      'settings name leaders that are there',
    );
    const before = this.#settings;
    this.#settings = settings;
    const failure = await this.apply();
    if (failure !== undefined && statusOf(failure) === 'fail') {
      this.#settings = before;
      await this.apply();
    } else {
      save(settings);
    }
    return failure;
  }

  /**
   * Makes links and leaders follow the settings. Links first: leaders have to know where their links begin.
   */
  async apply(): Promise<Failure | undefined> {
    const linked = await this.#options.links.arrange(this.#wantedLinks());
    return linked.ok ? this.#configureAll() : linked.failure;
  }

  /** Makes links and leaders follow the settings after leaders came or went. */
  async rearrange(): Promise<Outcome> {
    const failure = await this.apply();
    return failure === undefined ? changed('rearranged') : failed(failure);
  }

  /** Changes links after leaders died or came back, if the topology links leaders around dead ones. */
  async relink(): Promise<void> {
    const [wanted, present] = [this.#wantedLinks(), new Set(this.#options.links.all().map(({id}) => id))];
    if (wanted.length !== present.size || wanted.some(link => !present.has(link))) await this.apply();
  }

  async openLinks(): Promise<Result<null>> {
    return this.#options.links.arrange(this.#wantedLinks());
  }

  /** Gives the proxy the port of the leader, and the leader its settings and links. */
  async introduce(handle: LeaderHandle): Promise<Result<null>> {
    await this.#options.proxy.setTarget(handle.id, handle.port ?? null);
    return this.#configure(handle);
  }

  async introduceAll(): Promise<void> {
    await Promise.all(this.#options.leaders.all().map(handle => this.introduce(handle)));
  }

  /** Leaders that are down get their settings when they start, paused leaders when they resume. */
  async #configureAll(): Promise<Failure | undefined> {
    const handles = this.#options.leaders.all();
    for (const handle of handles) if (handle.state.status === 'paused') void this.#configure(handle);
    const up = handles.filter(({state}) => state.status === 'up');
    return worstFailure(await Promise.all(up.map(handle => this.#configure(handle))));
  }

  async #configure(handle: LeaderHandle): Promise<Result<null>> {
    if (handle.port === undefined) return succeed(null);
    const {links, membership} = this.#options;
    const peers = links.from(handle.id).map(({id, port}) => ({
      leader: linkEnds(id).to,
      port,
      forward: forwardOver(id, this.#settings, membership),
    }));
    const settings = leaderSettings(this.#settings, handle.id);
    const timeoutMs = settings.resolver.name === 'custom' ? MODULE_TIMEOUT_MS : CONFIGURE_TIMEOUT_MS;
    return handle.configure(settings, peers, timeoutMs);
  }

  #wantedLinks(): LinkId[] {
    const {leaders, membership} = this.#options;
    const dead = leaders.all().filter(({state}) => state.status === 'down');
    return wantedLinks(this.#settings, new Set(dead.map(({id}) => id)), membership);
  }
}
