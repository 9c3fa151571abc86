/**
 * Which acknowledged writes the whole cluster has lost, from what each leader reports as lost. A write counts
 * as lost if and only if it was acknowledged and every live leader that has applied it reports it as lost. A
 * leader that has applied it and does not report it shows it, or has seen it replaced by a write that had
 * seen it.
 *
 * A lost write stays lost while it reaches live leaders that lack the displacing write: they show it until
 * that write arrives. It counts as found again only if such a leader shows it and has everything that a
 * discarding leader had. Increments that no leader adds up are lost too (`uncounted-increments.ts`).
 */
import {assert} from '../base/assert.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import {
  covers,
  type Dot,
  dominates,
  EMPTY,
  origins,
  seqOf,
  showDot,
  type VersionVector,
} from '../core/log/version-vector.ts';
import {DotSet, type Intervals, within} from './dot-set.ts';
import {DisputedIncrements} from './uncounted-increments.ts';

/** The number of writes whose state may still change. Beyond it, the oldest keep the state that they have. */
const PAIRS_LIMIT = 50_000;

interface Pair {
  readonly key: Key;
  readonly dot: Dot;
  /** The leaders that report it as lost, and what each had applied at that time. */
  readonly reporters: Map<LeaderId, VersionVector>;
  /** Live leaders that did not have it yet when it was first reported as lost. */
  awaiting: readonly LeaderId[];
  isIncrement: boolean;
  /** Acknowledged, and lost at every leader that counts. */
  isDiscarded: boolean;
  /** Discarded, or an increment that no leader adds to the others. */
  isLost: boolean;
}

export interface KeyLosses {
  readonly key: Key;
  readonly lost: readonly Dot[];
  readonly found: readonly Dot[];
}

export interface SavedLedger {
  readonly acknowledged: Intervals;
  readonly settled: Intervals;
  readonly settledCount: number;
}

export class LossLedger {
  /** By the text of the dot; a transaction has a pair for each of its keys. */
  readonly #pairs = new Map<string, Pair[]>();
  readonly #applied = new Map<LeaderId, VersionVector>();
  readonly #onChange: (dot: Dot) => void;
  readonly #isIncrement: (key: Key, dot: Dot) => boolean;
  readonly #disputed = new DisputedIncrements<Pair>();
  /** For each leader: the discarded writes that it shows only because it lacks the displacing write. */
  readonly #behind = new Map<LeaderId, Set<Pair>>();
  #acknowledged = new DotSet();
  #settled = new DotSet();
  #settledCount = 0;
  #live: readonly LeaderId[] = [];
  /** The pairs that are lost now. 0 <= lostCount <= pairCount */
  #lostCount = 0;
  /** The pairs in `#pairs`. No dot there is without one. pairs.size <= pairCount <= PAIRS_LIMIT */
  #pairCount = 0;

  /**
   * `onChange` is called if a write, or one leader's report of it, became lost or stopped being lost.
   * `isIncrement`: whether the write is known to be an increment.
   */
  constructor(onChange: (dot: Dot) => void, isIncrement: (key: Key, dot: Dot) => boolean) {
    this.#onChange = onChange;
    this.#isIncrement = isIncrement;
  }

  get lostCount(): number {
    return this.#settledCount + this.#lostCount;
  }

  isLost(key: Key, dot: Dot): boolean {
    return this.#find(key, dot)?.isLost ?? false;
  }

  /** Whether it counts as lost only because no leader adds it to the other increments. */
  isUncounted(key: Key, dot: Dot): boolean {
    const pair = this.#find(key, dot);
    return pair?.isLost === true && !pair.isDiscarded;
  }

  /** Whether this leader reports the write as lost. */
  isReportedBy(leader: LeaderId, key: Key, dot: Dot): boolean {
    return this.#find(key, dot)?.reporters.has(leader) ?? false;
  }

