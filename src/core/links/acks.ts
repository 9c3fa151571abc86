/**
 * Clients that wait until their write is safe: on the disk of this leader, of most leaders or of all leaders
 * (invariant 2: at least of this one). If too few leaders have reported in time that the write is on their
 * disk, the answer is `unconfirmed`: the write may still reach all of them.
 */
import {assert} from '../../base/assert.ts';
import type {Failure} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {AckMode, Effect} from '../io/input-effect.ts';
import type {RequestId} from '../io/leader-event.ts';
import type {Dot} from '../log/version-vector.ts';

/** How long a client waits for other leaders. A program that asks must wait longer. */
export const ACK_TIMEOUT_MS = 2000;

interface Waiting {
  readonly request: RequestId;
  /** An operation of this leader. */
  readonly dot: Dot;
  readonly deadlineMs: number;
}

/**
 * Holds the clients whose writes are accepted until enough leaders have these on disk: this one (`local`), a
 * majority (`quorum`) or all members (`all`). `settle` answers them: `accepted`, or `unconfirmed` after 2
 * seconds. Add the writes in the order of their dots: an assertion fails otherwise.
 */
export class Acks {
  mode: AckMode;
  /** Every leader of the cluster. */
  members: readonly LeaderId[];
  readonly #self: LeaderId;
  readonly #isOnDisk: (leader: LeaderId, dot: Dot) => boolean;
  readonly #emit: (effect: Effect) => void;
  /**
   * In the order of `seq`, hence of deadlines. A leader that has one of these writes on disk has all before
   * it, so only the first one needs to be checked.
   */
  #waiting: Waiting[] = [];

  constructor(
    self: LeaderId,
    {mode, members}: {readonly mode: AckMode; readonly members: readonly LeaderId[]},
    isOnDisk: (leader: LeaderId, dot: Dot) => boolean,
    emit: (effect: Effect) => void,
  ) {
    this.#self = self;
    this.mode = mode;
    this.members = members;
    this.#isOnDisk = isOnDisk;
    this.#emit = emit;
  }

  add(request: RequestId, dot: Dot, nowMs: number): void {
    const last = this.#waiting.at(-1);
    const deadlineMs = nowMs + ACK_TIMEOUT_MS;
    assert(dot.origin === this.#self, 'clients wait for operations that this leader accepted');
    assert(last === undefined || last.dot.seq < dot.seq, 'clients wait in the order of their operations');
    assert(last === undefined || last.deadlineMs <= deadlineMs, 'the first client has the first deadline');
    this.#waiting.push({request, dot, deadlineMs});
  }

  /** Answers the clients whose write enough leaders have, or whose time is up. */
  settle(nowMs: number): void {
    const needed = this.#needed();
    for (
      let first = this.#waiting[0];
      first !== undefined && this.#isOnDisk(this.#self, first.dot);
      first = this.#waiting[0]
    ) {
      const {request, dot, deadlineMs} = first;
      if (this.#confirmed(dot) >= needed) {
        this.#emit({type: 'report', event: {type: 'acknowledged', dot}});
        this.#emit({type: 'reply', request, reply: {type: 'accepted', dot}});
      } else if (nowMs >= deadlineMs) {
        const confirmed = this.members.filter(leader => this.#isOnDisk(leader, dot));
        this.#emit({type: 'report', event: {type: 'unconfirmed', dot}});
        this.#emit({type: 'reply', request, reply: {type: 'unconfirmed', dot, confirmed, needed}});
      } else return;
      this.#waiting.shift();
    }
  }

  /** The disk refused everything that was not persisted yet. */
  refuseUnpersisted(failure: Failure): void {
    const refused = this.#waiting.filter(({dot}) => !this.#isOnDisk(this.#self, dot));
    this.#waiting = this.#waiting.filter(({dot}) => this.#isOnDisk(this.#self, dot));
    for (const {request} of refused) this.#emit({type: 'reply', request, reply: {type: 'refused', failure}});
  }

  /** When to call `settle` at the latest. A write that this leader has not persisted yet has no deadline. */
  get dueAtMs(): number {
    const first = this.#waiting[0];
    return first !== undefined && this.#isOnDisk(this.#self, first.dot)
      ? first.deadlineMs
      : Number.POSITIVE_INFINITY;
  }

  /** The number of leaders that have the write on disk. */
  #confirmed(dot: Dot): number {
    let count = 0;
    for (const leader of this.members) if (this.#isOnDisk(leader, dot)) count += 1;
    return count;
  }

  #needed(): number {
    if (this.mode === 'local') return 0;
    return this.mode === 'all' ? this.members.length : Math.floor(this.members.length / 2) + 1;
  }
}
