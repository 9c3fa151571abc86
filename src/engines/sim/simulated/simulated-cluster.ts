/**
 * A simulated cluster with everything that an engine's cluster has: its settings, its cluster state, the
 * faults of its leaders and links. It runs the world of `sim/`, and learns from its replicas what the native
 * engine learns from processes. It is deterministic: the same inputs at the same moments give the same
 * cluster, so its owner can recreate it. Nothing here waits: answers come by callback.
 */
import {assert} from '../../../base/assert.ts';
import type {LeaderId, LinkId} from '../../../base/ids.ts';
import type {LeaderEvent} from '../../../core/io/leader-event.ts';
import type {VersionVector} from '../../../core/log/version-vector.ts';
import type {CustomModule} from '../../../core/resolvers/custom-module.ts';
import type {ProcessFault} from '../../../faults/process-fault.ts';
import type {LinkDefaults} from '../../../faults/wan.ts';
import type {Measurement, Outcome} from '../../../port/cluster.ts';
import {isHeartbeat, type LinkMessage, type SimLink} from '../../../sim/simulated-link.ts';
import {EPOCH_MS, type Site} from '../../../sim/site.ts';
import {World, type WorldObserver} from '../../../sim/world.ts';
import {Activities} from '../../shared/model/activities.ts';
import {
  changeSettings,
  type SettingAction,
  type Settings,
  settingFault,
} from '../../shared/model/cluster-settings.ts';
import {ClusterState} from '../../shared/model/cluster-state.ts';
import {type LinkAction, linkChanges} from '../../shared/model/link-changes.ts';
import {Membership} from '../../shared/model/membership.ts';
import {changed, failed} from '../../shared/model/outcome.ts';
import {LeaderReports} from './leader-reports.ts';
import {SimulatedConfiguration} from './simulated-configuration.ts';
import {SimulatedLeaders} from './simulated-leaders.ts';

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
  readonly leaders: SimulatedLeaders;
  readonly membership: Membership;
  readonly #options: SimulatedClusterOptions;
  readonly #configuration: SimulatedConfiguration;
  readonly #reports = new LeaderReports(this);
  readonly #rulesSinceMs = new Map<LinkId, number>();
  /** Called after every event until they return true. */
  readonly #watches = new Set<() => boolean>();
  #arrivals = 0;
  #lastArrival: Arrival | undefined;

  constructor(options: SimulatedClusterOptions) {
    const {settings, links, seed} = options;
    this.#options = options;
    this.world = new World({seed, links, diskMs: DISK_MS, recovers: false, observer: this});
    const {world, clusterState} = this;
    this.leaders = new SimulatedLeaders({world, clusterState, nowMs: () => this.nowMs});
    this.membership = new Membership({
      members: () => this.settings.members,
      statusOf: this.leaders.statusOf,
      known: id => this.known(id),
    });
    this.#configuration = new SimulatedConfiguration({
      world,
      movements: this.membership,
      settings,
      module: file => options.module(file),
    });
    for (const id of settings.members) this.#admit(id);
    this.leaders.membersChanged();
    this.arrange();
    this.#connect();
    this.flushReports();
    this.startedAtMs = this.nowMs;
  }

  /** What a correct wall clock shows, in whole milliseconds. */
  get nowMs(): number {
    return EPOCH_MS + Math.floor(this.world.time.nowMs);
  }

  get settings(): Settings {
    return this.#configuration.settings;
  }

  get seed(): number {
    return this.#options.seed;
  }

  /** How many messages have arrived, heartbeats not counted. */
  get arrivals(): number {
    return this.#arrivals;
  }

  get lastArrival(): Arrival | undefined {
    return this.#lastArrival;
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

  /** What the leader has, as far as it has reported it. */
  known(id: LeaderId): VersionVector {
    return this.clusterState.union([id]);
  }

  changeProcesses(fault: ProcessFault, ids: readonly LeaderId[]): Outcome {
    const outcome = this.leaders.carryOut(fault, ids);
    if (outcome.status === 'ok') this.arrange();
    return outcome;
  }

  /** Adds a leader; `settings` have it as a member. */
  admit(id: LeaderId, settings: Settings): void {
    assert(settings.members.includes(id), 'the new settings have the new member');
    this.#configuration.replace(settings);
    this.#admit(id);
    this.leaders.membersChanged();
    this.#configuration.apply();
  }

  /** Removes a leader; `settings` do not have it as a member. */
  dismiss(id: LeaderId, settings: Settings): void {
    assert(!settings.members.includes(id), 'the new settings are without the old member');
    this.#configuration.replace(settings);
    this.membership.endCatchUp(id);
    this.arrange();
    this.world.dismiss(id);
    this.leaders.forget(id);
    this.#reports.forget(id);
    this.leaders.membersChanged();
    this.#configuration.apply();
  }

  // Settings and links.

  changeSettings(action: SettingAction): Outcome {
    const fault = settingFault(this.settings, action);
    if (fault !== undefined) return failed(fault);
    const {settings, summary} = changeSettings(this.settings, action, this.nowMs);
    this.#configuration.replace(settings);
    this.#configuration.apply();
    this.clusterState.settingChanged(action.type);
    return changed(summary);
  }

  /** The user's module was loaded again from this file. */
  moduleChanged(file: string): void {
    this.#configuration.moduleChanged(file);
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
    this.#configuration.arrange();
  }

  // What the world observes.

  reported({id}: Site, event: LeaderEvent): void {
    this.#reports.add(id, event);
  }

  stepped({id}: Site): void {
    this.#reports.sendSoon(id);
  }

  crashed({id}: Site): void {
    this.leaders.crashed(id);
  }

  started(site: Site): void {
    this.leaders.started(site.id);
    this.#reports.started(site);
  }

  acknowledged(): void {}

  sent(): void {}

  arrived(link: SimLink, message: LinkMessage): void {
    if (isHeartbeat(message.message)) return;
    this.#arrivals += 1;
    this.#lastArrival = {link, message, atMs: this.world.time.nowMs};
  }

  #admit(id: LeaderId): void {
    this.world.admit(id, this.#configuration.siteSettings(id));
    this.started(this.world.site(id));
  }

  /** Lets time pass until all links are open, and on to a whole second. */
  #connect(): void {
    const {time} = this.world;
    time.until(
      () => this.world.sites().every(({replica}) => replica.links().every(({isOpen}) => isOpen)),
      CONNECT_LIMIT_MS,
    );
    // At a whole second, so that wall clocks and the time since the start have the same milliseconds.
    const startMs = Math.ceil(time.nowMs / 1000) * 1000;
    time.until(() => false, startMs - time.nowMs);
    time.passTo(startMs);
  }
}
