/**
 * Changes, restarts and watches the subscriptions behind the links. A change is atomic. A link that
 * PostgreSQL has stopped stays stopped until somebody skips the failed operation or repairs the row.
 */
import {assert, must} from '../../../base/assert.ts';
import {FailureError, type Result, succeed} from '../../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import type {Links} from '../../shared/links.ts';
import type {PostgresLeader} from '../leader/postgres-leader.ts';
import type {SubscriptionRef} from '../server/server-conflict.ts';
import {type Dialect, type LinkPlan, type SubscriptionState, subscriptionOf} from './dialect.ts';
import {failureOf, ignoreFailure, LinkServers} from './link-servers.ts';
import {type PlanChanges, planChanges} from './subscription-plan.ts';
import {SubscriptionRepair} from './subscription-repair.ts';

const POLL_MS = 300;
/** A worker that has not come back after this time is restarted. */
const RESTART_AFTER_MS = 1500;
const READY_LIMIT_MS = 15_000;
const RECONNECT_LIMIT_MS = 3000;
const WAIT_MS = 30;

export interface SubscriptionsOptions {
  readonly dialect: Dialect;
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly links: Links;
  /** The status of a subscription changed, or its server increased the counters of these names. */
  changed(link: LinkId, status: SubscriptionState['status'], counted: readonly string[]): void;
  /** An unexpected error, which is reported once. The lab continues to watch the subscriptions. */
  failed(reason: string): void;
}

interface Subscription {
  readonly plan: LinkPlan;
  id: number | undefined;
  status: SubscriptionState['status'];
  counted: SubscriptionState['counted'];
  /** The time since which it is neither connected nor stopped, although both ends can communicate. */
  idleSinceMs: number | undefined;
}

