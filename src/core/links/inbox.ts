/**
 * Between the links and the log: which of the operations that arrive may be applied now. Per origin in order,
 * always. Under causal delivery an operation waits here, in memory, until all that its origin had applied is
 * applied; under the `halt` resolver the first operation of an origin that conflicts stops that origin here,
 * until someone says how to go on.
 *
 * What waits is bounded. Among all operations missing here, one that came before all others in causal order
 * never has to wait, so turning away what would have to can never keep out the one that everything waits for.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Fold} from '../fold/fold.ts';
import type {Delivery} from '../io/input-effect.ts';
import type {HaltedOrigin} from '../io/leader-event.ts';
import type {OpLog} from '../log/log.ts';
import type {Op} from '../log/op.ts';
import {opBytes} from '../log/op-size.ts';
import {covers, type Dot, dominates, seqOf, type VersionVector} from '../log/version-vector.ts';

export const WAITING_OPS = 4096;
export const WAITING_BYTES = 8 * 1024 * 1024;
/** So many origins may always keep one operation waiting, also when all is full. */
const WAITING_ORIGINS = 256;

/** An operation as it came, and the links that it came over. */
export interface Arrival {
  readonly op: Op;
  readonly hops: number;
}

/**
 * `gap`: something before it is missing. `refused`: not now; its origin is among those named by `refuses`.
 */
export type Offered = 'taken' | 'redundant' | 'gap' | 'refused';

export interface InboxHooks {
  apply(arrival: Arrival): void;
  /** Whether to halt on the operation, were it applied now. */
  haltOn(op: Op): HaltedOrigin | undefined;
  halted(halt: HaltedOrigin, op: Op): void;
  unhalted(origin: LeaderId): void;
  /** Origins are taken again: their senders should know. */
  reopened(): void;
}

export class Inbox {
  readonly #log: OpLog;
  readonly #hooks: InboxHooks;
  readonly #waitingLimit: number;
  #delivery: Delivery;
  /** Per origin what follows the log without a gap. No list is empty. */
  readonly #waiting = new Map<LeaderId, Arrival[]>();
  #waitingOps = 0;
  #waitingBytes = 0;
  /** Origins of which something was turned away for lack of room. */
  readonly #full = new Set<LeaderId>();
  readonly #halted = new Map<LeaderId, {readonly halt: HaltedOrigin; readonly arrival: Arrival}>();

