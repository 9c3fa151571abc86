/**
 * Finishes changes of subscriptions that a dead or silent server interrupted: removes subscriptions that are
 * no longer wanted, and makes the others follow their plans. It is run again and again until nothing is left
 * to do.
 */
import {type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import type {Links} from '../../shared/links.ts';
import type {PostgresLeader} from '../leader/postgres-leader.ts';
import {setGuard} from '../sql/schema.ts';
import {type Dialect, type LinkPlan, linkOfSubscription} from './dialect.ts';
import {ignoreFailure, type LinkServers} from './link-servers.ts';

export interface RepairOptions {
  readonly dialect: Dialect;
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly links: Links;
  readonly servers: LinkServers;
  /** The plans of all subscriptions that are wanted now. */
  plans(): readonly LinkPlan[];
}

export class SubscriptionRepair {
  readonly #options: RepairOptions;
  /** Subscriptions to remove. Their links are closed, so they carry nothing. */
  readonly #leftovers = new Set<LinkId>();
  /** Subscriptions that may not follow their plans. Their links are held; the function releases the link. */
  readonly #uncertain = new Map<LinkId, () => void>();
  /** Whether each receiver ignores its own operations when they come back, where that is known. */
  readonly #guards = new Map<LeaderId, boolean>();
  #running: Promise<void> = Promise.resolve();

  constructor(options: RepairOptions) {
    this.#options = options;
  }

  /** A subscription that is still to be removed, if there is one. */
  get leftover(): LinkId | undefined {
    const [leftover] = this.#leftovers;
    return leftover;
  }

  isDoubtful(link: LinkId): boolean {
    return this.#uncertain.has(link);
  }

  /** Removes the subscription of this link at the next run. */
  removeLater(link: LinkId): void {
    this.#leftovers.add(link);
  }

  /** The subscription may follow an outdated plan: nothing passes over its link until a run has fixed it. */
  markUncertain(link: LinkId): void {
    if (this.#uncertain.has(link)) return;
    const fixed = new Promise<void>(resolve => this.#uncertain.set(link, resolve));
    void this.#options.links.holding([link], () => fixed);
  }

  /** Finds subscriptions of an earlier lab that ended during a change. */
  async findLeftovers(plans: readonly LinkPlan[]): Promise<void> {
    const {leaders, dialect} = this.#options;
    const names = await Promise.all([...leaders.values()].map(({sql}) => dialect.names(sql)));
    for (const link of names.flat().map(linkOfSubscription)) {
      if (link === undefined || plans.some(plan => plan.link === link)) continue;
      if (leaders.has(linkEnds(link).from) && leaders.has(linkEnds(link).to)) this.#leftovers.add(link);
    }
  }

  /** Does what can be done now. Runs go one after the other; a failed run does not affect the next one. */
  run(): Promise<void> {
    this.#running = this.#running
      .catch(() => {})
      .then(async () => {
        await this.#atAllReceivers([...this.#leftovers], link => this.#remove(link));
        await this.#atAllReceivers([...this.#uncertain.keys()], link => this.#settle(link));
        await this.guard(this.#options.plans()).catch(ignoreFailure);
      });
    return this.#running;
  }

  /** Sets at each receiver that is up whether it ignores its own operations when they come back. */
  async guard(plans: readonly LinkPlan[]): Promise<void> {
    for (const leader of this.#options.leaders.values()) {
      const isOn = plans.some(({link, isGuarded}) => linkEnds(link).to === leader.id && isGuarded);
      if (this.#guards.get(leader.id) === isOn || leader.state.status !== 'up') continue;
      this.#guards.delete(leader.id);
      await setGuard(isOn, leader.sql);
      this.#guards.set(leader.id, isOn);
    }
  }

  async #remove(link: LinkId): Promise<void> {
    await this.#options.servers.unsubscribe(link);
    this.#leftovers.delete(link);
  }

  async #settle(link: LinkId): Promise<void> {
    const {plans, servers} = this.#options;
    const plan = plans().find(one => one.link === link);
    if (plan !== undefined) await servers.follow(plan);
    this.#uncertain.get(link)?.();
    this.#uncertain.delete(link);
  }

  /**
   * Runs at all receivers in parallel, because each waits for its workers to end, and only where both ends
   * are up. A failure stops the work at that receiver.
   */
  async #atAllReceivers(links: readonly LinkId[], work: (link: LinkId) => Promise<void>): Promise<void> {
    const ready = links.filter(link => this.#options.servers.areUp(link));
    const receivers = new Set(ready.map(link => linkEnds(link).to));
    const workAt = async (receiver: LeaderId): Promise<void> => {
      for (const link of ready) if (linkEnds(link).to === receiver) await work(link);
    };
    await Promise.all([...receivers].map(receiver => workAt(receiver).catch(ignoreFailure)));
  }
}
