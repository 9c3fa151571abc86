/**
 * Recovers operations that a leader accepted but no longer has, because its data folder was deleted or
 * replaced by an older copy. If it accepted writes at once, it would reuse their dots, and no other leader
 * would request the new operations.
 *
 * Every peer says in its greeting what it has of this leader. Until all peers have greeted, or a
 * limit has passed, writes wait. If another leader has more of this leader's operations than the leader
 * itself, the leader has lost them. It fetches them before it accepts another write. If it cannot fetch them,
 * it accepts writes anyway, and `detect-reused-dots.ts` finds the reused dots.
 *
 *     from       to         when
 *     asking     complete   all peers have greeted or the limit has passed, and none has more
 *     asking     fetching   the same, and a leader has more
 *     complete   fetching   a leader reports more than the log has
 *     fetching   complete   the log has all that the others have
 *     fetching   given up   no progress within the limit
 *     given up   complete   the log has all that the others have
 *     given up   fetching   a leader reports more than before
 *
 * - `asking`, `fetching`: writes wait (`isUnderWay`). It fetches what it lacks while it still asks, too.
 * - `complete`, `given up`: writes are accepted. A leader that has given up still fetches, but more slowly.
 */
import {assert, must} from '../../base/assert.ts';
import {type Failure, fail} from '../../base/failure.ts';
import type {LeaderId, LinkId} from '../../base/ids.ts';
import type {WriteRequest} from '../io/input-effect.ts';
import type {Message} from '../io/message.ts';
import type {OpLog} from '../log/log.ts';
import {seqOf} from '../log/version-vector.ts';
import {WINDOW_OPS} from './progress.ts';

/** How long a starting leader waits for its peers, and how long a fetching leader waits without progress. */
export const RECOVERY_LIMIT_MS = 1500;
/** The longest time that a write waits. Clients must wait longer. */
const WRITE_LIMIT_MS = 1500;
/** The number of writes that may wait. */
const WAITING_LIMIT = 1024;
/** The time after which to ask again, another leader if possible. */
const RETRY_MS = 500;
const SLOW_RETRY_MS = 2000;

interface Waiting {
  readonly write: WriteRequest;
  readonly deadlineMs: number;
}

/** How many of this leader's operations another leader has, and the link over which it said so. */
interface Holder {
  readonly link: LinkId;
  readonly seq: number;
}

export interface Surroundings {
  /** All leaders that links lead to: each of them will greet. */
  readonly peers: readonly LeaderId[];
  /** Every leader of the cluster, this one included. */
  readonly members: readonly LeaderId[];
  /** Whether fetched own operations wait for operations that they depend on. */
  readonly buffers: boolean;
}

export interface RecoveryHooks {
  send(link: LinkId, message: Message): void;
  accept(write: WriteRequest): void;
  refuse(write: WriteRequest, failure: Failure): void;
  /** The operations `from` to `to` are in the log again. */
  recovered(from: number, to: number): void;
  /** Writes are accepted again, although `holder` has operations of this leader that could not be fetched. */
  gaveUp(from: number, to: number, holder: LeaderId): void;
}

/**
 * Fetches operations of this leader's own that its log lacks, so that their dots are not used again
 * (invariant 7). While `isUnderWay`, give it the writes with `wait`: it lets them go on, or refuses them with
 * the code `recovering`. After 1.5 seconds without progress it gives up and lets writes go on (`gaveUp`).
 */
export class Recovery {
  readonly #self: LeaderId;
  readonly #log: OpLog;
  readonly #hooks: RecoveryHooks;
  readonly #holders = new Map<LeaderId, Holder>();
  /** Whether it still waits for greetings of its peers. */
  #isAsking: boolean;
  /** In the order of their deadlines; at most `WAITING_LIMIT`. */
  #waiting: Waiting[] = [];
  /** The time at which it stops waiting and accepts writes anyway; unknown until the first step. */
  #giveUpAtMs: number | undefined;
  #hasGivenUp = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #asked: LeaderId | undefined;
  /** The end of the log at the last check, and its end when this leader learned that it lacks operations. */
  #lastSeq: number;
  #arrivals: number;
  #lackedFrom: number | undefined;

  /** `recovers`: the log may lack operations that this leader has already sent to other leaders. */
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

