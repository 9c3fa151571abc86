/**
 * Which acknowledged writes the whole cluster has lost, from what each leader says it has lost. A write counts as lost iff it was
 * acknowledged and every live leader that has applied it says so: one that has applied it and does not say so shows it, or saw it
 * replaced by a write that had seen it.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {covers, type Dot, EMPTY, origins, seqOf, showDot, type VersionVector} from '../core/version-vector.ts';
import {DotSet, type Intervals, within} from './dot-set.ts';

/** Writes whose fate may still change. Beyond, the oldest are settled: counted as they are, and no more looked at. */
const PAIRS_LIMIT = 50_000;

interface Pair {
  readonly key: Key;
  readonly dot: Dot;
  /** The leaders that say it is lost. */
  readonly sayers: Set<LeaderId>;
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
  #acknowledged = new DotSet();
  #settled = new DotSet();
  #settledCount = 0;
  #live: readonly LeaderId[] = [];
  #lostCount = 0;
  #pairCount = 0;

  /** `onChange`: the write began or ceased to count as lost, or a leader to say so. */
  constructor(onChange: (dot: Dot) => void) {
    this.#onChange = onChange;
  }

  get lostCount(): number {
    return this.#settledCount + this.#lostCount;
  }

  isLost(key: Key, dot: Dot): boolean {
    return this.#find(key, dot)?.isLost ?? false;
  }

  /** Whether this leader says that the write is lost. */
  says(leader: LeaderId, key: Key, dot: Dot): boolean {
    return this.#find(key, dot)?.sayers.has(leader) ?? false;
  }

  /** Whether some leader that counts says that the write, or a part of it, is lost. */
  isDisputed(dot: Dot, counts: (leader: LeaderId) => boolean): boolean {
    return (this.#pairs.get(showDot(dot)) ?? []).some(({sayers}) => [...sayers].some(counts));
  }

  isAcknowledged(dot: Dot): boolean {
    return this.#acknowledged.has(dot);
  }

  acknowledge(origin: LeaderId, from: number, to: number): void {
    this.#acknowledged.add(origin, from, to);
    for (const pairs of within(this.#pairs, origin, from, to)) this.#judgeAll(pairs);
  }

  /** What a leader has told; with `reset`, all that it has to tell. `vv` is what it has applied. */
  heard(leader: LeaderId, vv: VersionVector, losses: readonly KeyLosses[], reset: boolean): void {
    const before = this.#applied.get(leader) ?? EMPTY;
    this.#applied.set(leader, vv);
    if (reset) for (const pairs of this.#pairs.values()) for (const pair of pairs) pair.sayers.delete(leader);
    for (const {key, lost, found} of losses) {
      for (const dot of found) this.#find(key, dot)?.sayers.delete(leader);
      for (const dot of lost) this.#pairOf(key, dot)?.sayers.add(leader);
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
  }

  /** Leaders that are down, gone or silent have no say. */
  setLive(live: readonly LeaderId[]): void {
    if (live.length === this.#live.length && live.every((leader, i) => leader === this.#live[i])) return;
    this.#live = live;
    this.#judgeEvery();
  }

  save(): SavedLedger {
    return {acknowledged: this.#acknowledged.toJson(), settled: this.#settled.toJson(), settledCount: this.#settledCount};
  }

  restore({acknowledged, settled, settledCount}: SavedLedger): void {
    this.#acknowledged = new DotSet(acknowledged);
    this.#settled = new DotSet(settled);
    this.#settledCount = settledCount;
  }

  /** As a leader had said before the lab was closed; its first news will say it anew. */
  restoreSaid(leader: LeaderId, key: Key, dot: Dot): void {
    this.#pairOf(key, dot)?.sayers.add(leader);
    this.#judgeAll(this.#pairs.get(showDot(dot)) ?? []);
  }

  #find(key: Key, dot: Dot): Pair | undefined {
    return this.#pairs.get(showDot(dot))?.find(pair => pair.key === key);
  }

  #pairOf(key: Key, dot: Dot): Pair | undefined {
    const known = this.#find(key, dot);
    if (known !== undefined || this.#settled.has(dot)) return known;
    const pair: Pair = {key, dot, sayers: new Set(), isLost: false};
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
    for (const {dot} of pairs.slice(0, 1)) this.#settled.add(dot.origin, dot.seq, dot.seq);
  }

  #judgeEvery(): void {
    for (const pairs of this.#pairs.values()) this.#judgeAll(pairs);
  }

  #judgeAll(pairs: readonly Pair[]): void {
    for (const pair of pairs) this.#judge(pair);
  }

  #judge(pair: Pair): void {
    const {dot, sayers} = pair;
    const isSaid = sayers.size > 0;
    const isLost =
      isSaid &&
      this.#acknowledged.has(dot) &&
      this.#live.every(leader => sayers.has(leader) || !covers(this.#applied.get(leader) ?? EMPTY, dot));
    if (!isSaid) this.#remove(pair);
    if (isLost === pair.isLost) return;
    pair.isLost = isLost;
    this.#lostCount += isLost ? 1 : -1;
    this.#onChange(dot);
  }

  #remove(pair: Pair): void {
    const name = showDot(pair.dot);
    const rest = (this.#pairs.get(name) ?? []).filter(other => other !== pair);
    this.#pairCount -= 1;
    if (rest.length > 0) this.#pairs.set(name, rest);
    else this.#pairs.delete(name);
  }
}
