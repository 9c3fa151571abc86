/**
 * How a leader gets back operations that it accepted and no longer has: its data folder was deleted, or is a copy from before. If it took
 * writes at once, it would give their dots a second time, and nobody would ever be sent what it accepts.
 *
 * A leader that starts asks nobody: every neighbour says in its greeting what it has of this leader. Until all neighbours have said so, or
 * a limit has passed, writes wait here. Whenever somebody is heard to have more of this leader's operations than it has itself, which can
 * only mean that it lost them, it fetches them before it takes another write. Where they cannot be fetched, it takes writes all the
 * same, and `reused-dots.ts` finds what came of it.
 */
import {type Failure, fail} from '../base/failure.ts';
import type {LeaderId, LinkId} from '../base/ids.ts';
import type {OpLog} from './log.ts';
import type {Message} from './message.ts';
import {WINDOW_OPS} from './progress.ts';
import type {WriteRequest} from './step.ts';
import {seqOf} from './version-vector.ts';

/** How long a leader that starts waits for its neighbours, and how long one that fetches waits without getting anything. */
export const RECOVERY_LIMIT_MS = 1500;
/** How long a write waits at most. Whoever asks must wait longer. */
const WRITE_LIMIT_MS = 1500;
/** Writes that may wait. */
const WAITING_LIMIT = 1024;
/** When to ask again, and somebody else if there is somebody. */
const RETRY_MS = 500;
const SLOW_RETRY_MS = 2000;

interface Waiting {
  readonly write: WriteRequest;
  readonly deadlineMs: number;
}

/** What somebody else is known to have of this leader's operations, and the link over which it said so. */
interface Holder {
  readonly link: LinkId;
  readonly seq: number;
}

export interface Surroundings {
  /** All who will greet. */
  readonly neighbours: readonly LeaderId[];
  /** No other leader is a member. */
  readonly isAlone: boolean;
  /** Own operations came back that wait for what they depend on. */
  readonly buffers: boolean;
}

export interface RecoveryHooks {
  send(link: LinkId, message: Message): void;
  accept(write: WriteRequest): void;
  refuse(write: WriteRequest, failure: Failure): void;
  /** Operations up to `to` are here again. */
  recovered(from: number, to: number): void;
  /** Writes are taken, although these could not be fetched. */
  gaveUp(from: number, to: number, holder: LeaderId): void;
}

export class Recovery {
  readonly #self: LeaderId;
  readonly #log: OpLog;
  readonly #hooks: RecoveryHooks;
  readonly #holders = new Map<LeaderId, Holder>();
  /** Whether it still waits to hear of its neighbours. */
  #isAsking: boolean;
  #waiting: Waiting[] = [];
  /** Until when it waits for more before it takes writes all the same; unknown until the first step. */
  #patientUntilMs: number | undefined;
  #hasGivenUp = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #asked: LeaderId | undefined;
  /** Where the log ended when it was last looked at, and where it ended when this leader was found to lack something. */
  #lastSeq: number;
  #arrivals: number;
  #lackedFrom: number | undefined;

  /** `recovers`: the log may be older than what this leader has told others. */
  constructor(self: LeaderId, log: OpLog, recovers: boolean, hooks: RecoveryHooks) {
    this.#self = self;
    this.#log = log;
    this.#hooks = hooks;
    this.#isAsking = recovers;
    this.#lastSeq = this.#ownSeq;
    this.#arrivals = log.arrivals.length;
  }

  /** Whether writes have to wait. */
  get isUnderWay(): boolean {
    return this.#isAsking || (this.#lacks && !this.#hasGivenUp);
  }

  /** Whether there is anything to settle. */
  get isActive(): boolean {
    return this.#isAsking || this.#lackedFrom !== undefined || this.#waiting.length > 0 || this.#lacks;
  }

