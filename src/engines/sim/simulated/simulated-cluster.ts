/**
 * A simulated cluster as the lab knows clusters: its settings, its clusterState, its view. It runs the world of
 * `sim/` and hears from its replicas what the native engine hears from processes. Deterministic: the same
 * inputs at the same moments give the same cluster, so whoever holds it can make it anew. Nothing here waits:
 * an answer is a call.
 */
import type {LeaderId, LinkId} from '../../../base/ids.ts';
import {topologyFault} from '../../../command/topology.ts';
import type {LeaderEvent} from '../../../core/io/leader-event.ts';
import type {VersionVector} from '../../../core/log/version-vector.ts';
import {offsetAt} from '../../../core/log/wall-clock.ts';
import type {CustomModule} from '../../../core/resolvers/custom-module.ts';
import type {ProcessFault} from '../../../faults/process-fault.ts';
import {isCounted} from '../../../faults/tally.ts';
import type {LinkDefaults} from '../../../faults/wan.ts';
import {EventBatch} from '../../../leader/event-batch.ts';
import type {Measurement, Outcome} from '../../../port/cluster.ts';
import type {Activity, ClusterView, InFlight, VirtualTime} from '../../../port/view.ts';
import {isHeartbeat, type Onboard, type SimLink} from '../../../sim/simulated-link.ts';
import {EPOCH_MS, type Site, type SiteSettings} from '../../../sim/site.ts';
import {type Watcher, World} from '../../../sim/world.ts';
import {Activities} from '../../shared/model/activities.ts';
import {buildView, type LinkPart} from '../../shared/model/build-view.ts';
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
import {nextMessage} from './next-message.ts';

/**
 * A commit takes no time here: what a client was told of is what its leader shows, and a message by hand is
 * the next thing to happen.
 */
const DISK_MS = 0;
/** Very slow links greet while the person already looks. */
const GREETING_MS = 5000;
const IN_FLIGHT_SHOWN = 8;
const NEWS_MS = 33;

export interface StageOptions {
  readonly settings: Settings;
  readonly links: LinkDefaults;
  readonly seed: number;
  /** The person's module of that file. */
  module(file: string): CustomModule | undefined;
}

export interface Arrival {
  readonly link: SimLink;
  readonly message: Onboard;
  /** In the world's time. */
  readonly atMs: number;
}

export class SimulatedCluster implements Watcher {
  readonly world: World;
  readonly clusterState = new ClusterState();
  readonly activities = new Activities(() => {});
  readonly startedAtMs: number;
  /** Who gives a leader that joins all that it lacks. */
  readonly donors = new Map<LeaderId, LeaderId>();
  /** Leaders that leave, and hand over all that they have. */
  readonly leaving = new Set<LeaderId>();
  /** How many messages that say something have come to the end of their link, and the last of them. */
  arrivals = 0;
  lastArrival: Arrival | undefined;
  readonly #options: StageOptions;
  readonly #drafts = new Map<LeaderId, EventBatch>();
  /** Leaders of whom the picture does not know the latest. */
  readonly #untold = new Set<LeaderId>();
  readonly #states = new Map<LeaderId, LeaderState>();
  readonly #rulesSinceMs = new Map<LinkId, number>();
  /** Looked at after every event, until they are done. */
  readonly #watches = new Set<() => boolean>();
  #settings: Settings;

  constructor(options: StageOptions) {
    const {settings, links, seed} = options;
    this.#options = options;
    this.#settings = settings;
    this.world = new World({seed, links, diskMs: DISK_MS, recovers: false, watcher: this});
    for (const id of settings.members) this.#admit(id);
    this.#knowMembers();
    this.arrange();
    this.world.until(
      () => this.world.sites().every(({replica}) => replica.links().every(({isOpen}) => isOpen)),
      GREETING_MS,
    );
    // At a whole second, so that wall clocks and the time since the start have the same milliseconds.
    const startMs = Math.ceil(this.world.nowMs / 1000) * 1000;
    this.world.until(() => false, startMs - this.world.nowMs);
    this.world.passTo(startMs);
    this.tellAll();
    this.startedAtMs = this.nowMs;
  }

  /** By every true wall clock, in whole milliseconds. */
  get nowMs(): number {
    return EPOCH_MS + Math.floor(this.world.nowMs);
  }

