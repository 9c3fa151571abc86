/**
 * What a leader knows of one peer that it sends to: what the peer has acknowledged, what was sent and may
 * still arrive, and how much may be sent now. (After the progress that etcd's raft keeps of each follower,
 * `tracker/progress.go`.)
 *
 *              open()                greet()                noticeSilence()
 *     closed ──────────→ greeting ──────────────→ stream ─────────────────────→ probe
 *       ↑                    ↑                       ↑                            │
 *       └─ close(),          └─ open(),              └─ acknowledge(), greet() ───┘
 *          from any state       from any state
 *
 * - `closed`: there is no connection. Nothing is sent.
 * - `greeting`: connected, and the peer has not said yet what it has. No operations are sent.
 * - `stream`: operations flow, as many as the window holds.
 * - `probe`: nothing came back in time, so one small batch at a time asks whether anything gets through.
 *
 * After a gap, a silence or a reconnect the leader falls back to what the peer has acknowledged, and sends
 * from there again. So loss, duplication and reordering need no cases of their own.
 */
import {assert} from '../../base/assert.ts';
import {type LeaderId, type LinkId, linkId} from '../../base/ids.ts';
import type {Forward} from '../io/input-effect.ts';
import {type Holdings, MAX_HOPS} from '../io/message.ts';
import type {OpLog} from '../log/log.ts';
import type {Op} from '../log/op.ts';
import {opBytes} from '../log/op-size.ts';
import {covers, dominates, EMPTY, merge, missing, type VersionVector} from '../log/version-vector.ts';

export const BATCH_OPS = 256;
export const BATCH_BYTES = 512 * 1024;
export const PROBE_OPS = 8;
export const WINDOW_OPS = 4096;
export const WINDOW_BYTES = 4 * 1024 * 1024;
const FIRST_TIMEOUT_MS = 1000;
const MIN_TIMEOUT_MS = 250;
const MAX_TIMEOUT_MS = 5000;

interface Batch {
  readonly ops: readonly Op[];
  readonly bytes: number;
}

/** What is the same for every peer of a leader. */
export interface Sharing {
  /** Whether the loop guard is on: a peer is not sent what it accepted itself. */
  readonly guarded: boolean;
  /** Every leader of the cluster. */
  readonly members: ReadonlySet<LeaderId>;
}

export type ProgressState = 'closed' | 'greeting' | 'probe' | 'stream';

export class Progress {
  readonly peer: LeaderId;
  readonly link: LinkId;
  readonly #self: LeaderId;
  #forward: Forward;
  /** It changes as the header draws. */
  state: ProgressState = 'closed';
  /** What the peer has on disk, as far as it said since its last hello. It only grows between two hellos. */
  acked: VersionVector = EMPTY;
  /** What waits in the memory of the peer, as it said last. */
  #buffered: VersionVector = EMPTY;
  /** The origins whose operations the peer does not take now, as it said last. */
  #refused: readonly LeaderId[] = [];
  #guarded: boolean;
  #members: ReadonlySet<LeaderId>;
  /** When anything last arrived from the peer. Monotonic ms, like all times here. */
  receivedAtMs = 0;
  /** When a message that needs an answer was last sent, or an answer last came. */
  askedAtMs = 0;
  /** When the last heartbeat was sent. */
  pingedAtMs = Number.NEGATIVE_INFINITY;
  /** The smoothed time of a round trip; undefined before the first. */
  rttMs: number | undefined;
  /** Each arrival before this index is acknowledged or not for this link. settled <= persistedCount */
  #settled = 0;
  /** The index of the arrival to send next. settled <= next <= persistedCount after each batch */
  #next = 0;
  /** The batches sent and not yet acknowledged, oldest first: all of them hold arrivals before `#next`. */
  #inFlight: Batch[] = [];
  /** The sum over `#inFlight`, 0 only without a batch. It passes `WINDOW_OPS` by less than one batch. */
  #inFlightOps = 0;
  /** The sum over `#inFlight`. It passes `WINDOW_BYTES` by less than one batch. */
  #inFlightBytes = 0;
  /** The number of the last batch sent. It rises by 1 with each batch, over all connections. */
  #lastBatch = 0;
  /** `#lastBatch` at the last fallback: gaps before older batches are known. fellBackAt <= lastBatch */
  #fellBackAt = 0;

