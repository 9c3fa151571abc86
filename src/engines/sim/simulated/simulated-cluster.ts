/**
 * A simulated cluster with everything that an engine's cluster has: its settings, its cluster state, the
 * faults of its leaders and links. It runs the world of `sim/`, and learns from its replicas what the native
 * engine learns from processes. It is deterministic: the same inputs at the same moments give the same
 * cluster, so its owner can recreate it. Nothing here waits: answers come by callback.
 */
import {assert, assertNever} from '../../../base/assert.ts';
import type {LeaderId, LinkId} from '../../../base/ids.ts';
import {topologyFault} from '../../../command/topology.ts';
import type {LeaderEvent} from '../../../core/io/leader-event.ts';
import type {VersionVector} from '../../../core/log/version-vector.ts';
import type {CustomModule} from '../../../core/resolvers/custom-module.ts';
import type {ProcessFault} from '../../../faults/process-fault.ts';
import type {LinkDefaults} from '../../../faults/wan.ts';
import type {Measurement, Outcome} from '../../../port/cluster.ts';
import {isHeartbeat, type LinkMessage, type SimLink} from '../../../sim/simulated-link.ts';
import {EPOCH_MS, type Site, type SiteSettings} from '../../../sim/site.ts';
import {World, type WorldObserver} from '../../../sim/world.ts';
import {Activities} from '../../shared/model/activities.ts';
import {
  changeSettings,
  clockOf,
  leaderSettings,
  type SettingAction,
  type Settings,
} from '../../shared/model/cluster-settings.ts';
import {ClusterState} from '../../shared/model/cluster-state.ts';
import type {LeaderState} from '../../shared/model/leader-state.ts';
import {type LinkAction, linkChanges} from '../../shared/model/link-changes.ts';
import {changed, failed} from '../../shared/model/outcome.ts';
import {doneInWords, processRefusal} from '../../shared/model/process-faults.ts';
import {forwardOver, wantedLinks} from '../../shared/model/wiring.ts';
import {LeaderReports} from './leader-reports.ts';

/** A commit takes no time here, so a leader shows every write that it has confirmed to a client. */
const DISK_MS = 0;
/** In virtual time: the start waits at most this long for the links to connect. */
const CONNECT_LIMIT_MS = 5000;

export interface SimulatedClusterOptions {
  readonly settings: Settings;
  readonly links: LinkDefaults;
  readonly seed: number;
  /** The user's module that was loaded from that file. */
  module(file: string): CustomModule | undefined;
}

/** A message that has reached the end of its link. */
export interface Arrival {
  readonly link: SimLink;
  readonly message: LinkMessage;
  /** In the world's time. */
  readonly atMs: number;
}

export class SimulatedCluster implements WorldObserver {
  readonly world: World;
  readonly clusterState = new ClusterState();
  readonly activities = new Activities(() => {});
  readonly startedAtMs: number;
  /** For each leader that still catches up after `join`, the leader that sends it everything it lacks. */
  readonly donors = new Map<LeaderId, LeaderId>();
  /** Leaders that leave and hand over their operations. */
  readonly leaving = new Set<LeaderId>();
  /** How many messages have arrived, heartbeats not counted; and the last of them. */
  arrivals = 0;
  lastArrival: Arrival | undefined;
  readonly #options: SimulatedClusterOptions;
  readonly #reports = new LeaderReports(this);
  readonly #states = new Map<LeaderId, LeaderState>();
  readonly #rulesSinceMs = new Map<LinkId, number>();
  /** Called after every event until they return true. */
  readonly #watches = new Set<() => boolean>();
  #settings: Settings;

  constructor(options: SimulatedClusterOptions) {
    const {settings, links, seed} = options;
    this.#options = options;
    this.#settings = settings;
    this.world = new World({seed, links, diskMs: DISK_MS, recovers: false, observer: this});
    for (const id of settings.members) this.#admit(id);
    this.#updateMembers();
    this.arrange();
    const {time} = this.world;
    time.until(
      () => this.world.sites().every(({replica}) => replica.links().every(({isOpen}) => isOpen)),
      CONNECT_LIMIT_MS,
    );
    // At a whole second, so that wall clocks and the time since the start have the same milliseconds.
    const startMs = Math.ceil(time.nowMs / 1000) * 1000;
    time.until(() => false, startMs - time.nowMs);
    time.passTo(startMs);
    this.flushReports();
    this.startedAtMs = this.nowMs;
  }

