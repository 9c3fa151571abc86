/**
 * How a plan's cluster is set up at the moment: which topology it has, which resolver all leaders have, and who gives a leader that joined
 * all that it lacks. The members are the sites of the world, in the order in which they came.
 *
 * A donor has a link to whom it gives, in every topology, and forwards everything over it: where leaders forward only their own
 * operations, nobody else would send the newcomer those of leaders that are down. Here it gives for good; real leaders stop once
 * nothing is lacking (`cluster/native/catch-up.ts`), which shows in nothing but messages.
 */
import {type LeaderId, type LinkId, linkEnds, linkId} from '../base/ids.ts';
import {defaultForward, type TopologySpec} from '../command/action.ts';
import {linksOf, topologyWith} from '../command/topology.ts';
import type {Forward} from '../core/progress.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {SiteSettings} from './site.ts';
import type {World} from './world.ts';

/** What every leader has; the members are known by themselves. */
type Common = Omit<SiteSettings, 'members'>;

export class Arrangement {
  readonly #world: World;
  /** By who joined. */
  readonly #donors = new Map<LeaderId, LeaderId>();
  #topology: TopologySpec;
  #common: Common;

  constructor(world: World, leaders: readonly LeaderId[], topology: TopologySpec, common: Common) {
    this.#world = world;
    this.#topology = topology;
    this.#common = common;
    for (const id of leaders) world.admit(id, {...common, members: leaders});
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
    for (const {id} of this.#world.sites()) if (at === 'cluster' || at.includes(id)) this.#world.configure(id, {resolver});
  }

  /** A new leader, from a donor that runs: the one named, or whoever has most. Refused as real leaders refuse it; whether it joined. */
  join(leader: LeaderId, from: LeaderId | undefined): boolean {
    const donor = from ?? this.#bestDonor();
    if (this.#world.find(leader) !== undefined || (donor !== undefined && this.#world.find(donor)?.status !== 'up')) return false;
    const members = [...this.#members(), leader];
    this.#world.admit(leader, {...this.#common, members});
    if (donor !== undefined) this.#donors.set(leader, donor);
    this.#topology = topologyWith(this.#topology, leader, donor);
    this.#link();
    for (const id of members) if (id !== leader) this.#world.configure(id, {members});
    return true;
  }

  #members(): LeaderId[] {
    return this.#world.sites().map(({id}) => id);
  }

  #bestDonor(): LeaderId | undefined {
    const live = this.#world.sites().filter(({status}) => status === 'up');
    const most = Math.max(...live.map(({replica}) => replica.opCount));
    return live.find(({replica}) => replica.opCount === most)?.id;
  }

  #link(): void {
    const given = [...this.#donors].map(([to, from]) => linkId(from, to));
    const forward = defaultForward(this.#topology);
    const forwardOver = (link: LinkId): Forward => {
      const {from, to} = linkEnds(link);
      return this.#donors.get(to) === from ? 'all' : forward;
    };
    this.#world.arrange([...new Set([...linksOf(this.#topology, this.#members()), ...given])], forwardOver);
  }
}
