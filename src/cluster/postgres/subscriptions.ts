/**
 * The subscriptions behind the links: made, taken away, started again, and watched. A link that PostgreSQL has stopped stays stopped until
 * somebody skips what it stopped at, or repairs the row.
 */
import {FailureError, type Result, succeed} from '../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../base/ids.ts';
import type {Links} from '../real/links.ts';
import {type Dialect, type LinkPlan, type SubscriptionState, subscriptionOf} from './dialect.ts';
import type {PostgresLeader} from './leader.ts';
import {samePlan} from './plans.ts';
import type {SubscriptionRef} from './server-conflict.ts';
import {dsnOf} from './sql.ts';

const LOOK_MS = 300;
/** How long a worker may take to come back by itself. */
const PATIENCE_MS = 1500;
const READY_LIMIT_MS = 15_000;
const RECONNECT_LIMIT_MS = 3000;

export interface SubscriptionsOptions {
  readonly dialect: Dialect;
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly links: Links;
  /** Whether it is connected has changed, or that it is stopped; or its server has counted more of these. */
  changed(link: LinkId, status: SubscriptionState['status'], counted: readonly string[]): void;
}

interface Subscription {
  readonly plan: LinkPlan;
  id: number | undefined;
  status: SubscriptionState['status'];
  counted: SubscriptionState['counted'];
  /** Since when it is neither connected nor stopped, though nothing is in its way. */
  idleSinceMs: number | undefined;
}

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #all = new Map<LinkId, Subscription>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#tend(), LOOK_MS);
    this.#timer.unref();
  }

  plans(): readonly LinkPlan[] {
    return [...this.#all.values()].map(({plan}) => plan);
  }

  /** Which of those at this receiver its server names so. */
  linkOf(receiver: LeaderId, ref: SubscriptionRef | undefined): LinkId | undefined {
    const found = [...this.#all].find(([link, {id}]) => {
      if (linkEnds(link).to !== receiver || ref === undefined) return false;
      return ref.type === 'id' ? ref.id === id : ref.name === subscriptionOf(link);
    });
    return found?.[0];
  }

  /** It would try again what cannot be done. */
  async stop(link: LinkId): Promise<void> {
    await this.#options.dialect.stop(link, this.#end(link, 'to').sql);
    await this.#look();
  }

  countedOf(link: LinkId): SubscriptionState['counted'] {
    return this.#all.get(link)?.counted ?? {};
  }

  /** Where the first transaction ends that the receiver has not applied. */
  firstWaiting(link: LinkId): Promise<string | undefined> {
    return this.#options.dialect.firstWaiting(link, this.#end(link, 'from').sql);
  }

  statusOf(link: LinkId): SubscriptionState['status'] | undefined {
    return this.#all.get(link)?.status;
  }

  /** Those that there were before and are not of these plans go. What they had still to send is lost with them: see to that before. */
  async bring(plans: readonly LinkPlan[]): Promise<Result<null>> {
    try {
      const gone = [...this.#all.values()].filter(({plan}) => !plans.some(wanted => samePlan(wanted, plan)));
      const fresh = plans.filter(wanted => ![...this.#all.values()].some(({plan}) => samePlan(wanted, plan)));
      // Both ends speak to each other when a subscription goes, too.
      return await this.#options.links.clearly(
        [...gone.map(({plan}) => plan), ...fresh].map(({link}) => link),
        async () => {
          await this.#removeAll(gone.map(({plan}) => plan));
          const arranged = await this.#options.links.arrange(plans.map(({link}) => link));
          if (!arranged.ok) return arranged;
          // One after the other: making a slot waits for transactions at the sender, such as one that makes a subscription there.
          for (const plan of fresh) await this.#make(plan);
          await this.#connected(fresh.map(({link}) => link));
          return succeed(null);
        },
      );
    } catch (error) {
      if (error instanceof FailureError) return {ok: false, failure: error.failure};
      throw error;
    }
  }

  /** Starts again what was stopped, such as after another resolver was chosen. */
  async restart(link: LinkId): Promise<void> {
    await this.#options.dialect.kick(link, this.#end(link, 'to').sql);
    await this.#look();
  }

  /**
   * The leader is back: those who wait before they try to reach it again try now; its own workers begin by themselves. Until all are connected
   * that can be, or some time has passed.
   */
  async reconnect(leader: LeaderId): Promise<void> {
    const links = [...this.#all.keys()].filter(link => {
      const {from, to} = linkEnds(link);
      return (from === leader || to === leader) && this.#mayConnect(link) && this.statusOf(link) !== 'stopped';
    });
    const until = Date.now() + RECONNECT_LIMIT_MS;
    try {
      await this.#look();
      const waiting = links.filter(link => linkEnds(link).from === leader && this.statusOf(link) === 'connecting');
      await Promise.all(waiting.map(link => this.#kick(link)));
      while (links.some(link => this.statusOf(link) === 'connecting') && Date.now() < until) {
        await new Promise(resolve => setTimeout(resolve, 30));
        await this.#look();
      }
    } catch (error) {
      // Another leader went down meanwhile; those that are up are looked after all the same.
      if (!(error instanceof FailureError)) throw error;
    }
  }

  /** Workers keep to the settings that they began with: those at this receiver begin anew. */
  async restartAt(receiver: LeaderId): Promise<void> {
    const links = [...this.#all.keys()].filter(link => linkEnds(link).to === receiver);
    for (const link of links) await this.#options.dialect.kick(link, this.#end(link, 'to').sql);
    await this.#look();
  }

  async skip(link: LinkId, lsn: string): Promise<void> {
    await this.#options.dialect.skip(link, lsn, this.#end(link, 'to').sql);
    await this.#look();
  }

  /** What the servers say now. */
  async #look(): Promise<void> {
    const {leaders, dialect} = this.#options;
    await Promise.all(
      [...leaders.values()].map(async leader => {
        const links = [...this.#all.keys()].filter(link => linkEnds(link).to === leader.id);
        if (leader.state.status !== 'up' || links.length === 0) return;
        for (const state of await dialect.states(links, leader.sql)) this.#enter(state);
      }),
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #make(plan: LinkPlan): Promise<void> {
    const {link} = plan;
    const {dialect, links} = this.#options;
    const [sender, receiver] = [this.#end(link, 'from'), this.#end(link, 'to')];
    const port = links.all().find(({id}) => id === link)?.port ?? 0;
    if (sender.address === undefined) throw new FailureError({code: 'down', message: `${sender.id} is down`});
    const dsn = dsnOf({...sender.address, host: '127.0.0.1', port});
    const isThere = await dialect.adopt(link, dsn, receiver.sql);
    if (!isThere) await dialect.subscribe(plan, dsn, receiver.sql, sender.sql);
    this.#all.set(link, {plan, id: undefined, status: 'connecting', counted: {}, idleSinceMs: undefined});
  }

  /** At all receivers at once: each waits for its workers to end. */
  async #removeAll(plans: readonly LinkPlan[]): Promise<void> {
    const receivers = new Set(plans.map(({link}) => linkEnds(link).to));
    const removeAt = async (receiver: LeaderId): Promise<void> => {
      for (const plan of plans) if (linkEnds(plan.link).to === receiver) await this.#remove(plan);
    };
    await Promise.all([...receivers].map(removeAt));
  }

  async #remove({link}: LinkPlan): Promise<void> {
    await this.#options.dialect.unsubscribe(link, this.#end(link, 'to').sql, this.#end(link, 'from').sql);
    this.#all.delete(link);
  }

  async #connected(links: readonly LinkId[]): Promise<void> {
    const until = Date.now() + READY_LIMIT_MS;
    while (links.some(link => this.statusOf(link) === 'connecting')) {
      if (Date.now() > until) throw new FailureError({code: 'not-linked', message: `no replication over ${links.join(', ')}`});
      await this.#look();
      await new Promise(resolve => setTimeout(resolve, 30));
    }
  }

  /** Looks how they are, and pushes those that do not come back by themselves. */
  async #tend(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#look();
      await Promise.all([...this.#all.values()].map(subscription => this.#push(subscription)));
    } catch {
      // A server died meanwhile; it is looked at again soon.
    } finally {
      this.#looking = false;
    }
  }

  async #push(subscription: Subscription): Promise<void> {
    const {plan, status} = subscription;
    if (status !== 'connecting' || !this.#mayConnect(plan.link)) {
      subscription.idleSinceMs = undefined;
      return;
    }
    subscription.idleSinceMs ??= Date.now();
    if (Date.now() - subscription.idleSinceMs < PATIENCE_MS) return;
    await this.#kick(plan.link);
  }

  /** A worker that begins is not to be disturbed: ending it would take a second. */
  async #kick(link: LinkId): Promise<void> {
    const subscription = this.#all.get(link);
    if (subscription !== undefined) subscription.idleSinceMs = Date.now();
    await this.#options.dialect.kick(link, this.#end(link, 'to').sql);
  }

  #mayConnect(link: LinkId): boolean {
    const rule = this.#options.links.all().find(({id}) => id === link)?.rule;
    const areUp = (['from', 'to'] as const).every(end => this.#end(link, end).state.status === 'up');
    return areUp && rule !== undefined && !rule.cut && !rule.hold;
  }

  #enter({link, id, status, counted}: SubscriptionState): void {
    const known = this.#all.get(link);
    if (known === undefined) return;
    // What was counted before the first look is of an earlier lab.
    const fresh = known.id === undefined ? [] : Object.keys(counted).filter(name => (counted[name] ?? 0) > (known.counted[name] ?? 0));
    const isSame = known.status === status && fresh.length === 0;
    Object.assign(known, {id, status, counted});
    if (!isSame) this.#options.changed(link, status, fresh);
  }

  #end(link: LinkId, end: 'from' | 'to'): PostgresLeader {
    const leader = this.#options.leaders.get(linkEnds(link)[end]);
    if (leader === undefined) throw new FailureError({code: 'no-leader', message: `there is no leader ${linkEnds(link)[end]}`});
    return leader;
  }
}