  /** What a correct wall clock shows, in whole milliseconds. */
  get nowMs(): number {
    return EPOCH_MS + Math.floor(this.world.time.nowMs);
  }

  get settings(): Settings {
    return this.#settings;
  }

  get seed(): number {
    return this.#options.seed;
  }

  /** Runs the next event. False when no event is left. */
  step(): boolean {
    const hasHappened = this.world.time.step();
    this.checkWatches();
    return hasHappened;
  }

  /** True if the cluster state lacks something that leaders have to report. */
  get hasUnsentReports(): boolean {
    return this.#reports.hasUnsent;
  }

  flushReports(): void {
    this.#reports.flush();
    assert(!this.hasUnsentReports, 'a flush sends every report');
  }

  /** Calls the watches, also between events. */
  checkWatches(): void {
    for (const isDone of this.#watches) if (isDone()) this.#watches.delete(isDone);
  }

  /** Calls `isDone` now and after every event, until it returns true. */
  watch(isDone: () => boolean): void {
    if (!isDone()) this.#watches.add(isDone);
  }

  measure(): Measurement {
    const sites = this.world.sites();
    const live = sites.filter(({status}) => status === 'up');
    const leaders = Object.fromEntries(
      live.map(({id, replica}) => [id, {vv: replica.vv, digest: replica.fold.digest()}]),
    );
    return {leaders, silent: sites.filter(({status}) => status !== 'up').map(({id}) => id)};
  }

  // Leaders.

  stateOf(id: LeaderId): LeaderState | undefined {
    return this.#states.get(id);
  }

  /** What the leader has, as far as it has reported it. */
  known(id: LeaderId): VersionVector {
    return this.clusterState.union([id]);
  }

  changeProcesses(fault: ProcessFault, ids: readonly LeaderId[]): Outcome {
    const refusal = processRefusal(fault, ids, id => this.stateOf(id)?.status);
    if (refusal !== undefined) return failed(refusal);
    for (const id of ids) this.#changeProcess(fault, id);
    this.arrange();
    return changed(doneInWords(fault, ids));
  }

  /** Adds a leader; `settings` have it as a member. */
  admit(id: LeaderId, settings: Settings): void {
    assert(settings.members.includes(id), 'the new settings have the new member');
    this.#settings = settings;
    this.#admit(id);
    this.#updateMembers();
    this.#configure();
  }

  /** Removes a leader; `settings` do not have it as a member. */
  dismiss(id: LeaderId, settings: Settings): void {
    assert(!settings.members.includes(id), 'the new settings are without the old member');
    this.#settings = settings;
    this.donors.delete(id);
    this.arrange();
    this.world.dismiss(id);
    this.#states.delete(id);
    this.#reports.forget(id);
    this.#updateLive();
    this.#updateMembers();
    this.#configure();
  }

  // Settings and links.

  changeSettings(action: SettingAction): Outcome {
    const fault =
      action.type === 'topology' ? topologyFault(action.topology, this.#settings.members) : undefined;
    if (fault !== undefined) return failed(fault);
    const {settings, summary} = changeSettings(this.#settings, action, this.nowMs);
    this.#settings = settings;
    this.#configure();
    if (action.type === 'topology') this.clusterState.resetTraffic();
    return changed(summary);
  }

  /** The user's module was loaded again from this file. */
  moduleChanged(file: string): void {
    for (const {id, settings} of this.world.sites()) {
      if (settings.resolver.name === 'custom' && settings.resolver.file === file)
        this.world.configure(id, this.#siteSettings(id));
    }
  }

  changeLinks(action: LinkAction): Outcome {
    const {network} = this.world;
    const changes = linkChanges(action, [...network.links.values()]);
    if (!changes.ok) return failed(changes.failure);
    const {rules, resets, forgetsRemovedLinks, summary} = changes.value;
    if (forgetsRemovedLinks) network.forgetSavedRules();
    for (const [link, rule] of rules) {
      network.setRule(link, rule);
      this.#rulesSinceMs.set(link, this.nowMs);
    }
    for (const link of resets) network.resetByUser(link);
    return changed(summary);
  }

  /** Since when the link has had its rule, by the wall clock. */
  ruleSinceMs(id: LinkId): number {
    return this.#rulesSinceMs.get(id) ?? this.startedAtMs;
  }

  /** Opens and closes links as the settings, dead leaders, donors and leaving leaders require. */
  arrange(): void {
    const dead = new Set(this.world.sites().flatMap(({id, status}) => (status === 'down' ? [id] : [])));
    this.world.network.arrange(wantedLinks(this.#settings, dead, this), link =>
      forwardOver(link, this.#settings, this),
    );
  }

  // What the world observes.

  reported({id}: Site, event: LeaderEvent): void {
    this.#reports.add(id, event);
  }

  stepped({id}: Site): void {
    this.#reports.sendSoon(id);
  }

  crashed({id}: Site): void {
    this.#setState(id, {status: 'down', cause: 'killed', sinceMs: this.nowMs});
  }

  started(site: Site): void {
    this.#setState(site.id, {status: 'up', sinceMs: this.nowMs});
    this.#reports.started(site);
  }

  acknowledged(): void {}

  sent(): void {}

  arrived(link: SimLink, message: LinkMessage): void {
    if (isHeartbeat(message.message)) return;
    this.arrivals += 1;
    this.lastArrival = {link, message, atMs: this.world.time.nowMs};
  }

  #admit(id: LeaderId): void {
    this.world.admit(id, this.#siteSettings(id));
    this.started(this.world.site(id));
  }

  #changeProcess(fault: ProcessFault, id: LeaderId): void {
    switch (fault) {
      case 'kill':
        return this.world.kill(id);
      case 'restart':
        this.world.kill(id);
        return this.world.restart(id);
      case 'pause':
        this.world.pause(id);
        return this.#setState(id, {status: 'paused', cause: 'paused', sinceMs: this.nowMs});
      case 'resume':
        this.#setState(id, {status: 'up', sinceMs: this.nowMs});
        return this.world.resume(id);
      default:
        return assertNever(fault);
    }
  }

  #setState(id: LeaderId, state: LeaderState): void {
    this.#states.set(id, state);
    this.#updateLive();
  }

  /**
   * Runs at once, and not with the next view: the leaders that are up when a leader reports decide which
   * writes count as lost.
   */
  #updateLive(): void {
    const live = this.world.sites().filter(({id}) => this.stateOf(id)?.status === 'up');
    this.clusterState.setLive(live.map(({id}) => id));
  }

  #updateMembers(): void {
    this.clusterState.setMembers(
      this.world.sites().map(({id}) => id),
      this.nowMs,
    );
  }

  /** Gives each leader the settings that have changed for it. */
  #configure(): void {
    for (const site of this.world.sites()) {
      const {custom, ...wanted} = this.#siteSettings(site.id);
      const differing = Object.entries(wanted).filter(
        ([name, value]) => !sameJson(value, site.settings[name as keyof typeof wanted]),
      );
      const change: Partial<SiteSettings> = Object.fromEntries(differing);
      site.clock = clockOf(this.#settings, site.id);
      this.world.configure(
        site.id,
        change.resolver === undefined || custom === undefined ? change : {...change, custom},
      );
    }
    this.arrange();
  }

  #siteSettings(id: LeaderId): SiteSettings {
    const {clock: _, ...settings} = leaderSettings(this.#settings, id);
    const {resolver} = settings;
    const custom = resolver.name === 'custom' ? this.#options.module(resolver.file) : undefined;
    return custom === undefined ? settings : {...settings, custom};
  }
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
