/**
 * Follows the stop of a link from its cause to its end. It flows one way: a line in the log of the receiver's
 * server, or a counter where no log can be read, becomes an event; from the event the tracker finds the
 * operation that could not be applied, and puts it into the state of stopped links, which the view shows. A
 * stop is over once its operation is applied or skipped. A running worker does not prove that: the server
 * restarts a worker after each failure.
 */
import {assert} from '../../../base/assert.ts';
import {FailureError, type Result, succeed} from '../../../base/failure.ts';
import {type Key, type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import type {HaltedOrigin} from '../../../core/io/leader-event.ts';
import type {Op} from '../../../core/log/op.ts';
import {covers, type Dot, seqOf} from '../../../core/log/version-vector.ts';
import type {ApplyFailure} from '../leader/postgres-event.ts';
import type {PostgresLeader} from '../leader/postgres-leader.ts';
import type {SubscriptionState} from './dialect.ts';
import {type LinkStop, StoppedLinks} from './stopped-links.ts';
import type {Subscriptions} from './subscriptions.ts';

export interface TrackerOptions {
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly subscriptions: Subscriptions;
  /** True if the lab reads the logs of the servers. If not, only their counters reveal a stop. */
  readonly readsLogs: boolean;
  /** A link stopped, or its stop is over. */
  changed(): void;
}

/**
 * Counters of PostgreSQL for conflicts that stop a subscription: a row is in the way of an insert or update.
 */
const STOPPING = ['insert_exists', 'update_exists', 'multiple_unique_conflicts'];

/** The facts about a new stop. */
interface Cause {
  readonly link: LinkId;
  readonly receiver: PostgresLeader;
  readonly op: Op | undefined;
  readonly lsn: string | undefined;
  /** For the notice: one line. */
  readonly summary: string;
  /** For the state of the link. */
  readonly error: string;
  /** The lines of the server's log. */
  readonly lines: readonly string[];
}

/** Receives the events about stopped links of one cluster, and keeps their state. */
export class StopTracker {
  readonly #options: TrackerOptions;
  readonly #stopped = new StoppedLinks();
  /** Links that stopped at an unknown operation and were started again. */
  readonly #restarted = new Set<LinkId>();

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  of(link: LinkId): LinkStop | undefined {
    return this.#stopped.get(link);
  }

  haltedAt(receiver: LeaderId): readonly HaltedOrigin[] {
    return this.#stopped.haltedAt(receiver);
  }

  // How a stop begins.

  /** The server of this leader logged that it could not apply what came over a subscription. */
  async applyFailed(at: LeaderId, {stop, conflict, lines}: ApplyFailure): Promise<void> {
    const {leaders, subscriptions} = this.#options;
    const link = subscriptions.linkOf(at, stop.subscription);
    const receiver = leaders.get(at);
    if (link === undefined || receiver === undefined) return;
    const sender = leaders.get(linkEnds(link).from);
    await sender?.refresh();
    const op = sender?.operationOf(conflict?.remoteXid);
    if (op !== undefined && covers(receiver.replica.vv, op.dot)) return;
    const error = lines.join(' ');
    await this.#begin({link, receiver, op, lsn: stop.finishedAtLsn, summary: stop.error, error, lines});
  }

  /** The receiver's server counted conflicts of these kinds. Where its log can be read, that says more. */
  async countersIncreased(link: LinkId, names: readonly string[]): Promise<void> {
    const {leaders, readsLogs} = this.#options;
    const {from, to} = linkEnds(link);
    const [name] = names.filter(one => STOPPING.includes(one));
    const [sender, receiver] = [leaders.get(from), leaders.get(to)];
    const isKnown = readsLogs || this.#stopped.get(link) !== undefined;
    if (isKnown || name === undefined || sender === undefined || receiver === undefined) return;
    await Promise.all([sender.refresh(), receiver.refresh()]);
    const op = sender.replica.get({origin: from, seq: seqOf(receiver.replica.vv, from) + 1});
    if (op === undefined) return;
    const error = `the server counted ${name}; the details are in its own log`;
    await this.#begin({link, receiver, op, lsn: undefined, summary: name, error, lines: []});
  }

  /** The server would retry the same operation forever, so its subscription is stopped. */
  async #begin({link, receiver, op, lsn, summary, error, lines}: Cause): Promise<void> {
    assert(linkEnds(link).to === receiver.id, 'a link stops at its receiver');
    if (this.#stopped.get(link) === undefined) receiver.notice(`${link} is stopped: ${summary}`);
    const conflicting = op === undefined ? [] : receiver.replica.conflictsWith(op);
    this.#stopped.add({link, error, lsn, op, with: conflicting}, Date.now());
    this.#restarted.delete(link);
    if (op !== undefined) receiver.reportStopped(op, lines);
    this.#options.changed();
    await this.#options.subscriptions.stop(link).catch(() => undefined);
  }

  // How a stop ends.

  /**
   * Skips the operations at which links to this leader stopped, and returns them. If such an operation is
   * unknown, the next one of the sender takes its place.
   */
  async skip(at: LeaderId, origin: LeaderId | undefined): Promise<Result<readonly Dot[]>> {
    const {leaders, subscriptions} = this.#options;
    const leader = leaders.get(at);
    const skipped: Dot[] = [];
    try {
      for (const {link, op, lsn} of this.#stopped.at(at, origin)) {
        const end = lsn ?? (await subscriptions.firstWaiting(link));
        if (leader === undefined || end === undefined) continue;
        const {from} = linkEnds(link);
        const dot = op?.dot ?? {origin: from, seq: seqOf(leader.replica.vv, from) + 1};
        await leader.sql.query('select lab.skip($1, $2)', [dot.origin, dot.seq]);
        await subscriptions.skip(link, end);
        this.#end(link);
        skipped.push(dot);
      }
      return succeed(skipped);
    } catch (error) {
      if (error instanceof FailureError) return {ok: false, failure: error.failure};
      throw error;
    }
  }

  /** A row changed: an operation that it blocked may pass now. */
  rowChanged(at: LeaderId, key: Key): void {
    for (const {link} of this.#stopped.on(at, key))
      void this.#options.subscriptions.restart(link).catch(() => undefined);
  }

  /** Call it after the workers of this receiver were restarted, for example with another resolver. */
  workersRestarted(at: LeaderId): void {
    for (const {link} of this.#stopped.at(at, undefined)) this.#restarted.add(link);
  }

  /** Operations arrived at this leader, perhaps one at which a link had stopped. */
  operationsArrived(at: LeaderId): void {
    const applied = this.#options.leaders.get(at)?.replica.vv ?? {};
    for (const {link, op} of this.#stopped.at(at, undefined))
      if (op !== undefined && covers(applied, op.dot)) this.#end(link);
  }

  subscriptionEntered(link: LinkId, status: SubscriptionState['status']): void {
    if (status !== 'replicating' || !this.#restarted.delete(link)) return;
    if (this.#stopped.get(link)?.op === undefined) this.#end(link);
  }

  #end(link: LinkId): void {
    this.#restarted.delete(link);
    if (this.#stopped.remove(link)) this.#options.changed();
  }
}
