/**
 * The conflict log of the whole cluster, from what each leader reports: one entry per conflict, however many leaders see it.
 *
 * Two reports are of the same conflict when they are about the same key and share a write: a third concurrent write, or a newer
 * version of one side, joins the entry, and a report that shares writes with several entries makes one of them. Pure: time comes with
 * the reports.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {clipValue, type Json} from '../base/json.ts';
import type {LeaderEvent} from '../core/event.ts';
import {effectOf, type IntentType, type KeyWrite, type Write} from '../core/op.ts';
import {compareDots, covers, type Dot, EMPTY, merge, sameDot, showDot, type VersionVector} from '../core/version-vector.ts';
import type {Conflict, ConflictWrite, Decision} from './conflict.ts';

/** How many entries are kept for looking at. All are counted. */
export const CONFLICT_LIMIT = 1000;

/** A key that never comes to rest would make one endless entry: a full one is left, and the next begun. */
const WRITES_LIMIT = 24;

type Report = Extract<LeaderEvent, {type: 'conflict'}>;

interface Entry {
  readonly id: number;
  readonly key: Key;
  readonly detectedAtMs: number;
  relation: Conflict['relation'];
  writes: readonly Write[];
  decisions: {readonly [leader: LeaderId]: Decision};
  /** Made again only after a change. */
  shown: Conflict | undefined;
}

export class ConflictLog {
  #entries: Entry[] = [];
  readonly #byKey = new Map<Key, Entry[]>();
  #acknowledged: VersionVector = EMPTY;
  #count = 0;
  #lastId = 0;
  /** Lost writes of entries that are no longer kept. */
  #lostBefore = 0;
  #list: readonly Conflict[] | undefined;

  /** What the leader at `leader` made of a conflict, `atMs` by the lab's clock. */
  observe(leader: LeaderId, report: Report, atMs: number): void {
    const entry = this.#entryFor(report, atMs);
    if (report.relation === 'reversed') entry.relation = 'reversed';
    const known = entry.writes;
    const fresh = report.writes.filter(write => !known.some(({dot}) => sameDot(dot, write.dot)));
    if (fresh.length > 0) entry.writes = [...known, ...fresh].sort((a, b) => compareDots(a.dot, b.dot));
    const {resolver, shows, lost, why} = report;
    entry.decisions = {...entry.decisions, [leader]: {resolver, shows, atMs, lost, why}};
    this.#touch(entry);
  }

