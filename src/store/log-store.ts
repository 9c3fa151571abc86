/**
 * The port to the store of a leader's operations. The log is the database: all other state is folded from it.
 *
 * Invariant 1 (the log holds 1..n of each origin without a gap) is checked here in both directions: an append
 * that does not follow is our own mistake and crashes, a log on disk that does not follow is a `Failure`.
 * Invariant 2 (persisted before acknowledged) rests on the promise of `append`.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {Op} from '../core/log/op.ts';
import {showDot} from '../core/log/version-vector.ts';

export interface LogEntry {
  /** The place of the operation among all that this leader received: from 1, without gaps. */
  readonly arrival: number;
  readonly op: Op;
}

export interface OpLogStore {
  /**
   * Returns everything in the order of arrival. Call it before the first append. Throws a `FailureError` if
   * the log is damaged.
   */
  load(): readonly LogEntry[];
  /**
   * Stores all of the entries or none, in the order of arrival. Resolves when they survive the death of this
   * process. Rejects with a `FailureError` if they could not be stored, as on a full disk: then nothing
   * changed, and the same entries can be tried again.
   */
  append(entries: readonly LogEntry[]): Promise<void>;
  /** Small facts beside the log; `undefined` where none was set. Unparsed: it comes from a disk. */
  getMeta(name: string): unknown;
  setMeta(name: string, value: Json): Promise<void>;
  close(): Promise<void>;
}

/** The position that the next entry must have, so that it follows without a gap. */
export class LogOrder {
  #arrivals = 0;
  readonly #seqs = new Map<LeaderId, number>();

  /** Notes entries that were stored. */
  advance(entries: readonly LogEntry[]): void {
    for (const {arrival, op} of entries) {
      this.#arrivals = arrival;
      this.#seqs.set(op.dot.origin, op.dot.seq);
    }
  }

  /** Says why these cannot be the next entries; undefined if they can. */
  gap(entries: readonly LogEntry[]): string | undefined {
    const seqs = new Map<LeaderId, number>();
    let arrivals = this.#arrivals;
    for (const {arrival, op} of entries) {
      const {origin, seq} = op.dot;
      const before = seqs.get(origin) ?? this.#seqs.get(origin) ?? 0;
      if (arrival !== arrivals + 1) return `entry ${arrivals + 1} is missing before entry ${arrival}`;
      if (seq !== before + 1)
        return `${showDot(op.dot)} follows ${before === 0 ? 'nothing' : showDot({origin, seq: before})}`;
      arrivals = arrival;
      seqs.set(origin, seq);
    }
    return undefined;
  }
}
