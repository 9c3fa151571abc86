/**
 * What becomes of links that a server stops: they are shown with its words, the leader is halted, and they go
 * on after `skip`, after the row in the way has changed, or under another resolver. A stop is over once what
 * it was about is applied: that a worker runs means nothing, since one that fails begins anew each time.
 */
import {FailureError, type Result, succeed} from '../../../base/failure.ts';
import {type Key, type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import {covers, type Dot, seqOf} from '../../../core/log/version-vector.ts';
import type {SaidStop} from '../leader/log-listener.ts';
import type {PostgresLeader} from '../leader/postgres-leader.ts';
import type {SubscriptionState} from './dialect.ts';
import {type Stop, Stops} from './stop-repair.ts';
import type {Subscriptions} from './subscriptions.ts';

export interface HaltsOptions {
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly subscriptions: Subscriptions;
  /** Whether the servers' logs are heard; else only what they count tells that they stopped. */
  readonly hearsLogs: boolean;
  /** A link is stopped, or goes on. */
  changed(): void;
}

/** As PostgreSQL counts them: an insert or update that another row is in the way of. */
const STOPPING = ['insert_exists', 'update_exists', 'multiple_unique_conflicts'];

export class Halts {
  readonly #options: HaltsOptions;
  readonly #stops = new Stops();
  /** Links of which nobody knows what they stopped at, and that were started again. */
  readonly #retried = new Set<LinkId>();

  constructor(options: HaltsOptions) {
    this.#options = options;
  }

  of(link: LinkId): Stop | undefined {
    return this.#stops.get(link);
  }

  /** A server could not apply what came over a link. It would try again for ever, so it is stopped. */
  async heard(at: LeaderId, {stop, conflict, lines}: SaidStop): Promise<void> {
    const {leaders, subscriptions} = this.#options;
    const link = subscriptions.linkOf(at, stop.subscription);
    const receiver = leaders.get(at);
    if (link === undefined || receiver === undefined) return;
    const sender = leaders.get(linkEnds(link).from);
    await sender?.look();
    const dot = sender?.listener.dotOf(conflict?.remoteXid);
    const op = dot && sender?.replica.get(dot);
    if (op !== undefined && covers(receiver.replica.vv, op.dot)) return;
    if (this.#stops.get(link) === undefined) receiver.notice(`${link} is stopped: ${stop.error}`);
    const others = op === undefined ? [] : receiver.replica.conflictsWith(op);
    this.#stops.add({link, error: lines.join(' '), lsn: stop.finishedAtLsn, op, with: others}, Date.now());
    this.#retried.delete(link);
    if (op !== undefined) receiver.halted(op, lines);
    this.#tell(at);
    await subscriptions.stop(link).catch(() => undefined);
  }

  /** What cannot be named takes the next place that is free. */
  async skip(at: LeaderId, origin: LeaderId | undefined): Promise<Result<readonly Dot[]>> {
    const leader = this.#options.leaders.get(at);
    const skipped: Dot[] = [];
    try {
      for (const {link, op, lsn} of this.#stops.at(at, origin)) {
        const end = lsn ?? (await this.#options.subscriptions.firstWaiting(link));
        if (leader === undefined || end === undefined) continue;
        const {from} = linkEnds(link);
        const dot = op?.dot ?? {origin: from, seq: seqOf(leader.replica.vv, from) + 1};
        await leader.sql.query('select lab.skip($1, $2)', [dot.origin, dot.seq]);
        await this.#options.subscriptions.skip(link, end);
        this.#over(link);
        skipped.push(dot);
      }
      return succeed(skipped);
    } catch (error) {
      if (error instanceof FailureError) return {ok: false, failure: error.failure};
      throw error;
    }
  }

  /** Where a row was in the way of a link, it may pass now. */
  rowChanged(at: LeaderId, key: Key): void {
    for (const {link} of this.#stops.on(at, key))
      void this.#options.subscriptions.restart(link).catch(() => undefined);
  }

  /** The receiver's workers were started anew. */
  retried(at: LeaderId): void {
    for (const {link} of this.#stops.at(at, undefined)) this.#retried.add(link);
  }

  /** Operations arrived at a leader: perhaps what a link had stopped at. */
  arrived(at: LeaderId): void {
    const {leaders} = this.#options;
    for (const {link, op} of this.#stops.at(at, undefined)) {
      if (op !== undefined && covers(leaders.get(at)?.replica.vv ?? {}, op.dot)) this.#over(link);
    }
  }

  heardSubscription(link: LinkId, status: SubscriptionState['status']): void {
    if (status === 'replicating' && this.#retried.delete(link) && this.#stops.get(link)?.op === undefined)
      this.#over(link);
  }

  /**
   * A server counted conflicts of these kinds. Of those that stop it, its log says more, where that is heard.
   */
  async heardCounts(link: LinkId, names: readonly string[]): Promise<void> {
    const {leaders, subscriptions, hearsLogs} = this.#options;
    const [name] = names.filter(one => STOPPING.includes(one));
    const {from, to} = linkEnds(link);
    const [sender, receiver] = [leaders.get(from), leaders.get(to)];
    if (
      hearsLogs ||
      name === undefined ||
      sender === undefined ||
      receiver === undefined ||
      this.#stops.get(link) !== undefined
    )
      return;
    await Promise.all([sender.look(), receiver.look()]);
    const op = sender.replica.get({origin: from, seq: seqOf(receiver.replica.vv, from) + 1});
    if (op === undefined) return;
    const error = `${name}, which the server has counted; its words are in its own log`;
    this.#stops.add({link, error, lsn: undefined, op, with: receiver.replica.conflictsWith(op)}, Date.now());
    receiver.notice(`${link} is stopped: ${name}`);
    receiver.halted(op, []);
    this.#tell(to);
    await subscriptions.stop(link).catch(() => undefined);
  }

  #over(link: LinkId): void {
    this.#retried.delete(link);
    if (this.#stops.remove(link)) this.#tell(linkEnds(link).to);
  }

  #tell(at: LeaderId): void {
    const leader = this.#options.leaders.get(at);
    if (leader !== undefined) leader.replica.halted = this.#stops.haltedAt(at);
    this.#options.changed();
  }
}