  /** An origin acknowledges in the order of `seq`, so the highest says it for all before. */
  acknowledge(dot: Dot): void {
    const before = this.#acknowledged;
    if (covers(before, dot)) return;
    this.#acknowledged = merge(before, {[dot.origin]: dot.seq});
    for (const entry of this.#entries) {
      if (entry.writes.some(write => covers(this.#acknowledged, write.dot) && !covers(before, write.dot))) this.#touch(entry);
    }
  }

  /** Oldest first. The same array until something changes. */
  list(): readonly Conflict[] {
    this.#list ??= this.#entries.map(entry => (entry.shown ??= this.#show(entry)));
    return this.#list;
  }

  /** All there ever were. */
  get count(): number {
    return this.#count;
  }

  get lostCount(): number {
    return this.list().reduce((sum, {lost}) => sum + lost.length, this.#lostBefore);
  }

  #touch(entry: Entry): void {
    entry.shown = undefined;
    this.#list = undefined;
  }

  #entryFor(report: Report, atMs: number): Entry {
    const candidates = this.#byKey.get(report.key) ?? [];
    const sharing = candidates.filter(entry => entry.writes.some(({dot}) => report.writes.some(write => sameDot(write.dot, dot))));
    const whole = sharing.findLast(entry => holdsAll(entry, report));
    if (whole !== undefined) return whole;
    const [found, ...others] = sharing.filter(({writes}) => writes.length < WRITES_LIMIT);
    if (found !== undefined) {
      if (others.length > 0) this.#join(found, others);
      return found;
    }
    this.#count += 1;
    this.#lastId += 1;
    const entry: Entry = {
      id: this.#lastId,
      key: report.key,
      detectedAtMs: atMs,
      relation: report.relation,
      writes: [],
      decisions: {},
      shown: undefined,
    };
    this.#entries.push(entry);
    this.#byKey.set(report.key, [...candidates, entry]);
    if (this.#entries.length > CONFLICT_LIMIT) this.#dropOldest();
    return entry;
  }

  /** What was taken for several conflicts is one: different leaders had learned of different sides first. */
  #join(entry: Entry, others: readonly Entry[]): void {
    for (const {writes, decisions, relation} of others) {
      entry.writes = [...entry.writes, ...writes].sort((a, b) => compareDots(a.dot, b.dot));
      entry.decisions = {...entry.decisions, ...decisions};
      if (relation === 'reversed') entry.relation = relation;
    }
    this.#entries = this.#entries.filter(one => !others.includes(one));
    this.#byKey.set(
      entry.key,
      (this.#byKey.get(entry.key) ?? []).filter(one => !others.includes(one)),
    );
    this.#count -= others.length;
  }

  #dropOldest(): void {
    const oldest = this.#entries.shift();
    if (oldest === undefined) return;
    this.#lostBefore += this.#lost(oldest).length;
    const rest = (this.#byKey.get(oldest.key) ?? []).filter(entry => entry !== oldest);
    if (rest.length > 0) this.#byKey.set(oldest.key, rest);
    else this.#byKey.delete(oldest.key);
  }

  #lost(entry: Entry): Dot[] {
    const lost: Dot[] = [];
    for (const decision of Object.values(entry.decisions)) {
      for (const dot of decision.lost) {
        if (covers(this.#acknowledged, dot) && !lost.some(other => sameDot(other, dot))) lost.push(dot);
      }
    }
    return lost.sort(compareDots);
  }

  #show(entry: Entry): Conflict {
    const lost = this.#lost(entry);
    return {
      id: entry.id,
      key: entry.key,
      relation: entry.relation,
      kind: kindOf(entry.writes),
      detectedAtMs: entry.detectedAtMs,
      writes: entry.writes.map(write => this.#showWrite(write)),
      decisions: entry.decisions,
      torn: [],
      lost,
      why: whyOf(entry, lost),
    };
  }

  #showWrite({dot, after, change, wallMs, hlc}: Write): ConflictWrite {
    const value = effectOf(change);
    const shown = {
      dot,
      intent: change.type,
      summary: summarize(change),
      wallMs,
      hlc,
      after,
      acknowledged: covers(this.#acknowledged, dot),
    };
    return value === undefined ? shown : {...shown, value: clipValue(value)};
  }
}

const holdsAll = ({writes}: Entry, report: Report): boolean =>
  report.writes.every(({dot}) => writes.some(write => sameDot(write.dot, dot)));

const KIND_ORDER: readonly IntentType[] = ['set', 'del', 'incr', 'sadd', 'srem', 'hset'];

function kindOf(writes: readonly Write[]): string {
  const kinds = KIND_ORDER.filter(kind => writes.some(({change}) => change.type === kind));
  return kinds.length === 1 ? `${kinds[0]}/${kinds[0]}` : kinds.join('/');
}

/** The deciding sentence, then what it cost; where leaders decided differently, that too. */
function whyOf(entry: Entry, lost: readonly Dot[]): string {
  const decisions = Object.entries(entry.decisions);
  const [first] = decisions;
  if (first === undefined) return '';
  const others = decisions.filter(([, {why}]) => why !== first[1].why).map(([leader, {why}]) => `at ${leader}: ${why}`);
  const cost =
    lost.length === 0
      ? []
      : [
          `${lost.map(showDot).join(' and ')} ${lost.length === 1 ? 'was' : 'were'} acknowledged and ${lost.length === 1 ? 'is' : 'are'} lost`,
        ];
  return [first[1].why, ...cost, ...others].join('; ');
}

/** As a person would have typed it, short. */
function summarize(change: KeyWrite): string {
  switch (change.type) {
    case 'del':
      return 'del';
    case 'incr':
      return `incr ${change.by}`;
    case 'sadd':
    case 'srem':
      return `${change.type} ${short(change.element)}`;
    case 'hset':
      return `hset ${change.field} ${short(change.value)}`;
    case 'set':
      return `set ${short(change.value)}`;
  }
}

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