/** All subscriptions of one cluster. Changes go one at a time. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #servers: LinkServers;
  readonly #repair: SubscriptionRepair;
  /** One for each link that has a subscription. */
  readonly #all = new Map<LinkId, Subscription>();
  readonly #timer: NodeJS.Timeout;
  #isChanging = false;
  #isTending = false;
  /** The last unexpected error that was reported. */
  #lastReason: string | undefined;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    this.#servers = new LinkServers(options);
    const {dialect, leaders, links} = options;
    this.#repair = new SubscriptionRepair({
      dialect,
      leaders,
      links,
      servers: this.#servers,
      plans: () => this.plans(),
    });
    this.#timer = setInterval(() => void this.#check(), POLL_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  // What is known of them.

  plans(): readonly LinkPlan[] {
    return [...this.#all.values()].map(({plan}) => plan);
  }

  statusOf(link: LinkId): SubscriptionState['status'] | undefined {
    return this.#all.get(link)?.status;
  }

  countedOf(link: LinkId): SubscriptionState['counted'] {
    return this.#all.get(link)?.counted ?? {};
  }

  /** The link of the subscription that the receiver's server calls by this name or number. */
  linkOf(receiver: LeaderId, ref: SubscriptionRef | undefined): LinkId | undefined {
    const found = [...this.#all].find(([link, {id}]) => {
      if (linkEnds(link).to !== receiver || ref === undefined) return false;
      return ref.type === 'id' ? ref.id === id : ref.name === subscriptionOf(link);
    });
    return found?.[0];
  }

  /** The end of the first transaction that the receiver has not applied, if the sender knows it. */
  firstWaiting(link: LinkId): Promise<string | undefined> {
    return this.#servers.firstWaiting(link);
  }

  // Changes.

  /**
   * Makes all subscriptions follow these plans, or none: makes new ones before it removes old ones, and
   * restores the old state on a failure. Calls `decided` when nothing can fail any more. New subscriptions
   * send only what is written from now on, so everything must have arrived before, and writes must wait
   * during the change.
   */
  async bring(plans: readonly LinkPlan[], decided: () => void = () => {}): Promise<Result<null>> {
    assert(!this.#isChanging, 'subscriptions are changed one change at a time');
    const before = this.plans();
    const changes = planChanges(before, plans);
    const touched = [...changes.fresh, ...changes.altered, ...changes.gone].map(({link}) => link);
    this.#isChanging = true;
    try {
      // The removal of a subscription also needs both ends.
      return await this.#options.links.clearly(touched, async () => {
        try {
          await this.#build(before, plans, changes);
        } catch (error) {
          await this.#putBack(before, changes);
          if (error instanceof FailureError) return {ok: false, failure: error.failure};
          throw error;
        }
        decided();
        await this.#clearAway(plans, changes);
        return succeed(null);
      });
    } finally {
      this.#isChanging = false;
    }
  }

  async #build(
    before: readonly LinkPlan[],
    plans: readonly LinkPlan[],
    {fresh, altered}: PlanChanges,
  ): Promise<void> {
    if (before.length === 0) await this.#repair.findLeftovers(plans);
    await this.#repair.run();
    const {leftover} = this.#repair;
    if (leftover !== undefined)
      throw failureOf('not-done', `the old subscription of ${leftover} has not been removed yet`);
    await this.#arrange([...before, ...plans]);
    // One after the other: the creation of a slot waits for transactions at the sender, such as one that
    // creates a subscription there.
    for (const plan of fresh) await this.#make(plan);
    await this.#repair.guard([...before, ...plans]);
    for (const plan of altered) await this.#alter(plan);
    await this.#connected([...fresh, ...altered].map(({link}) => link));
  }

  /** Later repairs restore what cannot be restored now. */
  async #putBack(before: readonly LinkPlan[], {fresh, altered}: PlanChanges): Promise<void> {
    for (const {link} of fresh) {
      this.#all.delete(link);
      this.#repair.removeLater(link);
    }
    for (const {link} of altered) {
      const plan = before.find(one => one.link === link);
      const known = this.#all.get(link);
      if (plan !== undefined && known !== undefined)
        this.#all.set(link, {...known, plan, status: 'connecting'});
      this.#repair.markUncertain(link);
    }
    await this.#arrange(before).catch(ignoreFailure);
    await this.#repair.run();
  }

  /** The new subscriptions exist; removes what is left of the old ones. */
  async #clearAway(plans: readonly LinkPlan[], {gone}: PlanChanges): Promise<void> {
    for (const {link} of gone) {
      this.#all.delete(link);
      this.#repair.removeLater(link);
    }
    await this.#repair.run();
    await this.#arrange(plans).catch(ignoreFailure);
  }

  async #arrange(plans: readonly LinkPlan[]): Promise<void> {
    const arranged = await this.#options.links.arrange([...new Set(plans.map(({link}) => link))]);
    if (!arranged.ok) throw new FailureError(arranged.failure);
  }

  async #make(plan: LinkPlan): Promise<void> {
    assert(!this.#all.has(plan.link), 'a link has one subscription');
    await this.#servers.follow(plan);
    this.#all.set(plan.link, {
      plan,
      id: undefined,
      status: 'connecting',
      counted: {},
      idleSinceMs: undefined,
    });
  }

  /** Everything has arrived, so a server that forwards from now on need not resend old operations. */
  async #alter(plan: LinkPlan): Promise<void> {
    const known = must(this.#all.get(plan.link), `the subscription of ${plan.link}`);
    this.#all.set(plan.link, {...known, plan, status: 'connecting'});
    await this.#servers.passOver(plan.link);
    await this.#servers.follow(plan);
  }

  async #connected(links: readonly LinkId[]): Promise<void> {
    const until = Date.now() + READY_LIMIT_MS;
    while (links.some(link => this.statusOf(link) === 'connecting')) {
      const broken = links.find(link => !this.#servers.areUp(link));
      if (broken !== undefined) throw failureOf('not-linked', `${broken} has lost one of its leaders`);
      if (Date.now() > until) throw failureOf('not-linked', `no replication over ${links.join(', ')}`);
      await this.#readStates();
      await new Promise(resolve => setTimeout(resolve, WAIT_MS));
    }
  }

  // Single subscriptions.

  /** Disables a subscription that would retry what cannot be applied. */
  async stop(link: LinkId): Promise<void> {
    await this.#servers.stop(link);
    await this.#readStates();
  }

  /** Starts a stopped subscription again, such as after another resolver was chosen. */
  async restart(link: LinkId): Promise<void> {
    await this.#servers.retryNow(link);
    await this.#readStates();
  }

  /** Restarts the workers of a receiver: they keep the settings that they started with. */
  async restartAt(receiver: LeaderId): Promise<void> {
    const links = [...this.#all.keys()].filter(link => linkEnds(link).to === receiver);
    for (const link of links) await this.#servers.retryNow(link);
    await this.#readStates();
  }

  /** Skips the transaction that ends at `lsn`. */
  async skip(link: LinkId, lsn: string): Promise<void> {
    await this.#servers.skip(link, lsn);
    await this.#readStates();
  }

  /**
   * A leader came back. Receivers that wait before their next attempt to reach it try now; its own workers
   * start by themselves. Resolves once all are connected that can be, or after a limit.
   */
  async reconnect(leader: LeaderId): Promise<void> {
    const links = [...this.#all.keys()].filter(link => {
      const {from, to} = linkEnds(link);
      return (
        (from === leader || to === leader) && this.#mayConnect(link) && this.statusOf(link) !== 'stopped'
      );
    });
    const until = Date.now() + RECONNECT_LIMIT_MS;
    try {
      await this.#repair.run();
      await this.#readStates();
      const waiting = links.filter(
        link => linkEnds(link).from === leader && this.statusOf(link) === 'connecting',
      );
      await Promise.all(waiting.map(link => this.#retryNow(link)));
      while (links.some(link => this.statusOf(link) === 'connecting') && Date.now() < until) {
        await new Promise(resolve => setTimeout(resolve, WAIT_MS));
        await this.#readStates();
      }
    } catch (error) {
      // Another leader went down meanwhile; those that are up are watched all the same.
      ignoreFailure(error);
    }
  }

  // Watching.

  /** Reads the states of all subscriptions, and restarts workers that do not come back by themselves. */
  async #check(): Promise<void> {
    if (this.#isTending) return;
    this.#isTending = true;
    try {
      if (!this.#isChanging) await this.#repair.run();
      await this.#readStates();
      await Promise.all([...this.#all.values()].map(subscription => this.#push(subscription)));
    } catch (error) {
      // A server may have died meanwhile; the next round follows soon.
      if (!(error instanceof FailureError)) this.#reportOnce(String(error));
    } finally {
      this.#isTending = false;
    }
  }

  async #readStates(): Promise<void> {
    const {leaders, dialect} = this.#options;
    await Promise.all(
      [...leaders.values()].map(async leader => {
        const links = [...this.#all.keys()].filter(link => linkEnds(link).to === leader.id);
        if (leader.state.status !== 'up' || links.length === 0) return;
        for (const state of await dialect.states(links, leader.sql)) this.#enter(state);
      }),
    );
  }

  #enter({link, id, status, counted}: SubscriptionState): void {
    const known = this.#all.get(link);
    if (known === undefined) return;
    // The counters at the first reading are of an earlier lab.
    const increased =
      known.id === undefined
        ? []
        : Object.keys(counted).filter(name => (counted[name] ?? 0) > (known.counted[name] ?? 0));
    const isSame = known.status === status && increased.length === 0;
    Object.assign(known, {id, status, counted});
    if (!isSame) this.#options.changed(link, status, increased);
  }

  async #push(subscription: Subscription): Promise<void> {
    const {plan, status} = subscription;
    if (status !== 'connecting' || !this.#mayConnect(plan.link)) {
      subscription.idleSinceMs = undefined;
      return;
    }
    subscription.idleSinceMs ??= Date.now();
    if (Date.now() - subscription.idleSinceMs < RESTART_AFTER_MS) return;
    await this.#retryNow(plan.link);
  }

  /** A worker that starts is left alone for a while: ending it would take a second. */
  async #retryNow(link: LinkId): Promise<void> {
    const subscription = this.#all.get(link);
    if (subscription !== undefined) subscription.idleSinceMs = Date.now();
    await this.#servers.retryNow(link);
  }

  #mayConnect(link: LinkId): boolean {
    return this.#servers.mayConnect(link) && !this.#repair.isDoubtful(link);
  }

  #reportOnce(reason: string): void {
    if (reason !== this.#lastReason) this.#options.failed(reason);
    this.#lastReason = reason;
  }
}
