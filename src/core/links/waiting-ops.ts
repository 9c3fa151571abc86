/**
 * The operations that wait in memory for operations that they depend on: one queue for each origin, in the
 * order of the origin. Their number and size are bounded; an origin is `full` from the time one of its
 * operations is refused for lack of room until there is room again.
 */
import {assert, must} from '../../base/assert.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {OpLog} from '../log/log.ts';
import type {Arrival} from '../log/op.ts';
import {opBytes} from '../log/op-size.ts';
import {seqOf, type VersionVector} from '../log/version-vector.ts';

export const WAITING_OPS = 4096;
const WAITING_BYTES = 8 * 1024 * 1024;
/** The number of origins that can always keep one operation waiting, even if there is no other room. */
const WAITING_ORIGINS = 256;

export class WaitingOps {
  readonly #log: OpLog;
  readonly #limitOps: number;
  /** For each origin the operations that follow its last one in the log, without a gap. No queue is empty. */
  readonly #queues = new Map<LeaderId, Arrival[]>();
  /** Origins with an operation that was refused for lack of room. */
  readonly #full = new Set<LeaderId>();
  /** The number and the size of all operations in the queues. queues.size <= ops */
  #ops = 0;
  #bytes = 0;

  constructor(log: OpLog, limitOps: number) {
    this.#log = log;
    this.#limitOps = limitOps;
  }

  get count(): number {
    return this.#ops;
  }

  has(origin: LeaderId): boolean {
    return this.#queues.has(origin);
  }

  countOf(origin: LeaderId): number {
    return this.#queues.get(origin)?.length ?? 0;
  }

  /** The origins with waiting operations. */
  origins(): IterableIterator<LeaderId> {
    return this.#queues.keys();
  }

  get full(): ReadonlySet<LeaderId> {
    return this.#full;
  }

  /** For each origin with waiting operations: the `seq` of its last operation here, applied or waiting. */
  lastSeqs(): VersionVector | undefined {
    if (this.#queues.size === 0) return undefined;
    return Object.fromEntries(
      [...this.#queues].map(([origin, queue]) => [origin, seqOf(this.#log.vv, origin) + queue.length]),
    );
  }

  /** Returns false if there is no room. Then the origin counts as full. */
  add(arrival: Arrival): boolean {
    const {origin, seq} = arrival.op.dot;
    const queue = this.#queues.get(origin);
    assert(seq === seqOf(this.#log.vv, origin) + (queue?.length ?? 0) + 1, 'what waits has no gap');
    const isFirst = queue === undefined && this.#queues.size < WAITING_ORIGINS;
    if (!isFirst && (this.#ops >= this.#limitOps || this.#bytes >= WAITING_BYTES)) {
      this.#full.add(origin);
      return false;
    }
    if (queue === undefined) this.#queues.set(origin, [arrival]);
    else queue.push(arrival);
    this.#ops += 1;
    this.#bytes += opBytes(arrival.op);
    assert(this.#queues.size <= this.#ops, 'no queue is empty');
    return true;
  }

  first(origin: LeaderId): Arrival | undefined {
    return this.#queues.get(origin)?.[0];
  }

  /** Some operation of the origin must wait. */
  takeFirst(origin: LeaderId): void {
    const queue = must(this.#queues.get(origin), 'the queue of the origin');
    const first = must(queue.shift(), 'the first operation of a queue');
    if (queue.length === 0) this.#queues.delete(origin);
    this.#ops -= 1;
    this.#bytes -= opBytes(first.op);
    assert(this.#queues.size <= this.#ops && this.#bytes >= 0, 'what leaves the queues had entered them');
    assert(this.#ops > 0 || this.#bytes === 0, 'empty queues hold no bytes');
  }

  forget(origin: LeaderId): void {
    while (this.#queues.has(origin)) this.takeFirst(origin);
  }

  clear(): void {
    for (const origin of [...this.#queues.keys()]) this.forget(origin);
    this.#full.clear();
  }

  /**
   * Clears `full` for origins without waiting operations, and for all once half of the room is free. Returns
   * whether any origin was full.
   */
  reopen(): boolean {
    if (this.#full.size === 0) return false;
    const before = this.#full.size;
    const isRoomy = this.#ops < this.#limitOps / 2 && this.#bytes < WAITING_BYTES / 2;
    for (const origin of this.#full) if (isRoomy || !this.#queues.has(origin)) this.#full.delete(origin);
    return this.#full.size < before;
  }
}
