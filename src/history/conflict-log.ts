/**
 * The conflict log of the whole cluster, from what each leader reports: one entry per conflict, however many
 * leaders see it.
 *
 * Two reports are of the same conflict when they are about the same key and share a side: a third concurrent
 * write, or a newer version of one side, joins the entry, and a report that shares sides with several entries
 * makes one of them. What a reader gets instead of the sides is told and makes nothing the same: it can
 * outlive many conflicts. Pure: time comes with the reports.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {clipValue} from '../base/json.ts';
import {listed} from '../base/list.ts';
import {
  type ConflictReport,
  JOINED_WRITES as SIDES_LIMIT,
  strongerRelation,
} from '../core/fold/joined-reports.ts';
import type {Relation} from '../core/io/leader-event.ts';
import {effectOf, type IntentType, type Write} from '../core/log/op.ts';
import {compareDots, type Dot, sameDot, showDot, type VersionVector} from '../core/log/version-vector.ts';
import type {ResolverName} from '../core/resolvers/spec.ts';
import {sameReading} from '../core/state/reading.ts';
import {type Conflict, type ConflictWrite, type Decision, isConcurrent, reasonOf} from './conflict.ts';
import {DotSet, type Intervals, within} from './dot-set.ts';
import {type KeyLosses, LossLedger, type SavedLedger} from './loss-ledger.ts';
import {summarize} from './summarize.ts';

/** How many entries are kept for looking at. All are counted. */
export const CONFLICT_LIMIT = 1000;
/** Of these, entries that are no conflicts, though a server calls them so. */
const STALE_LIMIT = 250;

type Report = ConflictReport;

interface Entry {
  readonly id: number;
  readonly key: Key;
  readonly detectedAtMs: number;
  relation: Relation;
  /** Sorted by dot. Whether they are acknowledged is filled in when they are shown. */
  writes: readonly ConflictWrite[];
  sides: readonly Dot[];
  instead: readonly Dot[];
  /** Whether it goes on with an entry that is no longer kept: that one was counted. */
  goesOn: boolean;
  /** Whether it is in the count: iff its sides were concurrent, and it did not go on with another. */
  isCounted: boolean;
  decisions: {readonly [leader: LeaderId]: Decision};
  /** The position of each decision among all reports. */
  told: {readonly [leader: LeaderId]: number};
  torn: readonly Dot[];
  /**
   * Whether `takeChanged` returned it or `restore` got it: only then must others learn that it was merged
   * into another entry.
   */
  isTaken: boolean;
  /** Made again only after a change. */
  shown: Conflict | undefined;
}

/** What the entries alone do not tell. */
export interface SavedCounts extends SavedLedger {
  readonly count: number;
  readonly lastId: number;
  readonly dropped: Intervals;
}