  /**
   * Another leader says over this link how many of this leader's operations it has. A greeting resets the
   * waiting time for it.
   */
  peerHas(peer: LeaderId, link: LinkId, seq: number, isGreeting: boolean, nowMs: number): void {
    const before = this.#holders.get(peer);
    if (before === undefined || isGreeting || seq >= before.seq) this.#holders.set(peer, {link, seq});
    if (seq <= this.#ownSeq || !(isGreeting || seq > (before?.seq ?? 0))) return;
    this.#lackedFrom ??= this.#ownSeq + 1;
    this.#hasGivenUp = false;
    this.#giveUpAtMs = nowMs + RECOVERY_LIMIT_MS;
  }

  /**
   * The disk refused fetched operations. While it does, no write could be accepted either, so this is not a
   * reason to give up.
   */
  diskRefused(nowMs: number): void {
    if (this.#lacks && !this.#hasGivenUp) this.#giveUpAtMs = nowMs + RECOVERY_LIMIT_MS;
  }

  wait(write: WriteRequest, nowMs: number): void {
    if (this.#waiting.length >= WAITING_LIMIT) return this.#hooks.refuse(write, this.#failure());
    const deadlineMs = nowMs + WRITE_LIMIT_MS;
    assert(this.isUnderWay, 'a write waits only for a recovery');
    assert(
      (this.#waiting.at(-1)?.deadlineMs ?? deadlineMs) <= deadlineMs,
      'the first write has the first deadline',
    );
    this.#waiting.push({write, deadlineMs});
  }

  /** An answer to a `fetch` is complete. If it brought operations, the next request follows at once. */
  answered(): void {
    if (this.#ownSeq > this.#lastSeq) this.#retryAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Asks for operations, gives up, or lets waiting writes go on. */
  settle({peers, members, buffers}: Surroundings, nowMs: number): void {
    // A leader that has left cannot be asked.
    for (const peer of this.#holders.keys())
      if (!peers.includes(peer) && !members.includes(peer)) this.#holders.delete(peer);
    const isAlone = members.every(member => member === this.#self);
    if (this.#isAsking) this.#endAsking(peers, isAlone, nowMs);
    if (this.#lacks) this.#fetch(buffers, nowMs);
    else this.#hasAll();
    if (!this.isUnderWay) this.#release();
    else this.#refuseLate(nowMs);
  }

  /** When to call `settle` again at the latest. */
  get dueAtMs(): number {
    if (!this.isUnderWay) return this.#lacks ? this.#retryAtMs : Number.POSITIVE_INFINITY;
    const retryAtMs =
      this.#lacks && Number.isFinite(this.#retryAtMs) ? this.#retryAtMs : Number.POSITIVE_INFINITY;
    return Math.min(
      this.#giveUpAtMs ?? Number.POSITIVE_INFINITY,
      retryAtMs,
      this.#waiting[0]?.deadlineMs ?? Number.POSITIVE_INFINITY,
    );
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

  #endAsking(peers: readonly LeaderId[], isAlone: boolean, nowMs: number): void {
    this.#giveUpAtMs ??= nowMs + RECOVERY_LIMIT_MS;
    const allGreeted = peers.length > 0 && peers.every(peer => this.#holders.has(peer));
    if (allGreeted || isAlone || nowMs >= this.#giveUpAtMs) this.#isAsking = false;
  }

  #fetch(buffers: boolean, nowMs: number): void {
    const hasProgress =
      this.#ownSeq > this.#lastSeq || (buffers && this.#log.arrivals.length > this.#arrivals);
    if (hasProgress && !this.#hasGivenUp) this.#giveUpAtMs = nowMs + RECOVERY_LIMIT_MS;
    this.#lastSeq = this.#ownSeq;
    this.#arrivals = this.#log.arrivals.length;
    if (!this.#hasGivenUp && nowMs >= (this.#giveUpAtMs ?? nowMs)) this.#giveUp();
    if (nowMs < this.#retryAtMs) return;
    // No write waits for it any more, but fetched operations still prevent later dots from being reused.
    this.#retryAtMs = nowMs + (this.#hasGivenUp ? SLOW_RETRY_MS : RETRY_MS);
    const holder = this.#nextHolder();
    this.#asked = holder;
    const {link} = must(this.#holders.get(holder), 'a leader that holds the operations');
    this.#hooks.send(link, {type: 'fetch', origin: this.#self, after: this.#ownSeq, count: WINDOW_OPS});
  }

  /**
   * Asks all leaders that have more in turn, so that a silent one does not block recovery. There must be one.
   */
  #nextHolder(): LeaderId {
    const holders = [...this.#holders].filter(([, {seq}]) => seq > this.#ownSeq).map(([peer]) => peer);
    const last = this.#asked === undefined ? -1 : holders.indexOf(this.#asked);
    return must(holders[(last + 1) % holders.length], 'a leader that holds more');
  }

  #giveUp(): void {
    this.#hasGivenUp = true;
    this.#isAsking = false;
    this.#lackedFrom = undefined;
    assert(this.#lacks, '7: a leader gives up only what another leader holds');
    const [holder] = must([...this.#holders].sort(([, a], [, b]) => b.seq - a.seq)[0], 'a holder');
    this.#hooks.gaveUp(this.#ownSeq + 1, this.#heldElsewhere, holder);
  }

  #hasAll(): void {
    const from = this.#lackedFrom;
    this.#lackedFrom = undefined;
    if (from !== undefined && !this.#hasGivenUp && this.#ownSeq >= from)
      this.#hooks.recovered(from, this.#ownSeq);
    this.#hasGivenUp = false;
  }

  #release(): void {
    if (this.#waiting.length === 0) return;
    assert(!this.isUnderWay, '7: writes wait until the recovery ends');
    const ready = this.#waiting;
    this.#waiting = [];
    for (const {write} of ready) this.#hooks.accept(write);
  }

  #refuseLate(nowMs: number): void {
    for (
      let first = this.#waiting[0];
      first !== undefined && first.deadlineMs <= nowMs;
      first = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#hooks.refuse(first.write, this.#failure());
    }
  }

  #failure(): Failure {
    const [self, has, of] = [this.#self, this.#ownSeq, this.#heldElsewhere];
    const what =
      of > has
        ? `is fetching ${self}:${has + 1}-${of} from its peers`
        : 'is asking its peers for operations that its log lacks';
    return fail('recovering', `${self} ${what}`, 'try again in a moment').failure;
  }
}
