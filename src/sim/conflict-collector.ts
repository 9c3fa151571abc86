/**
 * What a lab would know of conflicts: the reports of the leaders, combined as in their news
 * (`leader/event-batch.ts`), and the resulting conflict log. The unsent reports of a leader are lost when it
 * dies.
 */
import type {LeaderId} from '../base/ids.ts';
import {ConflictFeed} from '../core/fold/conflict-feed.ts';
import type {ConflictReport} from '../core/fold/joined-reports.ts';
import type {LeaderEvent} from '../core/io/leader-event.ts';
import {LossFeed} from '../core/state/loss-feed.ts';
import {ConflictLog} from '../history/conflict-log.ts';
import type {ListedConflicts} from '../history/trace.ts';
import type {Site} from './site.ts';

/** News go out so often. */
const NEWS_MS = 33;

interface Draft {
  readonly conflicts: ConflictFeed;
  readonly losses: LossFeed;
  /** All losses are reported again. */
  isReset: boolean;
  /** Whether the next news are scheduled. */
  isDue: boolean;
}

/** The lab was told of these. */
export type Told = (leader: LeaderId, reports: readonly ConflictReport[]) => void;

export class ConflictCollector {
  readonly #log = new ConflictLog();
  readonly #drafts = new Map<LeaderId, Draft>();
  readonly #told: Told;
  readonly #after: (ms: number, run: (nowMs: number) => void) => void;

  /** `after`: calls back when so much time has passed. */
  constructor(told: Told, after: (ms: number, run: (nowMs: number) => void) => void) {
    this.#told = told;
    this.#after = after;
  }

  /**
   * A process has started: its first news hold everything. Returns its reports of the conflicts in its log.
   */
  began(site: Site): readonly LeaderEvent[] {
    const draft: Draft = {conflicts: new ConflictFeed(), losses: new LossFeed(), isReset: true, isDue: false};
    this.#drafts.set(site.id, draft);
    const conflicts = site.replica.conflicts();
    for (const event of conflicts) this.report(site, event);
    return conflicts;
  }

  report(site: Site, event: LeaderEvent): void {
    const draft = this.#drafts.get(site.id);
    if (draft === undefined) return;
    if (event.type === 'acknowledged') return this.#log.acknowledged(event.dot);
    if (event.type === 'conflict') draft.conflicts.add(event);
    else if (event.type === 'losses') draft.losses.add(event);
    else if (event.type === 'refolded' || event.type === 'storage-failed') draft.isReset = true;
    else return;
    this.#tellSoon(site, draft);
  }

  ended({id}: Site): void {
    this.#drafts.delete(id);
  }

  /** Delivers all pending reports. Exactly these leaders are up. */
  conflicts(sites: readonly Site[], nowMs: number): ListedConflicts {
    for (const site of sites) {
      const draft = this.#drafts.get(site.id);
      if (draft !== undefined) this.#tell(site, draft, nowMs, true);
    }
    const leaders = sites.map(({id}) => id);
    this.#log.setLive(leaders);
    this.#log.setMembers(leaders);
    return {list: this.#log.list(), count: this.#log.count};
  }

  #tellSoon(site: Site, draft: Draft): void {
    if (draft.isDue) return;
    draft.isDue = true;
    this.#after(NEWS_MS, nowMs => {
      draft.isDue = false;
      if (this.#drafts.get(site.id) !== draft) return;
      this.#tell(site, draft, nowMs, false);
      if (draft.conflicts.size > 0) this.#tellSoon(site, draft);
    });
  }

  #tell(site: Site, draft: Draft, atMs: number, isAll: boolean): void {
    const {replica, id} = site;
    if (draft.isReset) draft.losses.reset(replica.fold);
    const reports = draft.conflicts.take(atMs, isAll, Number.POSITIVE_INFINITY, () => 0);
    this.#log.setResolver(id, replica.resolver.name);
    for (const report of reports) this.#log.observe(id, report, atMs);
    if (reports.length > 0) this.#told(id, reports);
    this.#log.losses(id, replica.vv, draft.losses.take(), draft.isReset);
    draft.isReset = false;
  }
}