  get settings(): Settings {
    return this.#settings;
  }

  get seed(): number {
    return this.#options.seed;
  }

  /** Lets the next thing happen; false when nothing is left to happen. */
  step(): boolean {
    const hasHappened = this.world.step();
    this.lookAround();
    return hasHappened;
  }

  /** Whether leaders have something to tell. */
  get hasNews(): boolean {
    return this.#untold.size > 0;
  }

  /** They tell it now, all of it. */
  tellAll(): void {
    for (const id of [...this.#untold]) this.#tell(id, true);
  }

  /** Whoever watches looks now; without an event, too. */
  lookAround(): void {
    for (const isDone of this.#watches) if (isDone()) this.#watches.delete(isDone);
  }

  /** Calls back after every event until it says that it is done; at once where it is so already. */
  watch(isDone: () => boolean): void {
    if (!isDone()) this.#watches.add(isDone);
  }

  view(time: Omit<VirtualTime, 'next'>, activities: readonly Activity[]): ClusterView {
    const next = nextMessage(this.world.links.values());
    const virtualTime =
      next === undefined ? time : {...time, next: {...next, dueAtMs: EPOCH_MS + next.dueAtMs}};
    const {startedAtMs, clusterState} = this;
    const leaders = this.world.sites().map(({id}) => ({id, state: this.stateOf(id) ?? NEVER_THERE}));
    const links = [...this.world.links.values()].map(link => this.#linkPart(link));
    const parts = {
      engine: 'sim',
      startedAtMs,
      settings: this.#settings,
      leaders,
      links,
      clusterState,
    } as const;
    return buildView(
      {...parts, virtualTime, activities: [...this.activities.list(), ...activities]},
      this.nowMs,
    );
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

  /** What the leader has, as far as the lab knows. */
  known(id: LeaderId): VersionVector {
    return this.clusterState.union([id]);
  }

  processes(fault: ProcessFault, ids: readonly LeaderId[]): Outcome {
    const refusal = processRefusal(fault, ids, id => this.stateOf(id)?.status);
    if (refusal !== undefined) return failed(refusal);
    for (const id of ids) this.#suffer(fault, id);
    this.arrange();
    return changed(doneInWords(fault, ids));
  }

  /** A new leader, which is a member from now on. */
  admit(id: LeaderId, settings: Settings): void {
    this.#settings = settings;
    this.#admit(id);
    this.#knowMembers();
    this.#configure();
  }

  /** It is a member no longer. */
  dismiss(id: LeaderId, settings: Settings): void {
    this.#settings = settings;
    this.donors.delete(id);
    this.arrange();
    this.world.dismiss(id);
    for (const forgotten of [this.#states, this.#drafts]) forgotten.delete(id);
    this.#untold.delete(id);
    this.#knowLive();
    this.#knowMembers();
    this.#configure();
  }

  // Settings and links.

  change(action: SettingAction): Outcome {
    const fault =
      action.type === 'topology' ? topologyFault(action.topology, this.#settings.members) : undefined;
    if (fault !== undefined) return failed(fault);
    const {settings, summary} = changeSettings(this.#settings, action, this.nowMs);
    this.#settings = settings;
    this.#configure();
    if (action.type === 'topology') this.clusterState.resetTraffic();
    return changed(summary);
  }

  /** There is another version of the person's module. */
  moduleChanged(file: string): void {
    for (const {id, settings} of this.world.sites()) {
      if (settings.resolver.name === 'custom' && settings.resolver.file === file)
        this.world.configure(id, this.#siteSettings(id));
    }
  }

  changeLinks(action: LinkAction): Outcome {
    const changes = linkChanges(action, [...this.world.links.values()]);
    if (!changes.ok) return failed(changes.failure);
    const {rules, resets, forgetsParked, summary} = changes.value;
    if (forgetsParked) this.world.forgetParked();
    for (const [link, rule] of rules) {
      this.world.setRule(link, rule);
      this.#rulesSinceMs.set(link, this.nowMs);
    }
    for (const link of resets) this.world.tear(link);
    return changed(summary);
  }

  /** Brings links to what settings, deaths and movements mean. */
  arrange(): void {
    const dead = new Set(this.world.sites().flatMap(({id, status}) => (status === 'down' ? [id] : [])));
    this.world.arrange(wantedLinks(this.#settings, dead, this), link =>
      forwardOver(link, this.#settings, this),
    );
  }

  // What the world tells.

  reported({id}: Site, event: LeaderEvent): void {
    this.#drafts.get(id)?.report(event, this.nowMs);
  }

  stepped({id}: Site): void {
    this.#tellSoon(id);
  }

  crashed({id}: Site): void {
    this.#enter(id, {status: 'down', cause: 'killed', sinceMs: this.nowMs});
  }

  started({id, replica}: Site): void {
    this.#drafts.set(id, new EventBatch(replica, this.nowMs));
    this.#enter(id, {status: 'up', sinceMs: this.nowMs});
    this.#tellSoon(id);
  }

  heard(): void {}

  sent(): void {}

  arrived(link: SimLink, message: Onboard): void {
    if (isHeartbeat(message.message)) return;
    this.arrivals += 1;
    this.lastArrival = {link, message, atMs: this.world.nowMs};
  }

  #admit(id: LeaderId): void {
    this.world.admit(id, this.#siteSettings(id));
    this.started(this.world.site(id));
  }

  #suffer(fault: ProcessFault, id: LeaderId): void {
    switch (fault) {
      case 'kill':
        return this.world.kill(id);
      case 'restart':
        this.world.kill(id);
        return this.world.restart(id);
      case 'pause':
        this.world.pause(id);
        return this.#enter(id, {status: 'paused', cause: 'paused', sinceMs: this.nowMs});
      case 'resume':
        this.#enter(id, {status: 'up', sinceMs: this.nowMs});
        return this.world.resume(id);
    }
  }

  #enter(id: LeaderId, state: LeaderState): void {
    this.#states.set(id, state);
    this.#knowLive();
  }

  /** At once, not when somebody looks: what counts as lost depends on who was up when leaders told of it. */
  #knowLive(): void {
    const live = this.world.sites().filter(({id}) => this.stateOf(id)?.status === 'up');
    this.clusterState.setLive(live.map(({id}) => id));
  }

  #knowMembers(): void {
    this.clusterState.setMembers(
      this.world.sites().map(({id}) => id),
      this.nowMs,
    );
  }

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

  /** As often as a leader process tells: many changes make one message. */
  #tellSoon(id: LeaderId): void {
    if (this.#untold.has(id)) return;
    this.#untold.add(id);
    this.world.at(this.world.nowMs + NEWS_MS, () => this.#untold.has(id) && this.#tell(id, false));
  }

  #tell(id: LeaderId, isAll: boolean): void {
    const draft = this.#drafts.get(id);
    this.#untold.delete(id);
    if (draft === undefined) return;
    const clockOffsetMs = offsetAt(clockOf(this.#settings, id), this.nowMs);
    this.clusterState.news(id, draft.take({nowMs: this.nowMs, clockOffsetMs, isAll}), this.nowMs);
    if (draft.waiting > 0 && !isAll) this.#tellSoon(id);
  }

  #linkPart({id, base, rule, underWay, held, tally}: SimLink): LinkPart {
    const counted = ({message, direction}: Onboard): boolean => isCounted(message.type, direction);
    const passes = !rule.cut && !rule.hold;
    const inFlight = [...underWay]
      .filter(counted)
      .slice(0, IN_FLIGHT_SHOWN)
      .map(
        ({direction, faults, sentAtMs, dueAtMs}): InFlight => ({
          direction,
          faults,
          sentAtMs: EPOCH_MS + sentAtMs,
          dueAtMs: EPOCH_MS + dueAtMs,
        }),
      );
    const {delivered, dropped, byFault} = tally;
    const marks = tally.marks.map(mark => ({...mark, atMs: EPOCH_MS + mark.atMs}));
    const traffic = {
      inFlight: passes ? inFlight : [],
      held: held.filter(counted).length,
      delivered,
      dropped,
      byFault: {...byFault},
      marks,
    };
    return {id, base, rule, ruleSinceMs: this.#rulesSinceMs.get(id) ?? this.startedAtMs, traffic};
  }
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const NEVER_THERE: LeaderState = {status: 'starting', sinceMs: 0};
