/**
 * What a leader knows of one neighbour that it sends to: acknowledged, optimistically sent, and whether it
 * probes or streams. (After the per-peer progress of etcd's raft, `tracker/`.)
 *
 * `probe`: nothing is known to get through, so one small message at a time asks. `stream`: operations flow
 * within a window. A gap or a silence falls back to what was acknowledged, so loss, duplication, reordering
 * and reconnects need no cases of their own.
 */
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

/** What is the same on every link of a leader. */
export interface Sharing {
  readonly guarded: boolean;
  readonly members: ReadonlySet<LeaderId>;
}

export type ProgressState = 'closed' | 'greeting' | 'probe' | 'stream';

export class Progress {
  readonly peer: LeaderId;
  readonly link: LinkId;
  readonly #self: LeaderId;
  #forward: Forward;
  state: ProgressState = 'closed';
  /** What the neighbour has said it has, since its last hello. */
  acked: VersionVector = EMPTY;
  /** What it holds in memory until it can apply it, and whose operations it does not take: as last heard. */
  #buffered: VersionVector = EMPTY;
  #refused: readonly LeaderId[] = [];
  #guarded: boolean;
  #members: ReadonlySet<LeaderId>;
  /** When we last heard anything, and last sent something that wants an answer. Monotonic ms. */
  heardAtMs = 0;
  askedAtMs = 0;
  rttMs: number | undefined;
  /** When the last heartbeat was sent. Monotonic ms. */
  pingedAtMs = Number.NEGATIVE_INFINITY;
  /** Arrivals before this are acknowledged, or none of this link's business. */
  #settled = 0;
  #next = 0;
  #inFlight: Batch[] = [];
  #inFlightOps = 0;
  #inFlightBytes = 0;
  #lastBatch = 0;
  #fellBackAt = 0;

  constructor(self: LeaderId, peer: LeaderId, forward: Forward, {guarded, members}: Sharing) {
    this.#self = self;
    this.peer = peer;
    this.link = linkId(self, peer);
    this.#forward = forward;
    this.#guarded = guarded;
    this.#members = members;
  }

  /** After a change everything is looked at again. */
  set forward(forward: Forward) {
    if (forward === this.#forward) return;
    this.#forward = forward;
    this.#reconsider();
  }

  /** With the loop guard, a neighbour is not sent what it accepted itself. */
  set guarded(guarded: boolean) {
    if (guarded === this.#guarded) return;
    this.#guarded = guarded;
    this.#reconsider();
  }

  /**
   * Whose operations come from themselves. A new member is no reason to look at everything again, one that
   * left is.
   */
  set members(members: ReadonlySet<LeaderId>) {
    const hasLeft = [...this.#members].some(leader => !members.has(leader));
    this.#members = members;
    if (hasLeft) this.#reconsider();
  }

  get isOpen(): boolean {
    return this.state === 'stream' || this.state === 'probe';
  }

  get isWaiting(): boolean {
    return this.state === 'greeting' || this.#inFlight.length > 0;
  }

  /** How long to wait for an answer before asking again: some more than a round trip. */
  get timeoutMs(): number {
    if (this.rttMs === undefined) return FIRST_TIMEOUT_MS;
    return Math.min(MAX_TIMEOUT_MS, Math.max(MIN_TIMEOUT_MS, 1.5 * this.rttMs + 100));
  }

  observeRtt(sampleMs: number): void {
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

  /** The neighbour's hello replaces what we believed: it may have come back with less, or more. */
  greet(have: VersionVector): void {
    this.state = 'stream';
    this.acked = have;
    this.#buffered = EMPTY;
    this.#refused = [];
    this.#reconsider();
  }

  /** The neighbour sent us these, so it has them on disk, with all of their origins before them. */
  learn(sent: VersionVector): void {
    this.acked = merge(this.acked, sent);
  }

  /** What the neighbour holds that it said it held no longer, and what it takes again, is sent again. */
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
    if (this.state === 'probe') this.state = 'stream';
  }

  /**
   * Something before batch `gapAt` is missing over there. Complaints about what was sent before the last
   * fallback are old news.
   */
  noticeGap(gapAt: number): void {
    if (gapAt > this.#fellBackAt) this.#forgetSent();
  }

  /** Nothing came back in time: fall back, and ask with one small batch until something does. */
  noticeSilence(): void {
    this.state = 'probe';
    this.#forgetSent();
  }

  #reconsider(): void {
    this.#settled = 0;
    this.#forgetSent();
  }

  #forgetSent(): void {
    this.#next = this.#settled;
    this.#inFlight = [];
    this.#inFlightOps = 0;
    this.#inFlightBytes = 0;
    this.#fellBackAt = this.#lastBatch;
  }

  /**
   * The next batch to send, or nothing where the window is full, nothing is missing or the neighbour has not
   * greeted. Only persisted operations (invariant 2), in the order of arrival here.
   */
  nextBatch(log: OpLog): {batch: number; ops: readonly Op[]; hops: readonly number[]} | undefined {
    if (this.state !== 'stream' && !(this.state === 'probe' && this.#inFlight.length === 0)) return undefined;
    if (this.#inFlightOps >= WINDOW_OPS || this.#inFlightBytes >= WINDOW_BYTES) return undefined;
    this.#settle(log);
    this.#next = Math.max(this.#next, this.#settled);
    const end = log.persistedCount;
    // At the end of most steps.
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
    return {batch: this.#lastBatch, ops, hops};
  }

  /** How many operations this link has still to deliver. */
  waiting(log: OpLog): number {
    return missing(log.vv, this.acked, origin => this.#carries(origin));
  }

  #settle(log: OpLog): void {
    while (this.#settled < log.persistedCount) {
      const op = log.arrivals[this.#settled];
      if (op !== undefined && this.#concerns(op) && !covers(this.acked, op.dot)) return;
      this.#settled += 1;
    }
  }

  /** Whether this link is to carry the operation, as things stand. */
  wants(op: Op): boolean {
    return this.#concerns(op) && this.#lacks(op);
  }

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
