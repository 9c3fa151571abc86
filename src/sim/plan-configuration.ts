/**
 * The current configuration of a plan's cluster: its topology, the settings of all leaders, the donors of new
 * leaders, and the leaving leaders. The members are the sites of the world, in the order in which they
 * joined.
 *
 * In every topology a donor has a link to its new leader, and forwards all operations over it. If leaders
 * forward only their own operations, nobody else would send the new leader the operations of leaders that are
 * down. Here a donor stays one. Real donors stop once the new leader lacks nothing
 * (`engines/native/catch-up.ts`); only the number of messages differs.
 */
import {type LeaderId, type LinkId, linkEnds, linkId} from '../base/ids.ts';
import {
  defaultForward,
  linksOf,
  type TopologySpec,
  topologyWith,
  topologyWithout,
} from '../command/topology.ts';
import type {Forward} from '../core/io/input-effect.ts';
import {dominates, EMPTY, merge, type VersionVector} from '../core/log/version-vector.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {Site, SiteSettings} from './site.ts';
import type {World} from './world.ts';

/** The settings that all leaders share. The world knows the members. */
type CommonSettings = Omit<SiteSettings, 'members'>;

/** How often to check whether a leaving leader has handed over everything, and for how long. */
const HAND_OVER_CHECK_MS = 20;
const HAND_OVER_LIMIT_MS = 30_000;

export class PlanConfiguration {
  readonly #world: World;
  /** For each leader that joined, the leader that sends it everything it lacks. */
  readonly #donors = new Map<LeaderId, LeaderId>();
  readonly #leaving = new Set<LeaderId>();
  #topology: TopologySpec;
  #common: CommonSettings;

  constructor(world: World, leaders: readonly LeaderId[], topology: TopologySpec, common: CommonSettings) {
    this.#world = world;
    this.#topology = topology;
    this.#common = common;
    for (const id of leaders) world.admit(id, {...common, members: leaders}, true);
    this.#link();
  }

  setTopology(topology: TopologySpec): void {
    this.#topology = topology;
    this.#link();
  }

  setResolver(resolver: ResolverSpec, at: readonly LeaderId[] | 'cluster'): void {
    if (at === 'cluster') {
      const {custom: _, ...others} = this.#common;
      this.#common = {...others, resolver};
    }
    for (const {id} of this.#world.sites())
      if (at === 'cluster' || at.includes(id)) this.#world.configure(id, {resolver});
  }

  set(change: Pick<SiteSettings, 'ack' | 'delivery' | 'loopguard'>): void {
    this.#common = {...this.#common, ...change};
    for (const {id} of this.#world.sites()) this.#world.configure(id, change);
  }

  /**
   * Adds a leader. Its donor is `from`, or the live leader with the most operations. Returns false if the
   * engines would refuse this: the leader is a member, or its donor is not up.
   */
  join(leader: LeaderId, from: LeaderId | undefined): boolean {
    const donor = from ?? this.#bestDonor();
    if (
      this.#world.find(leader) !== undefined ||
      (donor !== undefined && this.#world.find(donor)?.status !== 'up')
    )
      return false;
    const members = [...this.#members(), leader];
    this.#world.admit(leader, {...this.#common, members});
    if (donor !== undefined) this.#donors.set(leader, donor);
    this.#topology = topologyWith(this.#topology, leader, donor);
    this.#link();
    for (const id of members) if (id !== leader) this.#world.configure(id, {members});
    return true;
  }

  /** A leaving leader accepts no more writes. */
  isLeaving(leader: LeaderId): boolean {
    return this.#leaving.has(leader);
  }

  /** True while a leader hands over its operations. */
  get isChanging(): boolean {
    return this.#leaving.size > 0;
  }

  /**
   * The leader accepts no more writes, hands over its operations to all live leaders, and leaves. A dead
   * leader leaves if the other leaders have all its operations. Nothing happens where the engines would
   * refuse this. `left` is called when the leader has left, with the version vector that it had.
   */
  leave(leader: LeaderId, left: (vv: VersionVector) => void): void {
    const site = this.#world.find(leader);
    const others = this.#liveOthers(leader);
    if (site === undefined || this.#leaving.has(leader) || others.length === 0 || site.status === 'paused')
      return;
    if (site.status === 'up') {
      this.#leaving.add(leader);
      this.#link();
      this.#handOver(leader, site.replica.vv, this.#world.time.nowMs + HAND_OVER_LIMIT_MS, left);
      return;
    }
    const had = {...site.diskVv};
    if (dominates(others.map(({diskVv}) => diskVv).reduce(merge, EMPTY), had))
      this.#dismiss(leader, had, left);
  }

  #handOver(leader: LeaderId, had: VersionVector, untilMs: number, left: (vv: VersionVector) => void): void {
    const others = this.#liveOthers(leader);
    const isDone = others.every(({diskVv}) => dominates(diskVv, had));
    const stays = this.#world.site(leader).status === 'down' || others.length === 0;
    if (!(stays || isDone) && this.#world.time.nowMs < untilMs) {
      this.#world.time.after(HAND_OVER_CHECK_MS, () => this.#handOver(leader, had, untilMs, left));
      return;
    }
    this.#leaving.delete(leader);
    if (isDone && !stays) this.#dismiss(leader, had, left);
    else this.#link();
  }

  /** Leaders whose donor leaves get another donor. */
  #dismiss(leader: LeaderId, had: VersionVector, left: (vv: VersionVector) => void): void {
    this.#donors.delete(leader);
    const members = this.#members().filter(id => id !== leader);
    const donor = this.#bestDonor(leader);
    for (const [to, from] of this.#donors) {
      if (from !== leader) continue;
      if (donor === undefined || donor === to) this.#donors.delete(to);
      else this.#donors.set(to, donor);
    }
    this.#topology = topologyWithout(this.#topology, leader);
    this.#link(members);
    this.#world.dismiss(leader);
    for (const id of members) this.#world.configure(id, {members});
    left(had);
  }

  #members(): LeaderId[] {
    return this.#world.sites().map(({id}) => id);
  }

  #liveOthers(leader: LeaderId): Site[] {
    return this.#world
      .sites()
      .filter(({id, status}) => id !== leader && status === 'up' && !this.#leaving.has(id));
  }

  #bestDonor(except?: LeaderId): LeaderId | undefined {
    const live = this.#world.sites().filter(({id, status}) => id !== except && status === 'up');
    const most = Math.max(...live.map(({replica}) => replica.opCount));
    return live.find(({replica}) => replica.opCount === most)?.id;
  }

  #link(members: readonly LeaderId[] = this.#members()): void {
    const given = [...this.#donors].map(([to, from]) => linkId(from, to));
    const forward = defaultForward(this.#topology);
    const forwardOver = (link: LinkId): Forward => {
      const {from, to} = linkEnds(link);
      return this.#donors.get(to) === from || this.#leaving.has(from) ? 'all' : forward;
    };
    this.#world.network.arrange([...new Set([...linksOf(this.#topology, members), ...given])], forwardOver);
  }
}
