/**
 * The conflict log that a lab would show. Leaders send their reports in batches, as leader processes do
 * (`leader/news/event-batch.ts`); the reports that a leader has not sent are lost when it crashes.
 */
import type {LeaderId} from '../base/ids.ts';
import {ConflictFeed} from '../core/fold/conflict-feed.ts';
import type {ConflictReport} from '../core/fold/joined-reports.ts';
import type {LeaderEvent} from '../core/io/leader-event.ts';
import {LossFeed} from '../core/state/loss-feed.ts';
import {ConflictLog} from '../history/conflict-log.ts';
import type {ListedConflicts} from '../history/trace.ts';
import type {Site} from './site.ts';

/** A leader sends at most one batch in this time. */
const BATCH_MS = 33;

/** The reports that a process has not sent yet. */
interface Batch {
  readonly conflicts: ConflictFeed;
  readonly losses: LossFeed;
  /** True if the next batch reports all losses again. */
  isReset: boolean;
  /** True while the next batch is scheduled. */
  isScheduled: boolean;
}

/** Called with the reports of each batch. */
export type ReportsReceived = (leader: LeaderId, reports: readonly ConflictReport[]) => void;

export class ConflictCollector {
  readonly #log = new ConflictLog();
  readonly #batches = new Map<LeaderId, Batch>();
  readonly #received: ReportsReceived;
  readonly #after: (ms: number, run: (nowMs: number) => void) => void;

  /** `after` calls `run` when so much time has passed. */
  constructor(received: ReportsReceived, after: (ms: number, run: (nowMs: number) => void) => void) {
    this.#received = received;
    this.#after = after;
  }

  /**
   * A process has started; its first batch holds everything. Returns its reports of the conflicts in its log.
   */
  started(site: Site): readonly LeaderEvent[] {
    const batch: Batch = {
      conflicts: new ConflictFeed(),
      losses: new LossFeed(),
      isReset: true,
      isScheduled: false,
    };
    this.#batches.set(site.id, batch);
    const conflicts = site.replica.conflicts();
    for (const event of conflicts) this.report(site, event);
    return conflicts;
  }

  report(site: Site, event: LeaderEvent): void {
    const batch = this.#batches.get(site.id);
    if (batch === undefined) return;
    if (event.type === 'acknowledged') return this.#log.acknowledged(event.dot);
    if (event.type === 'conflict') batch.conflicts.add(event);
    else if (event.type === 'losses') batch.losses.add(event);
    else if (event.type === 'refolded' || event.type === 'storage-failed') batch.isReset = true;
    else return;
    this.#sendSoon(site, batch);
  }

  ended({id}: Site): void {
    this.#batches.delete(id);
  }

  /** Sends all reports at once and returns the conflict log. `sites` are the leaders that are up. */
  conflicts(sites: readonly Site[], nowMs: number): ListedConflicts {
    for (const site of sites) {
      const batch = this.#batches.get(site.id);
      if (batch !== undefined) this.#send(site, batch, nowMs, true);
    }
    const leaders = sites.map(({id}) => id);
    this.#log.setLive(leaders);
    this.#log.setMembers(leaders);
    return {list: this.#log.list(), count: this.#log.count};
  }

  #sendSoon(site: Site, batch: Batch): void {
    if (batch.isScheduled) return;
    batch.isScheduled = true;
    this.#after(BATCH_MS, nowMs => {
      batch.isScheduled = false;
      if (this.#batches.get(site.id) !== batch) return;
      this.#send(site, batch, nowMs, false);
      if (batch.conflicts.size > 0) this.#sendSoon(site, batch);
    });
  }

  #send(site: Site, batch: Batch, atMs: number, isAll: boolean): void {
    const {replica, id} = site;
    if (batch.isReset) batch.losses.reset(replica.fold);
    const reports = batch.conflicts.take(atMs, isAll, Number.POSITIVE_INFINITY, () => 0);
    this.#log.setResolver(id, replica.resolver.name);
    for (const report of reports) this.#log.observe(id, report, atMs);
    if (reports.length > 0) this.#received(id, reports);
    this.#log.losses(id, replica.vv, batch.losses.take(), batch.isReset);
    batch.isReset = false;
  }
}
