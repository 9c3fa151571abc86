/**
 * The traffic over the links: in the last second, and since the topology was last changed. It is computed
 * from counters that rise at each leader while its process lives. Pure: the caller gives the time.
 */
import type {LeaderId} from '../base/ids.ts';

export interface TrafficCounts {
  readonly accepted: number;
  /** Operations sent, including repetitions and, without the loop guard, echoes. */
  readonly sent: number;
  /** Received although already applied. */
  readonly redundant: number;
}

const NOTHING: TrafficCounts = {accepted: 0, sent: 0, redundant: 0};
const SECOND_MS = 1000;

/**
 * Computes the traffic of the cluster from the counters that leaders report: over the last second, and since
 * `reset`. Times are in milliseconds of the caller's clock.
 */
export class TrafficMeter {
  readonly #last = new Map<LeaderId, TrafficCounts>();
  #total = NOTHING;
  /** What each message of a leader added, oldest first. */
  #recent: {readonly atMs: number; readonly counts: TrafficCounts}[] = [];

  /**
   * Takes in the counters of a leader. `accepted` counts from the start of its log, so only later additions
   * are new. The others count from the start of its process; a lower value means that the process is new.
   */
  observe(leader: LeaderId, counts: TrafficCounts, atMs: number): void {
    const known = this.#last.get(leader);
    this.#last.set(leader, counts);
    const hasRestarted =
      known !== undefined && (counts.sent < known.sent || counts.redundant < known.redundant);
    const before = known === undefined || hasRestarted ? NOTHING : known;
    const added: TrafficCounts = {
      accepted: Math.max(0, counts.accepted - (known ?? counts).accepted),
      sent: counts.sent - before.sent,
      redundant: counts.redundant - before.redundant,
    };
    if (added.accepted + added.sent + added.redundant === 0) return;
    this.#total = plus(this.#total, added);
    this.#recent.push({atMs, counts: added});
    this.#forget(atMs);
  }

  /** The topology was changed. */
  reset(): void {
    this.#total = NOTHING;
  }

  counts(nowMs: number): {readonly lastSecond: TrafficCounts; readonly total: TrafficCounts} {
    const recent = this.#recent.filter(({atMs}) => atMs > nowMs - SECOND_MS);
    return {
      lastSecond: recent.reduce((sum, {counts}) => plus(sum, counts), NOTHING),
      total: this.#total,
    };
  }

  #forget(nowMs: number): void {
    const first = this.#recent.findIndex(({atMs}) => atMs > nowMs - SECOND_MS);
    this.#recent.splice(0, first < 0 ? this.#recent.length : first);
  }
}

const plus = (a: TrafficCounts, b: TrafficCounts): TrafficCounts => ({
  accepted: a.accepted + b.accepted,
  sent: a.sent + b.sent,
  redundant: a.redundant + b.redundant,
});