  /** Somebody says over this link how many of this leader's operations it has. A greeting is a fresh start for the patience with it. */
  heard(peer: LeaderId, link: LinkId, seq: number, isGreeting: boolean, nowMs: number): void {
    const before = this.#holders.get(peer);
    if (before === undefined || isGreeting || seq >= before.seq) this.#holders.set(peer, {link, seq});
    if (seq <= this.#ownSeq || !(isGreeting || seq > (before?.seq ?? 0))) return;
    this.#lackedFrom ??= this.#ownSeq + 1;
    this.#hasGivenUp = false;
    this.#patientUntilMs = nowMs + RECOVERY_LIMIT_MS;
  }

  wait(write: WriteRequest, nowMs: number): void {
    if (this.#waiting.length >= WAITING_LIMIT) return this.#hooks.refuse(write, this.#failure());
    this.#waiting.push({write, deadlineMs: nowMs + WRITE_LIMIT_MS});
  }

  /** An answer to a `fetch` is over: the next is asked for at once where this one brought something. */
  answered(): void {
    if (this.#ownSeq > this.#lastSeq) this.#retryAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Asks, gives up, and lets writes go on, as things stand. */
  settle({neighbours, isAlone, buffers}: Surroundings, nowMs: number): void {
    if (this.#isAsking) this.#endAsking(neighbours, isAlone, nowMs);
    if (this.#lacks) this.#fetch(buffers, nowMs);
    else this.#hasAll();
    if (!this.isUnderWay) this.#release();
    else this.#refuseLate(nowMs);
  }

  /** When to call `settle` again. */
  get dueAtMs(): number {
    if (!this.isUnderWay) return this.#lacks ? this.#retryAtMs : Number.POSITIVE_INFINITY;
    const retryAtMs = this.#lacks && Number.isFinite(this.#retryAtMs) ? this.#retryAtMs : Number.POSITIVE_INFINITY;
    return Math.min(this.#patientUntilMs ?? Number.POSITIVE_INFINITY, retryAtMs, this.#waiting[0]?.deadlineMs ?? Number.POSITIVE_INFINITY);
  }

  get #ownSeq(): number {
    return seqOf(this.#log.vv, this.#self);
  }

  get #heldElsewhere(): number {
    let most = 0;
    for (const {seq} of this.#holders.values()) most = Math.max(most, seq);
    return most;
  }

  get #lacks(): boolean {
    return this.#heldElsewhere > this.#ownSeq;
  }

  #endAsking(neighbours: readonly LeaderId[], isAlone: boolean, nowMs: number): void {
    this.#patientUntilMs ??= nowMs + RECOVERY_LIMIT_MS;
    const allHeard = neighbours.length > 0 && neighbours.every(peer => this.#holders.has(peer));
    if (allHeard || isAlone || nowMs >= this.#patientUntilMs) this.#isAsking = false;
  }

  #fetch(buffers: boolean, nowMs: number): void {
    const hasProgress = this.#ownSeq > this.#lastSeq || (buffers && this.#log.arrivals.length > this.#arrivals);
    if (hasProgress && !this.#hasGivenUp) this.#patientUntilMs = nowMs + RECOVERY_LIMIT_MS;
    this.#lastSeq = this.#ownSeq;
    this.#arrivals = this.#log.arrivals.length;
    if (!this.#hasGivenUp && nowMs >= (this.#patientUntilMs ?? nowMs)) this.#giveUp();
    if (nowMs < this.#retryAtMs) return;
    // Nobody waits for it any more; what comes back keeps later dots from being given twice.
    this.#retryAtMs = nowMs + (this.#hasGivenUp ? SLOW_RETRY_MS : RETRY_MS);
    const holder = this.#nextHolder();
    this.#asked = holder;
    const at = this.#holders.get(holder);
    if (at) this.#hooks.send(at.link, {type: 'fetch', origin: this.#self, after: this.#ownSeq, count: WINDOW_OPS});
  }

  /** Round all who have more than this leader, so that one that does not answer holds nothing up. */
  #nextHolder(): LeaderId {
    const holders = [...this.#holders].filter(([, {seq}]) => seq > this.#ownSeq).map(([peer]) => peer);
    const last = this.#asked === undefined ? -1 : holders.indexOf(this.#asked);
    return holders[(last + 1) % holders.length] as LeaderId;
  }

  #giveUp(): void {
    this.#hasGivenUp = true;
    this.#isAsking = false;
    this.#lackedFrom = undefined;
    const [holder] = [...this.#holders].sort(([, a], [, b]) => b.seq - a.seq)[0] ?? [];
    if (holder !== undefined) this.#hooks.gaveUp(this.#ownSeq + 1, this.#heldElsewhere, holder);
  }

  #hasAll(): void {
    const from = this.#lackedFrom;
    this.#lackedFrom = undefined;
    if (from !== undefined && !this.#hasGivenUp && this.#ownSeq >= from) this.#hooks.recovered(from, this.#ownSeq);
    this.#hasGivenUp = false;
  }

  #release(): void {
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting;
    this.#waiting = [];
    for (const {write} of ready) this.#hooks.accept(write);
  }

  #refuseLate(nowMs: number): void {
    for (let first = this.#waiting[0]; first !== undefined && first.deadlineMs <= nowMs; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#hooks.refuse(first.write, this.#failure());
    }
  }

  #failure(): Failure {
    const [self, has, of] = [this.#self, this.#ownSeq, this.#heldElsewhere];
    const what =
      of > has ? `is fetching ${self}:${has + 1}-${of} from its neighbours` : 'is asking its neighbours for operations that its log lacks';
    return fail('recovering', `${self} ${what}`, 'try again in a moment').failure;
  }
}
