/**
 * The reports of conflicts that wait for the next message to the lab. The first report of a key is sent at
 * once. After that, the reports of a quarter of a second are joined; otherwise the lab could not keep up with
 * eight leaders that write to twenty hot keys.
 */
import {assert} from '../../base/assert.ts';
import type {Key} from '../../base/ids.ts';
import {type ConflictReport, joinReports} from './joined-reports.ts';

const HOT_MS = 250;
/** The number of reports kept. More are dropped. */
const LIMIT = 5000;

/**
 * Keeps reports of conflicts until the next message to the lab, and joins those of one key where it can. A
 * key that was reported within the last 250 ms waits. It keeps 5000 reports; more are dropped.
 */
export class ConflictFeed {
  /** By key, oldest first. The keys are in the order of their first report; each has at least one. */
  readonly #pending = new Map<Key, ConflictReport[]>();
  /** When each key was last reported, for the keys of the last quarter of a second. */
  readonly #sentAtMs = new Map<Key, number>();
  /** The number of reports in `#pending`. pending.size <= size <= LIMIT */
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(report: ConflictReport): void {
    const reports = this.#pending.get(report.key) ?? [];
    const last = reports.at(-1);
    const joined = last && joinReports(last, report);
    if (joined !== undefined) reports[reports.length - 1] = joined;
    else if (this.#size < LIMIT) {
      reports.push(report);
      this.#size += 1;
      this.#pending.set(report.key, reports);
    }
  }

  /**
   * Takes the reports that are due, or all of them with `isAll`, up to the limit of size; at least one if
   * there is any.
   */
  take(
    nowMs: number,
    isAll: boolean,
    limitBytes: number,
    bytesOf: (report: ConflictReport) => number,
  ): readonly ConflictReport[] {
    for (const [key, atMs] of this.#sentAtMs) if (nowMs - atMs >= HOT_MS) this.#sentAtMs.delete(key);
    const taken: ConflictReport[] = [];
    let bytes = 0;
    for (const [key, reports] of this.#pending) {
      if (!isAll && this.#sentAtMs.has(key)) continue;
      while (reports[0] !== undefined) {
        bytes += bytesOf(reports[0]);
        if (taken.length > 0 && bytes > limitBytes) return this.#took(taken);
        taken.push(reports[0]);
        reports.shift();
      }
      this.#pending.delete(key);
      this.#sentAtMs.set(key, nowMs);
    }
    return this.#took(taken);
  }

  #took(taken: readonly ConflictReport[]): readonly ConflictReport[] {
    this.#size -= taken.length;
    assert(this.#pending.size <= this.#size, 'each key waits with a report');
    return taken;
  }
}
