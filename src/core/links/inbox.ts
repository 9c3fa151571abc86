/**
 * Between the links and the log: decides which of the operations that arrive may be applied now. Operations
 * of one origin are always applied in their order. Under causal delivery an operation also waits, in memory,
 * until everything that its origin had applied is applied here (`waiting-ops.ts`). Under the `halt` resolver
 * an operation that conflicts stops its origin (`halted-origins.ts`).
 *
 * The room for waiting operations is bounded. This cannot block delivery for good: the missing operation that
 * comes first in causal order never has to wait, so it is applied when it arrives, even if others are
 * refused.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Delivery} from '../io/input-effect.ts';
import type {HaltedOrigin} from '../io/leader-event.ts';
import type {OpLog} from '../log/log.ts';
import type {Arrival, Op} from '../log/op.ts';
import {type Dot, dominates, seqOf, type VersionVector} from '../log/version-vector.ts';
import {HaltedOrigins} from './halted-origins.ts';
import {WaitingOps} from './waiting-ops.ts';

/**
 * The result for an operation that arrived. `taken`: it is applied, or waits. `redundant`: it had arrived
 * before. `gap`: an operation before it is missing. `refused`: it is not accepted now; `refuses` names its
 * origin.
 */
export type Offered = 'taken' | 'redundant' | 'gap' | 'refused';

export interface InboxHooks {
  apply(arrival: Arrival): void;
  /** Returns what the operation conflicts with, if its origin has to halt on it. */
  haltOn(op: Op): HaltedOrigin | undefined;
  halted(halt: HaltedOrigin, op: Op): void;
  unhalted(origin: LeaderId): void;
  /** Operations that were refused before are accepted again: report this to their senders. */
  reopened(): void;
}

/**
 * Decides which of the operations that arrive may be applied now: `offer` applies one, keeps it waiting, or
 * says why not. Operations of one origin are applied in their order; under causal delivery each also waits
 * for all that its origin had applied; an origin that halts is refused until `skip` or `resume`. Call `drain`
 * after the log has grown in another way.
 */
export class Inbox {
  readonly #log: OpLog;
  readonly #hooks: InboxHooks;
  #delivery: Delivery;
  readonly #waiting: WaitingOps;
  readonly #halted = new HaltedOrigins();

  /** `waitingLimit`: how many operations may wait. */
  constructor(
    log: OpLog,
    {delivery, waitingLimit}: {readonly delivery: Delivery; readonly waitingLimit: number},
    hooks: InboxHooks,
  ) {
    this.#log = log;
    this.#delivery = delivery;
    this.#waiting = new WaitingOps(log, waitingLimit);
    this.#hooks = hooks;
  }

  get delivery(): Delivery {
    return this.#delivery;
  }

  set delivery(delivery: Delivery) {
    this.#delivery = delivery;
    this.drain();
  }

  get halted(): readonly HaltedOrigin[] {
    return this.#halted.list();
  }

  /** How many operations wait. */
  get waitingOps(): number {
    return this.#waiting.count;
  }

  /** For each origin with waiting operations: the `seq` of its last operation here, applied or waiting. */
  get buffered(): VersionVector | undefined {
    return this.#waiting.lastSeqs();
  }

  /** The origins whose operations are refused now. */
  get refuses(): readonly LeaderId[] | undefined {
    return this.#halted.size + this.#waiting.full.size === 0
      ? undefined
      : [...this.#halted.origins(), ...this.#waiting.full];
  }

  /** Applies the operation, keeps it waiting, or refuses it. */
  offer(arrival: Arrival): Offered {
    const {op} = arrival;
    const {origin, seq} = op.dot;
    const waiting = this.#waiting.countOf(origin);
    const next = seqOf(this.#log.vv, origin) + waiting + 1;
    if (seq < next) return 'redundant';
    if (this.#halted.has(origin) || this.#waiting.full.has(origin)) return 'refused';
    if (seq > next) return 'gap';
    if (waiting > 0 || !this.#isDue(op)) return this.#waiting.add(arrival) ? 'taken' : 'refused';
    this.#deliver(arrival);
    this.drain();
    return 'taken';
  }

  /** Applies the waiting operations that no longer have to wait. */
  drain(): void {
    let again = this.waitingOps > 0;
    while (again) {
      again = false;
      for (const origin of this.#waiting.origins()) again = this.#drainOrigin(origin) || again;
    }
    if (this.#waiting.reopen()) this.#hooks.reopened();
  }

  /**
   * Applies the operation that this origin (or every halted origin) halted on, and resumes the origin.
   * Returns the dots of these operations.
   */
  skip(origin: LeaderId | undefined): readonly Dot[] {
    const released = this.#release(origin);
    for (const arrival of released) this.#hooks.apply(arrival);
    this.drain();
    return released.map(({op}) => op.dot);
  }

  /** Resumes every halted origin, because the resolver has changed. */
  resume(): void {
    for (const arrival of this.#release(undefined)) this.#deliver(arrival);
    this.drain();
  }

  /** Whether operations of this origin wait. */
  waitsFor(origin: LeaderId): boolean {
    return this.#waiting.has(origin);
  }

  /** Forgets the waiting operations of this origin. */
  forget(origin: LeaderId): void {
    this.#waiting.forget(origin);
  }

  /**
   * Forgets everything: the log became shorter, so waiting operations may no longer follow it. Their senders
   * send them again.
   */
  clear(): void {
    this.#waiting.clear();
    this.#release(undefined);
    this.#hooks.reopened();
  }

  #isDue(op: Op): boolean {
    return this.#delivery === 'fifo' || dominates(this.#log.vv, op.after);
  }

  #deliver(arrival: Arrival): void {
    const halt = this.#hooks.haltOn(arrival.op);
    if (halt === undefined) return this.#hooks.apply(arrival);
    this.#halted.add(halt, arrival);
    this.forget(halt.origin);
    this.#hooks.halted(halt, arrival.op);
  }

  /** Returns whether something was delivered. */
  #drainOrigin(origin: LeaderId): boolean {
    let hasDelivered = false;
    for (
      let first = this.#waiting.first(origin);
      first !== undefined && this.#isDue(first.op);
      first = this.#waiting.first(origin)
    ) {
      this.#waiting.takeFirst(origin);
      this.#deliver(first);
      hasDelivered = true;
    }
    return hasDelivered;
  }

  #release(origin: LeaderId | undefined): readonly Arrival[] {
    const released = this.#halted.release(origin);
    for (const {op} of released) this.#hooks.unhalted(op.dot.origin);
    if (released.length > 0) this.#hooks.reopened();
    return released;
  }
}
