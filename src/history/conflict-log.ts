/**
 * The conflict log of the whole cluster, from what each leader reports: one entry per conflict, however many
 * leaders see it.
 *
 * Two reports are of the same conflict when they are about the same key and share a side: a third concurrent
 * write, or a newer version of one side, joins the entry, and a report that shares sides with several entries
 * makes one of them. The writes that a reader gets instead of the sides do not join entries, because one such
 * write can outlive many conflicts. Pure: time comes with the reports.
 */
import {assert} from '../base/assert.ts';
import type {LeaderId} from '../base/ids.ts';
import {type ConflictReport, JOINED_WRITES as SIDES_LIMIT} from '../core/fold/joined-reports.ts';
import {compareDots, type Dot, showDot, type VersionVector} from '../core/log/version-vector.ts';
import type {ResolverName} from '../core/resolvers/spec.ts';
import {type Conflict, type ConflictWrite, type Decision, isConcurrent} from './conflict.ts';
import {
  addDecision,
  addDecisionsOf,
  addPart,
  type ConflictEntry as Entry,
  holdsWrite,
  isAbout,
  isIncrementIn,
  newEntry,
  restoredEntry,
  toConflictWrite,
} from './conflict-entry.ts';
import {type ClusterFacts, showConflict} from './conflict-from-entry.ts';
import {DotSet, type Intervals, within} from './dot-set.ts';
import {type KeyLosses, LossLedger, type SavedLedger} from './loss-ledger.ts';

/** The number of entries that are kept. All are counted. */
export const CONFLICT_LIMIT = 1000;
/** The number of kept entries that are not conflicts, although a server reports them as such. */
const STALE_LIMIT = 250;

/** The counts that cannot be computed from the kept entries. */
export interface SavedCounts extends SavedLedger {
  readonly count: number;
  readonly lastId: number;
  readonly dropped: Intervals;
}

/**
 * The conflict log of the whole cluster: joins what the leaders report into one entry for each conflict, and
 * knows which writes are lost and acknowledged. It keeps the last 1000 entries and counts all. `takeChanged`
 * and `save` give what belongs on the disk; `restore` fills an empty log with it.
 */
