/**
 * Makes, changes, removes, restarts and watches the subscriptions behind the links. A change is atomic. A
 * link that PostgreSQL has stopped stays stopped until somebody skips the failed operation or repairs the
 * row.
 */
import {FailureError, type Result, succeed} from '../../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import type {Links} from '../../shared/links.ts';
import type {PostgresLeader} from '../leader/postgres-leader.ts';
import type {SubscriptionRef} from '../server/server-conflict.ts';
import {setGuard} from '../sql/schema.ts';
import {dsnOf} from '../sql/sql.ts';
import {
  type Dialect,
  type LinkPlan,
  linkOfSubscription,
  type SubscriptionState,
  subscriptionOf,
} from './dialect.ts';
import {type PlanChanges, planChanges} from './subscription-plan.ts';

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
  /** Looking after them failed in a way that nobody foresaw; told once. It is tried again all the same. */
  failed(reason: string): void;
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
  /** Subscriptions that could not be removed yet. Their links are closed, so they carry nothing. */
  readonly #leftovers = new Set<LinkId>();
  /** Subscriptions that may not follow their plan. Their links are held; the function releases the link. */
  readonly #doubtful = new Map<LinkId, () => void>();
  /** Whether each receiver ignores its own operations when they come back, where that is known. */
  readonly #guards = new Map<LeaderId, boolean>();
  #isChanging = false;
  #repairing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  /** The last failure that was told. */
  #told: string | undefined;

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

  /**
   * Makes all subscriptions follow these plans, or none: makes new ones before it removes old ones, and
   * restores the old state on a failure. Calls `decided` when nothing can fail any more. New subscriptions
   * send only what is written from now on, so everything must have arrived before, and writes must wait
   * during the change.
   */
  async bring(plans: readonly LinkPlan[], decided: () => void = () => {}): Promise<Result<null>> {
    const before = this.plans();
    const changes = planChanges(before, plans);
    const touched = [...changes.fresh, ...changes.altered, ...changes.gone].map(({link}) => link);
    this.#isChanging = true;
    try {
      // Both ends speak to each other when a subscription goes, too.
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
    if (before.length === 0) await this.#findLeftovers(plans);
    await this.#repair();
    const [leftover] = this.#leftovers;
    if (leftover !== undefined)
      throw failureOf('not-done', `the old subscription of ${leftover} has not been removed yet`);
    await this.#arrange([...before, ...plans]);
    // One after the other: making a slot waits for transactions at the sender, such as one that makes a
    // subscription there.
    for (const plan of fresh) await this.#make(plan);
    await this.#guard([...before, ...plans]);
    for (const plan of altered) await this.#alter(plan);
    await this.#connected([...fresh, ...altered].map(({link}) => link));
  }

  /** `#repair` retries what cannot be done now. */
  async #putBack(before: readonly LinkPlan[], {fresh, altered}: PlanChanges): Promise<void> {
    for (const {link} of fresh) {
      this.#all.delete(link);
      this.#leftovers.add(link);
    }
    for (const {link} of altered) {
      const plan = before.find(one => one.link === link);
      const known = this.#all.get(link);
      if (plan !== undefined && known !== undefined)
        this.#all.set(link, {...known, plan, status: 'connecting'});
      this.#doubt(link);
    }
    await this.#arrange(before).catch(ignoreFailure);
    await this.#repair();
  }

  /** The new subscriptions exist; removes what is left of the old ones. */
  async #clearAway(plans: readonly LinkPlan[], {gone}: PlanChanges): Promise<void> {
    for (const {link} of gone) {
      this.#all.delete(link);
      this.#leftovers.add(link);
    }
    await this.#repair();
    await this.#arrange(plans).catch(ignoreFailure);
  }

  async #arrange(plans: readonly LinkPlan[]): Promise<void> {
    const arranged = await this.#options.links.arrange([...new Set(plans.map(({link}) => link))]);
    if (!arranged.ok) throw new FailureError(arranged.failure);
  }

  /** Its subscription may follow an outdated plan, so nothing passes until `#repair` has fixed it. */
  #doubt(link: LinkId): void {
    if (this.#doubtful.has(link)) return;
    const over = new Promise<void>(resolve => this.#doubtful.set(link, resolve));
    void this.#options.links.holding([link], () => over);
  }

  /**
   * Finishes a change that a dead or silent server interrupted: removes unwanted subscriptions and makes the
   * other subscriptions follow their plans. Retries later what still fails.
   */
  #repair(): Promise<void> {
    // One that failed was told to who asked for it, and ends no other.
    this.#repairing = this.#repairing
      .catch(() => {})
      .then(async () => {
        await this.#atAllReceivers([...this.#leftovers], link => this.#remove(link));
        await this.#atAllReceivers([...this.#doubtful.keys()], link => this.#settle(link));
        await this.#guard(this.plans()).catch(ignoreFailure);
      });
    return this.#repairing;
  }

  async #remove(link: LinkId): Promise<void> {
    await this.#options.dialect.unsubscribe(link, this.#end(link, 'to').sql, this.#end(link, 'from').sql);
    this.#leftovers.delete(link);
  }

  async #settle(link: LinkId): Promise<void> {
    const plan = this.#all.get(link)?.plan;
    if (plan !== undefined) await this.#follow(plan);
    this.#doubtful.get(link)?.();
    this.#doubtful.delete(link);
  }

  /** Removes subscriptions of an earlier lab that ended during a change. */
  async #findLeftovers(plans: readonly LinkPlan[]): Promise<void> {
    const {leaders, dialect} = this.#options;
    const names = await Promise.all([...leaders.values()].map(({sql}) => dialect.names(sql)));
    for (const link of names.flat().map(linkOfSubscription)) {
      if (link === undefined || plans.some(plan => plan.link === link)) continue;
      if (leaders.has(linkEnds(link).from) && leaders.has(linkEnds(link).to)) this.#leftovers.add(link);
    }
  }

  /**
   * Runs at all receivers in parallel, because each waits for its workers to end, and only where both ends
   * are up. A failure stops the work at that receiver.
   */
  async #atAllReceivers(links: readonly LinkId[], work: (link: LinkId) => Promise<void>): Promise<void> {
    const ready = links.filter(link => this.#areUp(link));
    const receivers = new Set(ready.map(link => linkEnds(link).to));
    const workAt = async (receiver: LeaderId): Promise<void> => {
      for (const link of ready) if (linkEnds(link).to === receiver) await work(link);
    };
    await Promise.all([...receivers].map(receiver => workAt(receiver).catch(ignoreFailure)));
  }

  /** Sets at each receiver that is up whether it ignores its own operations when they come back. */
  async #guard(plans: readonly LinkPlan[]): Promise<void> {
    for (const leader of this.#options.leaders.values()) {
      const isOn = plans.some(({link, isGuarded}) => linkEnds(link).to === leader.id && isGuarded);
      if (this.#guards.get(leader.id) === isOn || leader.state.status !== 'up') continue;
      this.#guards.delete(leader.id);
      await setGuard(isOn, leader.sql);
      this.#guards.set(leader.id, isOn);
    }
  }

  /** Starts again what was stopped, such as after another resolver was chosen. */
  async restart(link: LinkId): Promise<void> {
    await this.#options.dialect.kick(link, this.#end(link, 'to').sql);
    await this.#look();
  }

  /**
   * The leader is back: those who wait before they try to reach it again try now; its own workers begin by
   * themselves. Until all are connected that can be, or some time has passed.
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
      await this.#repair();
      await this.#look();
      const waiting = links.filter(
        link => linkEnds(link).from === leader && this.statusOf(link) === 'connecting',
      );
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
    await this.#follow(plan);
    this.#all.set(plan.link, {
      plan,
      id: undefined,
      status: 'connecting',
      counted: {},
      idleSinceMs: undefined,
    });
  }

  /** Continues an existing subscription, such as one of an earlier lab. */
  async #follow(plan: LinkPlan): Promise<void> {
    const {link} = plan;
    const {dialect} = this.#options;
    const [sender, receiver, dsn] = [
      this.#end(link, 'from').sql,
      this.#end(link, 'to').sql,
      this.#dsnOf(link),
    ];
    const isThere = await dialect.alter(plan, dsn, receiver, sender);
    if (!isThere) await dialect.subscribe(plan, dsn, receiver, sender);
  }

  /** Everything has arrived, so a server that forwards from now on need not resend old operations. */
  async #alter(plan: LinkPlan): Promise<void> {
    const {link} = plan;
    const known = this.#all.get(link);
    if (known !== undefined) this.#all.set(link, {...known, plan, status: 'connecting'});
    await this.#options.dialect.passOver(link, this.#end(link, 'to').sql, this.#end(link, 'from').sql);
    await this.#follow(plan);
  }

  /** How the receiver reaches the sender: over the link. */
  #dsnOf(link: LinkId): string {
    const sender = this.#end(link, 'from');
    if (sender.address === undefined) throw failureOf('down', `${sender.id} is down`);
    const port = this.#options.links.all().find(({id}) => id === link)?.port ?? 0;
    return dsnOf({...sender.address, host: '127.0.0.1', port});
  }

  async #connected(links: readonly LinkId[]): Promise<void> {
    const until = Date.now() + READY_LIMIT_MS;
    while (links.some(link => this.statusOf(link) === 'connecting')) {
      const lonely = links.find(link => !this.#areUp(link));
      if (lonely !== undefined) throw failureOf('not-linked', `${lonely} has lost one of its leaders`);
      if (Date.now() > until) throw failureOf('not-linked', `no replication over ${links.join(', ')}`);
      await this.#look();
      await new Promise(resolve => setTimeout(resolve, 30));
    }
  }

  /** Looks how they are, and pushes those that do not come back by themselves. */
  async #tend(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      if (!this.#isChanging) await this.#repair();
      await this.#look();
      await Promise.all([...this.#all.values()].map(subscription => this.#push(subscription)));
    } catch (error) {
      // A server may have died meanwhile; it is looked at again soon.
      if (!(error instanceof FailureError)) this.#tellOnce(String(error));
    } finally {
      this.#looking = false;
    }
  }

  #tellOnce(reason: string): void {
    if (reason !== this.#told) this.#options.failed(reason);
    this.#told = reason;
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
    return this.#areUp(link) && rule !== undefined && !rule.cut && !rule.hold && !this.#doubtful.has(link);
  }

  #areUp(link: LinkId): boolean {
    return (['from', 'to'] as const).every(end => this.#end(link, end).state.status === 'up');
  }

  #enter({link, id, status, counted}: SubscriptionState): void {
    const known = this.#all.get(link);
    if (known === undefined) return;
    // What was counted before the first look is of an earlier lab.
    const fresh =
      known.id === undefined
        ? []
        : Object.keys(counted).filter(name => (counted[name] ?? 0) > (known.counted[name] ?? 0));
    const isSame = known.status === status && fresh.length === 0;
    Object.assign(known, {id, status, counted});
    if (!isSame) this.#options.changed(link, status, fresh);
  }

  #end(link: LinkId, end: 'from' | 'to'): PostgresLeader {
    const leader = this.#options.leaders.get(linkEnds(link)[end]);
    if (leader === undefined) throw failureOf('no-leader', `there is no leader ${linkEnds(link)[end]}`);
    return leader;
  }
}

const failureOf = (code: string, message: string): FailureError => new FailureError({code, message});

function ignoreFailure(error: unknown): void {
  if (!(error instanceof FailureError)) throw error;
}
