/**
 * The op log in memory: the database itself. Everything else a leader knows is a fold of it.
 *
 * Invariant 1: the log holds operations 1..n of each origin without a gap.
 * Invariant 5: an operation that was acknowledged never leaves the log.
 */
import {assert, must} from '../../base/assert.ts';
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
   * The number of links that each arrival came over; as many as arrivals. Operations that were read from the
   * disk count from 0 again.
   */
  readonly #hops: number[] = [];
  /** The operation `seq` of an origin is at `seq - 1`. Together as many as arrivals. */
  readonly #byOrigin = new Map<LeaderId, Op[]>();
  /** For each origin, the running sums of the hashes of its operations; one for each operation. */
  readonly #sums = new Map<LeaderId, number[]>();
  /** For each origin the number of its operations in the log. */
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

  /** The first `persistedCount` arrivals. persistedVv <= vv */
  get persistedVv(): VersionVector {
    return this.#persistedVv;
  }

  append(op: Op, hops = 0): void {
    const known = seqOf(this.#vv, op.dot.origin);
    assert(op.dot.seq === known + 1, `1: ${showDot(op.dot)} cannot follow ${op.dot.origin}:${known}`);
    assert(!covers(op.after, op.dot), 'no operation has seen itself');
    this.#arrivals.push(op);
    this.#hops.push(hops);
    const own = this.#byOrigin.get(op.dot.origin);
    if (own) own.push(op);
    else this.#byOrigin.set(op.dot.origin, [op]);
    this.#addHash(op);
    this.#vv = extend(this.#vv, op.dot);
    assert((own?.length ?? 1) === op.dot.seq, '1: an origin has as many operations as its last seq');
    assert(this.#hops.length === this.#arrivals.length, 'each arrival has its number of links');
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
    return seq === 0 ? 0 : must(this.#sums.get(origin)?.[seq - 1], 'the sum of operations in the log');
  }

  /** `sumOf` for each entry of the vector. The log must cover the vector. */
  sumsOf(vv: VersionVector): Sums {
    const sums: {[origin: LeaderId]: number} = {};
    for (const origin of origins(vv)) sums[origin] = this.sumOf(origin, seqOf(vv, origin));
    return sums;
  }

  hopsOf(arrival: number): number {
    return must(this.#hops[arrival], 'the number of links of an arrival');
  }

  markPersisted(count: number): void {
    assert(
      count >= this.#persistedCount && count <= this.#arrivals.length,
      `2: persisted ${count} of ${this.#arrivals.length}`,
    );
    const fresh: {[origin: LeaderId]: number} = {...this.#persistedVv};
    for (let i = this.#persistedCount; i < count; i++) {
      const {origin, seq} = (this.#arrivals[i] as Op).dot;
      assert(seq === (fresh[origin] ?? 0) + 1, '1: the disk has the operations of an origin without a gap');
      fresh[origin] = seq;
    }
    this.#persistedVv = fresh;
    this.#persistedCount = count;
  }

  /** Forgets the operations that were never persisted, hence never acknowledged or sent on. Returns them. */
  dropUnpersisted(): readonly Op[] {
    const dropped = this.#arrivals.splice(this.#persistedCount);
    for (const {dot} of dropped) {
      assert(!covers(this.#persistedVv, dot), '5: a persisted operation stays in the log');
      must(this.#byOrigin.get(dot.origin)?.pop(), 'an operation that is dropped');
      must(this.#sums.get(dot.origin)?.pop(), 'the sum of an operation that is dropped');
    }
    this.#hops.splice(this.#persistedCount);
    this.#vv = this.#persistedVv;
    assert(this.#hops.length === this.#arrivals.length, 'each arrival has its number of links');
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