  /** `waitingLimit`: how many operations may wait. */
  constructor(
    log: OpLog,
    {delivery, waitingLimit}: {readonly delivery: Delivery; readonly waitingLimit: number},
    hooks: InboxHooks,
  ) {
    this.#log = log;
    this.#delivery = delivery;
    this.#waitingLimit = waitingLimit;
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
    return [...this.#halted.values()].map(({halt}) => halt);
  }

  /** How many operations wait. */
  get waitingOps(): number {
    return this.#waitingOps;
  }

  /**
   * Up to where each origin's operations are here, the waiting ones too; of origins that have some waiting.
   */
  get buffered(): VersionVector | undefined {
    if (this.#waiting.size === 0) return undefined;
    return Object.fromEntries(
      [...this.#waiting].map(([origin, queue]) => [origin, seqOf(this.#log.vv, origin) + queue.length]),
    );
  }

  get refuses(): readonly LeaderId[] | undefined {
    return this.#halted.size + this.#full.size === 0 ? undefined : [...this.#halted.keys(), ...this.#full];
  }

  offer(arrival: Arrival): Offered {
    const {op} = arrival;
    const {origin, seq} = op.dot;
    const queue = this.#waiting.get(origin);
    const next = seqOf(this.#log.vv, origin) + (queue?.length ?? 0) + 1;
    if (seq < next) return 'redundant';
    if (this.#halted.has(origin) || this.#full.has(origin)) return 'refused';
    if (seq > next) return 'gap';
    if (queue !== undefined || !this.#isDue(op)) return this.#keep(arrival);
    this.#deliver(arrival);
    this.drain();
    return 'taken';
  }

  /** Applies what waits and need not wait longer. */
  drain(): void {
    let again = this.#waiting.size > 0;
    while (again) {
      again = false;
      for (const origin of this.#waiting.keys()) again = this.#drainOrigin(origin) || again;
    }
    this.#reopen();
  }

  /** Applies the operation that this origin, or any, is halted on, and goes on. Returns what was skipped. */
  skip(origin: LeaderId | undefined): readonly Dot[] {
    const released = this.#release(origin);
    for (const arrival of released) this.#hooks.apply(arrival);
    this.drain();
    return released.map(({op}) => op.dot);
  }

  /** Goes on with every origin, as the resolver now decides. */
  resume(): void {
    for (const arrival of this.#release(undefined)) this.#deliver(arrival);
    this.drain();
  }

  /** Whether operations of this origin wait. */
  waitsFor(origin: LeaderId): boolean {
    return this.#waiting.has(origin);
  }

  /** Forgets what waits of this origin. */
  forget(origin: LeaderId): void {
    while (this.#waiting.has(origin)) this.#takeFirst(origin);
  }

  /**
   * Forgets everything: the log is shorter now, and what waits may no longer follow it. It will be sent
   * again.
   */
  clear(): void {
    for (const origin of [...this.#waiting.keys()]) this.forget(origin);
    this.#full.clear();
    this.#release(undefined);
    this.#hooks.reopened();
  }

  #isDue(op: Op): boolean {
    return this.#delivery === 'fifo' || dominates(this.#log.vv, op.after);
  }

  #keep(arrival: Arrival): Offered {
    const {origin} = arrival.op.dot;
    const queue = this.#waiting.get(origin);
    const isFirst = queue === undefined && this.#waiting.size < WAITING_ORIGINS;
    if (!isFirst && (this.#waitingOps >= this.#waitingLimit || this.#waitingBytes >= WAITING_BYTES)) {
      this.#full.add(origin);
      return 'refused';
    }
    if (queue === undefined) this.#waiting.set(origin, [arrival]);
    else queue.push(arrival);
    this.#waitingOps += 1;
    this.#waitingBytes += opBytes(arrival.op);
    return 'taken';
  }

  #deliver(arrival: Arrival): void {
    const halt = this.#hooks.haltOn(arrival.op);
    if (halt === undefined) return this.#hooks.apply(arrival);
    this.#halted.set(halt.origin, {halt, arrival});
    this.forget(halt.origin);
    this.#hooks.halted(halt, arrival.op);
  }

  /** Whether something was delivered. */
  #drainOrigin(origin: LeaderId): boolean {
    let delivered = false;
    for (
      let first = this.#first(origin);
      first !== undefined && this.#isDue(first.op);
      first = this.#first(origin)
    ) {
      this.#takeFirst(origin);
      this.#deliver(first);
      delivered = true;
    }
    return delivered;
  }

  #first(origin: LeaderId): Arrival | undefined {
    return this.#waiting.get(origin)?.[0];
  }

  #takeFirst(origin: LeaderId): void {
    const queue = this.#waiting.get(origin);
    const first = queue?.shift();
    if (queue === undefined || first === undefined) return;
    if (queue.length === 0) this.#waiting.delete(origin);
    this.#waitingOps -= 1;
    this.#waitingBytes -= opBytes(first.op);
  }

  #release(origin: LeaderId | undefined): Arrival[] {
    const released: Arrival[] = [];
    for (const [halted, {arrival}] of this.#halted) {
      if (origin !== undefined && origin !== halted) continue;
      this.#halted.delete(halted);
      this.#hooks.unhalted(halted);
      released.push(arrival);
    }
    if (released.length > 0) this.#hooks.reopened();
    return released;
  }

  /**
   * Takes origins again that were turned away: those of which nothing waits, and all once there is room for
   * many.
   */
  #reopen(): void {
    if (this.#full.size === 0) return;
    const isRoomy = this.#waitingOps < this.#waitingLimit / 2 && this.#waitingBytes < WAITING_BYTES / 2;
    for (const origin of this.#full) {
      if (!isRoomy && this.#waiting.has(origin)) continue;
      this.#full.delete(origin);
      this.#hooks.reopened();
    }
  }
}

/**
 * What the operation would conflict with, were it applied now: writes on the frontier of a key that its
 * origin had not seen.
 */
export function conflictWith(op: Op, fold: Fold): HaltedOrigin | undefined {
  for (const {key} of op.writes) {
    const {context, members} = fold.snapshot(key).frontier;
    const unseen = members.filter(({dot}) => !covers(op.after, dot));
    if (unseen.length > 0 && !covers(context, op.dot))
      return {origin: op.dot.origin, dot: op.dot, key, with: unseen.map(({dot}) => dot)};
  }
  return undefined;
}