export class ConflictLog {
  readonly #entries = new Map<number, Entry>();
  readonly #byDot = new Map<string, Entry[]>();
  readonly #losses = new LossLedger(
    dot => this.#touchAll(this.#entriesOf(dot)),
    (key, dot) => this.#entriesOf(dot).some(entry => entry.key === key && isIncrement(entry, dot)),
  );
  /** Since the last `takeChanged`. */
  #changed = new Set<Entry>();
  #joined: number[] = [];
  /** `undefined` until somebody says who is one. */
  #members: ReadonlySet<LeaderId> | undefined;
  /** Writes were acknowledged that may be of no conflict yet. */
  #hasAcknowledged = false;
  /** Which each leader has now, as far as they told. */
  readonly #resolvers = new Map<LeaderId, ResolverName>();
  /** Sides of entries no longer kept: told of again, they were counted and make no new entry. */
  #dropped = new DotSet();
  #count = 0;
  #lastId = 0;
  #toldCount = 0;
  #list: readonly Conflict[] | undefined;

  /** What the leader at `leader` made of a conflict, `atMs` by the lab's clock. */
  observe(leader: LeaderId, report: Report, atMs: number): void {
    if (report.sides.every(dot => this.#dropped.has(dot)) && this.#sharing(report).length === 0) return;
    const entry = this.#entryFor(report, atMs);
    if (isConcurrent(report) && !entry.isCounted && !entry.goesOn) {
      entry.isCounted = true;
      this.#count += 1;
    }
    this.#add(entry, {
      ...report,
      writes: report.writes.filter(write => !holds(entry, write)).map(write => toConflictWrite(write, atMs)),
    });
    const {resolver, shows, lost, torn, why} = report;
    const before = entry.decisions[leader];
    // Told again, it was decided when it was.
    const isNew =
      before === undefined ||
      before.resolver !== resolver ||
      before.why !== why ||
      !sameReading(before.shows, shows);
    const times = {learnedAtMs: before?.learnedAtMs ?? atMs, atMs: isNew ? atMs : before.atMs};
    entry.decisions = {
      ...entry.decisions,
      [leader]: {resolver, shows, ...times, lost, why, ...wordsIn(report, before, atMs)},
    };
    this.#toldCount += 1;
    entry.told = {...entry.told, [leader]: this.#toldCount};
    entry.torn = union(entry.torn, torn);
    this.#touch(entry);
    // Losses may arrive before the conflict report that says the kind of the writes.
    if (report.writes.some(({change}) => change.type === 'incr'))
      this.#losses.lookAgain(report.writes.map(({dot}) => dot));
  }

  /**
   * What a leader has told of its lost writes; with `reset`, all there is to tell. `vv` is what it has
   * applied.
   */
  losses(leader: LeaderId, vv: VersionVector, losses: readonly KeyLosses[], reset: boolean): void {
    this.#losses.heard(leader, vv, losses, reset);
    if (reset) this.#touchAll(this.#entries.values());
  }

  /** The leaders that have a say in what is lost. */
  setLive(live: readonly LeaderId[]): void {
    this.#losses.setLive(live);
  }

  /**
   * What a leader had made of conflicts is shown for as long as it is one; it counts again when the leader is
   * back.
   */
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
   * What a leader decides by from now on: what it had decided otherwise, and does not decide anew, is of the
   * past.
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

  /** A client of the lab's own was told. */
  acknowledged({origin, seq}: Dot): void {
    if (!this.#losses.isAcknowledged({origin, seq})) this.acknowledge(origin, seq, seq);
  }

  /** All that was acknowledged, of conflicts or not. */
  acknowledgedDots(): Intervals {
    return this.#losses.save().acknowledged;
  }

  /** Oldest first. The same array until something changes. */
  list(): readonly Conflict[] {
    this.#list ??= [...this.#entries.values()].map(entry => this.#shown(entry));
    return this.#list;
  }

  /** All entries there ever were in which writes were concurrent. */
  get count(): number {
    return this.#count;
  }

  /** Lost writes of all keys, also of entries no longer kept. */
  get lostCount(): number {
    return this.#losses.lostCount;
  }

  // What is kept on disk.

  /**
   * The entries that changed since this was last asked, the ids of those that became part of another, and the
   * counts where there is anything new.
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

  /** Into an empty log: entries by rising id, and the counts where they were kept. */
  restore(conflicts: readonly Conflict[], counts: SavedCounts | undefined): void {
    if (counts !== undefined) {
      this.#losses.restore(counts);
      this.#dropped = new DotSet(counts.dropped);
    }
    for (const {lost: _lost, why: _why, kind: _kind, writes, ...conflict} of conflicts.slice(
      -CONFLICT_LIMIT,
    )) {
      const isCounted = isConcurrent(conflict);
      const entry: Entry = {
        ...conflict,
        writes: [],
        goesOn: false,
        isCounted,
        told: {},
        isTaken: true,
        shown: undefined,
      };
      this.#entries.set(entry.id, entry);
      this.#setWrites(entry, writes);
      if (isCounted) this.#count += 1;
      this.#lastId = Math.max(this.#lastId, entry.id);
      for (const {dot, acknowledged} of writes) if (acknowledged) this.acknowledged(dot);
      for (const [leader, {lost}] of Object.entries(entry.decisions) as [LeaderId, Decision][]) {
        for (const dot of lost) this.#losses.restoreSaid(leader, entry.key, dot);
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

  /**
   * More of a conflict: what readers get instead is told by whoever has the stronger word on how the writes
   * stand.
   */
  #add(
    entry: Entry,
    {relation, sides, instead, writes}: Pick<Conflict, 'relation' | 'sides' | 'instead' | 'writes'>,
  ): void {
    const stronger = strongerRelation(entry.relation, relation);
    entry.instead = relation === stronger ? instead : entry.instead;
    entry.relation = stronger;
    entry.sides = union(entry.sides, sides);
    const all = [...entry.writes, ...writes.filter(write => !holds(entry, write))];
    this.#setWrites(
      entry,
      all.filter(({dot}) => [...entry.sides, ...entry.instead].some(told => sameDot(told, dot))),
    );
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
   * Which writes were concurrent is the same under every resolver, and entries are told apart by their sides
   * alone: they are as many whatever else a resolver makes leaders report.
   */
  #entryFor(report: Report, atMs: number): Entry {
    const sharing = this.#sharing(report);
    const whole = sharing.findLast(entry => report.sides.every(dot => isAbout(entry, dot)));
    if (whole !== undefined) return whole;
    const [found, ...others] = sharing.filter(({sides}) => sides.length < SIDES_LIMIT);
    for (const other of others) if (found !== undefined) this.#join(found, other);
    return found ?? this.#open(report, atMs);
  }

  /** Entries of the key that are about one of the report's sides, oldest first. */
  #sharing({key, sides}: Report): Entry[] {
    const entries = new Set(
      sides.flatMap(dot => (this.#byDot.get(showDot(dot)) ?? []).filter(entry => isAbout(entry, dot))),
    );
    return [...entries].filter(entry => entry.key === key).sort((a, b) => a.id - b.id);
  }

  #open({key, relation, sides}: Report, atMs: number): Entry {
    this.#lastId += 1;
    const id = this.#lastId;
    const entry: Entry = {
      id,
      key,
      detectedAtMs: atMs,
      relation,
      writes: [],
      sides: [],
      instead: [],
      goesOn: sides.some(dot => this.#dropped.has(dot)),
      isCounted: false,
      decisions: {},
      told: {},
      torn: [],
      isTaken: false,
      shown: undefined,
    };
    this.#entries.set(id, entry);
    if (this.#entries.size > CONFLICT_LIMIT) {
      const least = this.#leastTelling();
      if (least === undefined) return entry;
      this.#drop(least);
      for (const {origin, seq} of least.sides) this.#dropped.add(origin, seq, seq);
    }
    return entry;
  }

  /**
   * The oldest; where servers call nearly everything a conflict, the oldest of those that are none, or they
   * would push out all others.
   */
  #leastTelling(): Entry | undefined {
    const stale = [...this.#entries.values()].filter(({relation}) => relation === 'stale');
    const [oldest] = stale.length > STALE_LIMIT ? stale : this.#entries.values();
    return oldest;
  }

  /** What was taken for several conflicts is one: different leaders had learned of different sides first. */
  #join(entry: Entry, other: Entry): void {
    this.#drop(other);
    if (other.isTaken) this.#joined.push(other.id);
    this.#add(entry, other);
    for (const [leader, decision] of Object.entries(other.decisions) as [LeaderId, Decision][]) {
      const [here, there] = [entry.told[leader] ?? -1, other.told[leader] ?? 0];
      if (here > there) continue;
      entry.decisions = {...entry.decisions, [leader]: decision};
      entry.told = {...entry.told, [leader]: there};
    }
    entry.torn = union(entry.torn, other.torn);
    if (entry.isCounted && other.isCounted) this.#count -= 1;
    entry.isCounted ||= other.isCounted;
    entry.goesOn ||= other.goesOn;
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
    entry.shown ??= this.#show(entry);
    return entry.shown;
  }

  #show({id, key, relation, detectedAtMs, ...entry}: Entry): Conflict {
    const dots = entry.writes.map(({dot}) => dot);
    const lost = dots.filter(dot => this.#losses.isLost(key, dot));
    const made = Object.entries(entry.decisions) as [LeaderId, Decision][];
    const present = made.filter(([leader]) => this.#isMember(leader));
    const decisions = Object.fromEntries(
      present.map(([leader, decision]) => {
        const now = this.#resolvers.get(leader) ?? decision.resolver;
        const until = now === decision.resolver ? undefined : now;
        return [leader, {...decision, until, lost: dots.filter(dot => this.#losses.says(leader, key, dot))}];
      }),
    );
    return {
      id,
      key,
      relation,
      kind: kindOf(entry.writes),
      detectedAtMs,
      writes: entry.writes.map(write => ({...write, acknowledged: this.#losses.isAcknowledged(write.dot)})),
      sides: entry.sides,
      instead: entry.instead,
      decisions,
      torn: entry.torn.filter(dot => this.#losses.isDisputed(dot, leader => this.#isMember(leader))),
      lost,
      // Where all who decided have left, how they did is all there is to say.
      why: [
        ...reasonsOf(present.length > 0 ? decisions : entry.decisions),
        ...costOf(lost.filter(dot => !this.#losses.isUncounted(key, dot))),
        ...uncountedIn(lost.filter(dot => this.#losses.isUncounted(key, dot))),
      ].join('; '),
    };
  }
}

const holds = ({writes}: Entry, {dot}: {readonly dot: Dot}): boolean =>
  writes.some(write => sameDot(write.dot, dot));

const isIncrement = ({writes}: Entry, dot: Dot): boolean =>
  writes.some(write => write.intent === 'incr' && sameDot(write.dot, dot));

const isAbout = ({sides}: Entry, dot: Dot): boolean => sides.some(side => sameDot(side, dot));

function union(dots: readonly Dot[], more: readonly Dot[]): readonly Dot[] {
  const fresh = more.filter(dot => !dots.some(other => sameDot(other, dot)));
  return fresh.length === 0 ? dots : [...dots, ...fresh].sort(compareDots);
}

function toConflictWrite({dot, after, change, wallMs, hlc}: Write, heardAtMs: number): ConflictWrite {
  const value = effectOf(change);
  const write = {
    dot,
    intent: change.type,
    summary: summarize(change),
    wallMs,
    heardAtMs,
    hlc,
    after,
    acknowledged: false,
  };
  return value === undefined ? write : {...write, value: clipValue(value)};
}

const KIND_ORDER: readonly IntentType[] = ['set', 'del', 'incr', 'sadd', 'srem', 'hset'];

function kindOf(writes: readonly ConflictWrite[]): string {
  const kinds = KIND_ORDER.filter(kind => writes.some(({intent}) => intent === kind));
  return kinds.length === 1 ? `${kinds[0]}/${kinds[0]}` : kinds.join('/');
}

/** The deciding sentence, or one per leader if leaders decided differently. */
function reasonsOf(decisions: Conflict['decisions']): readonly string[] {
  const leaders = new Map<string, string[]>();
  for (const [leader, decision] of Object.entries(decisions)) {
    const reason = reasonOf(decision);
    leaders.set(reason, [...(leaders.get(reason) ?? []), leader]);
  }
  return [...leaders].map(([why, at]) => (leaders.size === 1 ? why : `at ${listed(at)}: ${why}`));
}

function costOf(lost: readonly Dot[]): readonly string[] {
  const [were, are] = lost.length === 1 ? ['was', 'is'] : ['were', 'are'];
  return lost.length === 0 ? [] : [`${listed(lost.map(showDot))} ${were} acknowledged and ${are} lost`];
}

function uncountedIn(lost: readonly Dot[]): readonly string[] {
  const count = lost.length === 1 ? 'counts' : 'count';
  return lost.length === 0
    ? []
    : [`no leader adds up all of these increments, so ${listed(lost.map(showDot))} ${count} as lost`];
}

/** What the server said of it. A server that cannot go on says the same again and again. */
function wordsIn(
  {said}: Report,
  before: Decision | undefined,
  atMs: number,
): Pick<Decision, 'said' | 'saidAtMs'> {
  if (said !== undefined && said.join('\n') !== before?.said?.join('\n')) return {said, saidAtMs: atMs};
  if (before?.said === undefined) return {};
  return {said: before.said, ...(before.saidAtMs === undefined ? {} : {saidAtMs: before.saidAtMs})};
}