  /** Whether some leader that counts reports the write, or a part of it, as lost. */
  isDisputed(dot: Dot, counts: (leader: LeaderId) => boolean): boolean {
    return (this.#pairs.get(showDot(dot)) ?? []).some(({reporters}) => [...reporters.keys()].some(counts));
  }

  isAcknowledged(dot: Dot): boolean {
    return this.#acknowledged.has(dot);
  }

  acknowledge(origin: LeaderId, from: number, to: number): void {
    this.#acknowledged.add(origin, from, to);
    for (const pairs of within(this.#pairs, origin, from, to)) this.#judgeAll(pairs);
    this.#settleDisputed();
  }

  /** Checks these writes again, because more is known about them. */
  recheck(dots: readonly Dot[]): void {
    for (const dot of dots) this.#judgeAll(this.#pairs.get(showDot(dot)) ?? []);
    this.#settleDisputed();
  }

  /** Takes in what a leader reports; with `reset`, all of its lost writes. `vv`: what it has applied. */
  receive(leader: LeaderId, vv: VersionVector, losses: readonly KeyLosses[], reset: boolean): void {
    const before = this.#applied.get(leader) ?? EMPTY;
    this.#applied.set(leader, vv);
    if (reset)
      for (const pairs of this.#pairs.values()) for (const pair of pairs) pair.reporters.delete(leader);
    for (const {key, lost, found} of losses) {
      for (const dot of found) this.#find(key, dot)?.reporters.delete(leader);
      for (const dot of lost) this.#pairOf(key, dot)?.reporters.set(leader, vv);
      for (const dot of [...found, ...lost]) {
        this.#judgeAll(this.#pairs.get(showDot(dot)) ?? []);
        this.#onChange(dot);
      }
    }
    if (reset) return this.#judgeEvery();
    for (const origin of origins(vv)) {
      const [from, to] = [seqOf(before, origin) + 1, seqOf(vv, origin)];
      if (from <= to) for (const pairs of within(this.#pairs, origin, from, to)) this.#judgeAll(pairs);
    }
    this.#judgeAll([...(this.#behind.get(leader) ?? [])]);
    this.#settleDisputed();
  }

  /** The leaders that count: those that are not down, gone or silent. */
  setLive(live: readonly LeaderId[]): void {
    if (live.length === this.#live.length && live.every((leader, i) => leader === this.#live[i])) return;
    this.#live = live;
    this.#judgeEvery();
  }

  save(): SavedLedger {
    return {
      acknowledged: this.#acknowledged.toJson(),
      settled: this.#settled.toJson(),
      settledCount: this.#settledCount,
    };
  }

  restore({acknowledged, settled, settledCount}: SavedLedger): void {
    this.#acknowledged = new DotSet(acknowledged);
    this.#settled = new DotSet(settled);
    this.#settledCount = settledCount;
  }

  /** Restores what a leader had reported before the lab was closed. Its first message reports it again. */
  restoreReported(leader: LeaderId, key: Key, dot: Dot): void {
    this.#pairOf(key, dot)?.reporters.set(leader, EMPTY);
    this.#judgeAll(this.#pairs.get(showDot(dot)) ?? []);
    this.#settleDisputed();
  }

  #find(key: Key, dot: Dot): Pair | undefined {
    return this.#pairs.get(showDot(dot))?.find(pair => pair.key === key);
  }

  #pairOf(key: Key, dot: Dot): Pair | undefined {
    const known = this.#find(key, dot);
    if (known !== undefined || this.#settled.has(dot)) return known;
    const pair: Pair = {
      key,
      dot,
      reporters: new Map(),
      awaiting: [],
      isIncrement: false,
      isDiscarded: false,
      isLost: false,
    };
    const name = showDot(dot);
    this.#pairs.set(name, [...(this.#pairs.get(name) ?? []), pair]);
    this.#pairCount += 1;
    if (this.#pairCount > PAIRS_LIMIT) this.#settleOldest();
    return pair;
  }

  #settleOldest(): void {
    const [oldest] = this.#pairs;
    if (oldest === undefined) return;
    const [name, pairs] = oldest;
    const lost = pairs.filter(({isLost}) => isLost).length;
    this.#lostCount -= lost;
    this.#settledCount += lost;
    this.#pairCount -= pairs.length;
    this.#pairs.delete(name);
    for (const pair of pairs) {
      pair.isLost = false;
      this.#letGo(pair);
    }
    assert(this.#lostCount >= 0 && this.#pairs.size <= this.#pairCount, 'a pair is settled once');
    for (const {dot} of pairs.slice(0, 1)) this.#settled.add(dot.origin, dot.seq, dot.seq);
  }

  #judgeEvery(): void {
    for (const pairs of this.#pairs.values()) this.#judgeAll(pairs);
    this.#disputed.noteAll();
    this.#settleDisputed();
  }

  #judgeAll(pairs: readonly Pair[]): void {
    for (const pair of pairs) this.#judge(pair);
  }

  #judge(pair: Pair): void {
    const {key, dot, reporters} = pair;
    const isReported = reporters.size > 0;
    const isKnown = isReported && this.#acknowledged.has(dot);
    const showing = isKnown
      ? this.#live.filter(leader => !reporters.has(leader) && covers(this.#appliedAt(leader), dot))
      : [];
    const isBehind =
      pair.isDiscarded &&
      showing.length > 0 &&
      showing.every(leader => this.#lacksWhatDisplaced(leader, pair));
    pair.isDiscarded = isKnown && (showing.length === 0 || isBehind);
    if (!isBehind)
      pair.awaiting = pair.isDiscarded
        ? this.#live.filter(leader => !covers(this.#appliedAt(leader), dot))
        : [];
    this.#noteBehind(pair, isBehind ? showing : []);
    const isOpen = isKnown && !pair.isDiscarded;
    pair.isIncrement ||= isOpen && this.#isIncrement(key, dot);
    this.#disputed.note(pair, isOpen && pair.isIncrement);
    if (!isReported) this.#remove(pair);
    this.#count(pair);
  }

  #noteBehind(pair: Pair, showing: readonly LeaderId[]): void {
    for (const pairs of this.#behind.values()) pairs.delete(pair);
    for (const leader of showing) this.#behind.set(leader, (this.#behind.get(leader) ?? new Set()).add(pair));
  }

  /**
   * Whether the leader received the write after it was lost, and lacks something that each live leader had
   * that reports it as lost.
   */
  #lacksWhatDisplaced(leader: LeaderId, {reporters, awaiting}: Pair): boolean {
    if (!awaiting.includes(leader)) return false;
    const reports = this.#live.flatMap(live => reporters.get(live) ?? []);
    return reports.length > 0 && reports.every(vv => !dominates(this.#appliedAt(leader), vv));
  }

  #appliedAt(leader: LeaderId): VersionVector {
    return this.#applied.get(leader) ?? EMPTY;
  }

  #settleDisputed(): void {
    for (const pair of this.#disputed.settle(this.#live)) this.#count(pair);
  }

  #count(pair: Pair): void {
    const isLost = pair.isDiscarded || this.#disputed.isLost(pair);
    if (isLost === pair.isLost) return;
    pair.isLost = isLost;
    this.#lostCount += isLost ? 1 : -1;
    assert(this.#lostCount >= 0, 'a write is lost before it is found again');
    this.#onChange(pair.dot);
  }

  #remove(pair: Pair): void {
    const name = showDot(pair.dot);
    const rest = (this.#pairs.get(name) ?? []).filter(other => other !== pair);
    this.#pairCount -= 1;
    this.#letGo(pair);
    if (rest.length > 0) this.#pairs.set(name, rest);
    else this.#pairs.delete(name);
    assert(this.#pairs.size <= this.#pairCount, 'a pair is removed once');
  }

  #letGo(pair: Pair): void {
    this.#noteBehind(pair, []);
    this.#disputed.note(pair, false);
  }
}