  constructor(self: LeaderId, peer: LeaderId, forward: Forward, {guarded, members}: Sharing) {
    this.#self = self;
    this.peer = peer;
    this.link = linkId(self, peer);
    this.#forward = forward;
    this.#guarded = guarded;
    this.#members = members;
  }

  /** Changes which operations travel on this link, so every arrival is checked again. */
  set forward(forward: Forward) {
    if (forward === this.#forward) return;
    this.#forward = forward;
    this.#reconsider();
  }

  /** With the loop guard, the peer is not sent what it accepted itself. */
  set guarded(guarded: boolean) {
    if (guarded === this.#guarded) return;
    this.#guarded = guarded;
    this.#reconsider();
  }

  /**
   * Members send their operations themselves. If one has left, others must send on what it accepted, so every
   * arrival is checked again.
   */
  set members(members: ReadonlySet<LeaderId>) {
    const hasLeft = [...this.#members].some(leader => !members.has(leader));
    this.#members = members;
    if (hasLeft) this.#reconsider();
  }

  /** Whether the peer has greeted over this connection. */
  get isOpen(): boolean {
    return this.state === 'stream' || this.state === 'probe';
  }

  /** Whether an answer of the peer is due. */
  get isWaiting(): boolean {
    return this.state === 'greeting' || this.#inFlight.length > 0;
  }

  /** How long to wait for an answer before sending again: more than one round trip takes. */
  get timeoutMs(): number {
    if (this.rttMs === undefined) return FIRST_TIMEOUT_MS;
    return Math.min(MAX_TIMEOUT_MS, Math.max(MIN_TIMEOUT_MS, 1.5 * this.rttMs + 100));
  }

  observeRtt(sampleMs: number): void {
    assert(sampleMs >= 0, 'an answer comes after its question');
    this.rttMs = this.rttMs === undefined ? sampleMs : 0.75 * this.rttMs + 0.25 * sampleMs;
  }

  open(): void {
    this.state = 'greeting';
    this.#forgetSent();
  }

  close(): void {
    this.state = 'closed';
    this.#forgetSent();
  }

  /** The peer's hello replaces all that was known of it: it may have come back with less, or with more. */
  greet(have: VersionVector): void {
    assert(this.state !== 'closed', 'a hello arrives over a connection');
    this.state = 'stream';
    this.acked = have;
    this.#buffered = EMPTY;
    this.#refused = [];
    this.#reconsider();
  }

  /** The peer sent these operations, so it has them on disk, and all before them of the same origins. */
  learn(sent: VersionVector): void {
    this.acked = merge(this.acked, sent);
  }

  /**
   * Takes in what the peer reports about itself. If it has dropped operations that waited in its memory, or
   * takes an origin again that it refused, these are sent again.
   */
  acknowledge({have, buffered = EMPTY, refuses = []}: Holdings): void {
    this.acked = merge(this.acked, have);
    const isMore =
      !dominates(merge(this.acked, buffered), this.#buffered) ||
      this.#refused.some(origin => !refuses.includes(origin));
    this.#buffered = buffered;
    this.#refused = refuses;
    if (isMore) this.#forgetSent();
    while (this.#inFlight[0]?.ops.every(op => !this.#lacks(op))) {
      const batch = this.#inFlight.shift();
      this.#inFlightOps -= batch?.ops.length ?? 0;
      this.#inFlightBytes -= batch?.bytes ?? 0;
    }
    assert(this.#inFlightOps >= 0 && this.#inFlightBytes >= 0, 'no batch leaves the window twice');
    assert((this.#inFlightOps === 0) === (this.#inFlight.length === 0), 'each batch holds operations');
    if (this.state === 'probe') this.state = 'stream';
  }

  /**
   * The peer misses an operation before batch `gapAt`. If that batch was sent before the last fallback, the
   * operation has been sent again since.
   */
  noticeGap(gapAt: number): void {
    if (gapAt > this.#fellBackAt) this.#forgetSent();
  }

  /** No answer came in time: falls back, and sends one small batch at a time until one comes. */
  noticeSilence(): void {
    assert(this.isOpen, 'a peer that has not greeted gets another hello instead');
    this.state = 'probe';
    this.#forgetSent();
  }

  /** Checks every arrival again. */
  #reconsider(): void {
    this.#settled = 0;
    this.#forgetSent();
  }

  /** The fallback: everything not acknowledged counts as not sent. */
  #forgetSent(): void {
    this.#next = this.#settled;
    this.#inFlight = [];
    this.#inFlightOps = 0;
    this.#inFlightBytes = 0;
    this.#fellBackAt = this.#lastBatch;
  }

  /**
   * Returns the next batch to send: persisted operations alone (invariant 2), in the order of arrival here.
   * Returns undefined if the window is full, nothing is left to send, or the peer has not greeted.
   */
  nextBatch(log: OpLog): {batch: number; ops: readonly Op[]; hops: readonly number[]} | undefined {
    if (this.state !== 'stream' && !(this.state === 'probe' && this.#inFlight.length === 0)) return undefined;
    if (this.#inFlightOps >= WINDOW_OPS || this.#inFlightBytes >= WINDOW_BYTES) return undefined;
    this.#settle(log);
    this.#next = Math.max(this.#next, this.#settled);
    const end = log.persistedCount;
    assert(this.#settled <= end, '2: nothing is settled that is not persisted');
    assert(this.#settled <= this.#next && this.#next <= end, '2: nothing is sent that is not persisted');
    // The usual case, at the end of most steps.
    if (this.#next >= end) return undefined;
    const limit = this.state === 'probe' ? PROBE_OPS : BATCH_OPS;
    const ops: Op[] = [];
    const hops: number[] = [];
    let bytes = 0;
    for (; this.#next < end && ops.length < limit; this.#next += 1) {
      const arrival = this.#next;
      const op = log.arrivals[arrival];
      if (op === undefined || !this.wants(op)) continue;
      const size = opBytes(op);
      if (ops.length > 0 && bytes + size > BATCH_BYTES) break;
      ops.push(op);
      hops.push(Math.min(MAX_HOPS, log.hopsOf(arrival) + 1));
      bytes += size;
    }
    if (ops.length === 0) return undefined;
    this.#inFlight.push({ops, bytes});
    this.#inFlightOps += ops.length;
    this.#inFlightBytes += bytes;
    this.#lastBatch += 1;
    assert(this.#inFlightOps < WINDOW_OPS + limit, 'the window is passed by less than one batch');
    return {batch: this.#lastBatch, ops, hops};
  }

  /** The number of operations that this link still has to deliver. */
  waiting(log: OpLog): number {
    return missing(log.vv, this.acked, origin => this.#carries(origin));
  }

  /** Moves `#settled` over arrivals that need no further check. */
  #settle(log: OpLog): void {
    while (this.#settled < log.persistedCount) {
      const op = log.arrivals[this.#settled];
      if (op !== undefined && this.#concerns(op) && !covers(this.acked, op.dot)) return;
      this.#settled += 1;
    }
  }

  /** Whether the peer needs the operation and this link carries it. */
  wants(op: Op): boolean {
    return this.#concerns(op) && this.#lacks(op);
  }

  /** Whether the operation travels on this link, whatever the peer has. */
  #concerns({dot}: Op): boolean {
    return this.#carries(dot.origin) && !(this.#guarded && dot.origin === this.peer);
  }

  #carries(origin: LeaderId): boolean {
    return this.#forward === 'all' || origin === this.#self || !this.#members.has(origin);
  }

  #lacks({dot}: Op): boolean {
    return !covers(this.acked, dot) && !covers(this.#buffered, dot) && !this.#refused.includes(dot.origin);
  }
}