export class ConflictLog {
  readonly #entries = new Map<number, Entry>();
  readonly #byDot = new Map<string, Entry[]>();
  readonly #losses = new LossLedger(
    dot => this.#touchAll(this.#entriesOf(dot)),
    (key, dot) => this.#entriesOf(dot).some(entry => entry.key === key && isIncrementIn(entry, dot)),
  );
  readonly #facts: ClusterFacts = {
    losses: this.#losses,
    isMember: leader => this.#isMember(leader),
    resolverOf: leader => this.#resolvers.get(leader),
  };
  /** Entries changed since the last `takeChanged`. */
  #changed = new Set<Entry>();
  #joined: number[] = [];
  /** `undefined` until `setMembers` was called. */
  #members: ReadonlySet<LeaderId> | undefined;
  /** True if writes were acknowledged since the last `takeChanged`, even if they are in no conflict yet. */
  #hasAcknowledged = false;
  /** The resolver that each leader uses now, if it has reported one. */
  readonly #resolvers = new Map<LeaderId, ResolverName>();
  /**
   * Sides of entries that are no longer kept. They were counted, so a new report about them makes no new
   * entry.
   */
  #dropped = new DotSet();
  #count = 0;
  #lastId = 0;
  #reportCount = 0;
  #list: readonly Conflict[] | undefined;

  /** Takes in a leader's report of a conflict. `atMs`: the time by the lab's clock. */
  observe(leader: LeaderId, report: ConflictReport, atMs: number): void {
    if (report.sides.every(dot => this.#dropped.has(dot)) && this.#sharing(report).length === 0) return;
    const entry = this.#entryFor(report, atMs);
    if (isConcurrent(report) && !entry.isCounted && !entry.isContinued) {
      entry.isCounted = true;
      this.#count += 1;
    }
    this.#add(entry, {
      ...report,
      writes: report.writes
        .filter(write => !holdsWrite(entry, write))
        .map(write => toConflictWrite(write, atMs)),
    });
    this.#reportCount += 1;
    addDecision(entry, leader, report, atMs, this.#reportCount);
    this.#touch(entry);
    // Losses may arrive before the conflict report that says what kind of write it is.
    if (report.writes.some(({change}) => change.type === 'incr'))
      this.#losses.recheck(report.writes.map(({dot}) => dot));
  }

  /** Takes in the lost writes that a leader reports; with `reset`, all of them. `vv`: what it has applied. */
  losses(leader: LeaderId, vv: VersionVector, losses: readonly KeyLosses[], reset: boolean): void {
    this.#losses.receive(leader, vv, losses, reset);
    if (reset) this.#touchAll(this.#entries.values());
  }

  /** Sets the leaders that count for the decision whether a write is lost. */
  setLive(live: readonly LeaderId[]): void {
    this.#losses.setLive(live);
  }

  /** The decisions of a leader are shown as long as it is a member, and again after it has joined again. */
  setMembers(members: readonly LeaderId[]): void {
    const before = this.#members;
    if (before !== undefined && members.length === before.size && members.every(leader => before.has(leader)))
      return;
    this.#members = new Set(members);
    const isOther = (leader: string): boolean =>
      (before?.has(leader as LeaderId) ?? true) !== this.#isMember(leader);
    this.#touchAll([...this.#entries.values()].filter(({decisions}) => Object.keys(decisions).some(isOther)));
  }

  /**
   * The resolver that a leader uses from now on. Its earlier decisions are shown as decisions of the resolver
   * before, until it decides again.
   */
  setResolver(leader: LeaderId, resolver: ResolverName): void {
    if (this.#resolvers.get(leader) === resolver) return;
    this.#resolvers.set(leader, resolver);
    this.#touchAll([...this.#entries.values()].filter(({decisions}) => decisions[leader] !== undefined));
  }

  #isMember(leader: string): boolean {
    return this.#members?.has(leader as LeaderId) ?? true;
  }

  /** The origin's operations of this range, both ends included, were acknowledged to its clients. */
  acknowledge(origin: LeaderId, from: number, to: number): void {
    this.#losses.acknowledge(origin, from, to);
    this.#hasAcknowledged = true;
    for (const entries of within(this.#byDot, origin, from, to)) this.#touchAll(entries);
  }

  /** A client of the lab got an acknowledgement. */
  acknowledged({origin, seq}: Dot): void {
    if (!this.#losses.isAcknowledged({origin, seq})) this.acknowledge(origin, seq, seq);
  }

  /** All acknowledged operations, in conflicts or not. */
  acknowledgedDots(): Intervals {
    return this.#losses.save().acknowledged;
  }

  /** The entries, oldest first. The array stays the same until something changes. */
  list(): readonly Conflict[] {
    this.#list ??= [...this.#entries.values()].map(entry => this.#shown(entry));
    return this.#list;
  }

  /** The number of all entries ever made whose writes were concurrent. */
  get count(): number {
    return this.#count;
  }

  /** The number of lost writes of all keys, including entries that are no longer kept. */
  get lostCount(): number {
    return this.#losses.lostCount;
  }

  // What is kept on disk.

  /**
   * Returns the entries that changed since the last call, the ids of those that were merged into others, and
   * the counts if anything changed.
   */
  takeChanged(): {
    readonly conflicts: readonly Conflict[];
    readonly joined: readonly number[];
    readonly counts: SavedCounts | undefined;
  } {
    const changed = [...this.#changed].sort((a, b) => a.id - b.id);
    for (const entry of changed) entry.isTaken = true;
    const joined = this.#joined;
    const counts = this.#hasAcknowledged || changed.length + joined.length > 0 ? this.save() : undefined;
    this.#changed = new Set();
    this.#joined = [];
    this.#hasAcknowledged = false;
    return {conflicts: changed.map(entry => this.#shown(entry)), joined, counts};
  }

  save(): SavedCounts {
    return {
      count: this.#count,
      lastId: this.#lastId,
      dropped: this.#dropped.toJson(),
      ...this.#losses.save(),
    };
  }

  /**
   * Fills an empty log with saved entries in the order of their ids, and with the counts if they were saved.
   */
  restore(conflicts: readonly Conflict[], counts: SavedCounts | undefined): void {
    if (counts !== undefined) {
      this.#losses.restore(counts);
      this.#dropped = new DotSet(counts.dropped);
    }
    for (const conflict of conflicts.slice(-CONFLICT_LIMIT)) {
      const {writes} = conflict;
      const isCounted = isConcurrent(conflict);
      const entry = restoredEntry(conflict, isCounted);
      this.#entries.set(entry.id, entry);
      this.#setWrites(entry, writes);
      if (isCounted) this.#count += 1;
      this.#lastId = Math.max(this.#lastId, entry.id);
      for (const {dot, acknowledged} of writes) if (acknowledged) this.acknowledged(dot);
      for (const [leader, {lost}] of Object.entries(entry.decisions) as [LeaderId, Decision][]) {
        for (const dot of lost) this.#losses.restoreReported(leader, entry.key, dot);
      }
    }
    this.#count = Math.max(this.#count, counts?.count ?? 0);
    this.#lastId = Math.max(this.#lastId, counts?.lastId ?? 0);
    this.#changed = new Set();
    this.#hasAcknowledged = false;
  }

  #entriesOf(dot: Dot): readonly Entry[] {
    return this.#byDot.get(showDot(dot)) ?? [];
  }

  #touch(entry: Entry): void {
    entry.shown = undefined;
    this.#list = undefined;
    this.#changed.add(entry);
  }

  #touchAll(entries: Iterable<Entry>): void {
    for (const entry of entries) this.#touch(entry);
  }

  #add(entry: Entry, part: Pick<Conflict, 'relation' | 'sides' | 'instead' | 'writes'>): void {
    this.#setWrites(entry, addPart(entry, part));
  }

  #setWrites(entry: Entry, writes: readonly ConflictWrite[]): void {
    if (writes.length === entry.writes.length && writes.every((write, i) => write === entry.writes[i]))
      return;
    this.#forget(entry);
    entry.writes = [...writes].sort((a, b) => compareDots(a.dot, b.dot));
    for (const {dot} of writes)
      this.#byDot.set(showDot(dot), [...(this.#byDot.get(showDot(dot)) ?? []), entry]);
  }

  /**
   * Which writes were concurrent is the same under every resolver, and entries are distinguished by their
   * sides alone. So the number of entries does not depend on the resolver.
   */
  #entryFor(report: ConflictReport, atMs: number): Entry {
    const sharing = this.#sharing(report);
    const whole = sharing.findLast(entry => report.sides.every(dot => isAbout(entry, dot)));
    if (whole !== undefined) return whole;
    const [found, ...others] = sharing.filter(({sides}) => sides.length < SIDES_LIMIT);
    for (const other of others) if (found !== undefined) this.#join(found, other);
    return found ?? this.#open(report, atMs);
  }

  /** Entries of the key that are about one of the report's sides, oldest first. */
  #sharing({key, sides}: ConflictReport): Entry[] {
    const entries = new Set(
      sides.flatMap(dot => (this.#byDot.get(showDot(dot)) ?? []).filter(entry => isAbout(entry, dot))),
    );
    return [...entries].filter(entry => entry.key === key).sort((a, b) => a.id - b.id);
  }

  #open(report: ConflictReport, atMs: number): Entry {
    this.#lastId += 1;
    const id = this.#lastId;
    const isContinued = report.sides.some(dot => this.#dropped.has(dot));
    const entry = newEntry(id, report, atMs, isContinued);
    this.#entries.set(id, entry);
    if (this.#entries.size > CONFLICT_LIMIT) {
      const least = this.#entryToDrop();
      if (least === undefined) return entry;
      this.#drop(least);
      for (const {origin, seq} of least.sides) this.#dropped.add(origin, seq, seq);
    }
    return entry;
  }

  /**
   * The entry to drop: the oldest. If servers report almost everything as a conflict, it is the oldest entry
   * that is not one; otherwise such entries would displace all others.
   */
  #entryToDrop(): Entry | undefined {
    const stale = [...this.#entries.values()].filter(({relation}) => relation === 'stale');
    const [oldest] = stale.length > STALE_LIMIT ? stale : this.#entries.values();
    return oldest;
  }

  /** Two entries turn out to be one conflict: leaders had learned of different sides first. */
  #join(entry: Entry, other: Entry): void {
    this.#drop(other);
    if (other.isTaken) this.#joined.push(other.id);
    this.#add(entry, other);
    addDecisionsOf(entry, other);
    assert(entry !== other && entry.key === other.key, 'two entries of one key are joined');
    if (entry.isCounted && other.isCounted) this.#count -= 1;
    entry.isCounted ||= other.isCounted;
    entry.isContinued ||= other.isContinued;
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.id);
    this.#changed.delete(entry);
    this.#list = undefined;
    this.#forget(entry);
  }

  #forget(entry: Entry): void {
    for (const {dot} of entry.writes) {
      const rest = (this.#byDot.get(showDot(dot)) ?? []).filter(other => other !== entry);
      if (rest.length > 0) this.#byDot.set(showDot(dot), rest);
      else this.#byDot.delete(showDot(dot));
    }
  }

  #shown(entry: Entry): Conflict {
    entry.shown ??= showConflict(entry, this.#facts);
    return entry.shown;
  }
}
