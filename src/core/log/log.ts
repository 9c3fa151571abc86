/**
 * The op log in memory: the database itself. Everything else a leader knows is a fold of it.
 *
 * Invariant 1: the log holds operations 1..n of each origin without a gap.
 * Invariant 5: an operation that was acknowledged never leaves the log.
 */
import {assert} from '../../base/assert.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {Op} from './op.ts';
import {addHash, hashOp} from './op-hash.ts';
import {
  covers,
  type Dot,
  EMPTY,
  extend,
  origins,
  seqOf,
  showDot,
  type VersionVector,
} from './version-vector.ts';

/** For some origins, the sum of the hashes of their operations up to a point. */
export type Sums = {readonly [origin: LeaderId]: number};

/**
 * The operations of a leader in memory, in order of arrival. An assertion fails if an appended operation is
 * not the next of its origin (invariant 1). The caller writes them to the disk and reports it with
 * `markPersisted`; only `dropUnpersisted` removes any.
 */
export class OpLog {
  readonly #arrivals: Op[] = [];
  /**
   * The number of links that each arrival came over. Operations that were read from the disk count from 0
   * again.
   */
  readonly #hops: number[] = [];
  readonly #byOrigin = new Map<LeaderId, Op[]>();
  /** For each origin, the running sums of the hashes of its operations. */
  readonly #sums = new Map<LeaderId, number[]>();
  #vv: VersionVector = EMPTY;
  #persistedCount = 0;
  #persistedVv: VersionVector = EMPTY;

  /** In the order in which this leader applied them. */
  get arrivals(): readonly Op[] {
    return this.#arrivals;
  }

  /** The operations in the log. */
  get vv(): VersionVector {
    return this.#vv;
  }

  /**
   * The number of arrivals that survive a crash. Only these may be acknowledged or sent on (invariant 2).
   * persistedCount <= arrivals
   */
  get persistedCount(): number {
    return this.#persistedCount;
  }

  get persistedVv(): VersionVector {
    return this.#persistedVv;
  }

  append(op: Op, hops = 0): void {
    const known = seqOf(this.#vv, op.dot.origin);
    assert(op.dot.seq === known + 1, `1: ${showDot(op.dot)} cannot follow ${op.dot.origin}:${known}`);
    this.#arrivals.push(op);
    this.#hops.push(hops);
    const own = this.#byOrigin.get(op.dot.origin);
    if (own) own.push(op);
    else this.#byOrigin.set(op.dot.origin, [op]);
    this.#addHash(op);
    this.#vv = extend(this.#vv, op.dot);
  }

  has(dot: Dot): boolean {
    return covers(this.#vv, dot);
  }

  get(dot: Dot): Op | undefined {
    return this.#byOrigin.get(dot.origin)?.[dot.seq - 1];
  }

  /**
   * The sum over the origin's operations up to and including `seq`; the log must hold all of them. Leaders
   * with the same operations get the same sum.
   */
  sumOf(origin: LeaderId, seq: number): number {
    return this.#sums.get(origin)?.[seq - 1] ?? 0;
  }

  /** `sumOf` for each entry of the vector. The log must cover the vector. */
  sumsOf(vv: VersionVector): Sums {
    const sums: {[origin: LeaderId]: number} = {};
    for (const origin of origins(vv)) sums[origin] = this.sumOf(origin, seqOf(vv, origin));
    return sums;
  }

  hopsOf(arrival: number): number {
    return this.#hops[arrival] ?? 0;
  }

  markPersisted(count: number): void {
    assert(
      count >= this.#persistedCount && count <= this.#arrivals.length,
      `2: persisted ${count} of ${this.#arrivals.length}`,
    );
    const fresh: {[origin: LeaderId]: number} = {...this.#persistedVv};
    for (let i = this.#persistedCount; i < count; i++) {
      const {origin, seq} = (this.#arrivals[i] as Op).dot;
      fresh[origin] = seq;
    }
    this.#persistedVv = fresh;
    this.#persistedCount = count;
  }

  /** Forgets the operations that were never persisted, hence never acknowledged or sent on. Returns them. */
  dropUnpersisted(): readonly Op[] {
    const dropped = this.#arrivals.splice(this.#persistedCount);
    for (const {dot} of dropped) {
      this.#byOrigin.get(dot.origin)?.pop();
      this.#sums.get(dot.origin)?.pop();
    }
    this.#hops.splice(this.#persistedCount);
    this.#vv = this.#persistedVv;
    return dropped;
  }

  #addHash(op: Op): void {
    const {origin, seq} = op.dot;
    const sum = addHash(this.sumOf(origin, seq - 1), hashOp(op));
    const sums = this.#sums.get(origin);
    if (sums) sums.push(sum);
    else this.#sums.set(origin, [sum]);
  }
}
