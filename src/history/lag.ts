/**
 * Replication lag: from an origin's acceptance of an operation to its application at another leader, for each
 * such pair and over all. Pure: time is a parameter.
 */
import {assert, must} from '../base/assert.ts';
import type {LeaderId} from '../base/ids.ts';
import {type Dot, showDot} from '../core/log/version-vector.ts';
import {RecentTimes} from './recent-times.ts';

const WINDOW_SECONDS = 10;
const RECENT_SECONDS = 30;
/** Operations remembered until both their acceptance and their application are known. */
const PENDING_LIMIT = 50_000;
/** The number of lags kept for one pair in one second. Beyond it, new ones replace old ones. */
const LAGS_LIMIT = 500;
/** Figures of more operations than these are cached. */
const CACHED_FROM = 1000;
const CACHE_MS = 500;

/** How long operations of `origin` took to reach `leader`, over the last 10 seconds. */
export interface PairLag {
  readonly origin: LeaderId;
  readonly leader: LeaderId;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly count: number;
  /** Links travelled, on average. */
  readonly hops: number;
  /** The median of each of the last 30 seconds, oldest first; `undefined` where nothing came. */
  readonly recentMs: readonly (number | undefined)[];
}

/** The lags of the operations of one origin at one leader within one second. */
interface Bucket {
  /** lagsMs.length = the lower of `count` and `LAGS_LIMIT` */
  count: number;
  hops: number;
  readonly lagsMs: number[];
}

interface Pair {
  readonly origin: LeaderId;
  readonly leader: LeaderId;
  readonly seconds: Map<number, Bucket>;
}

interface Arrival {
  readonly leader: LeaderId;
  readonly atMs: number;
  readonly hops: number;
}

interface Figures {
  readonly madeAtMs: number;
  readonly lag: {readonly p50Ms: number; readonly p99Ms: number} | undefined;
  readonly lags: readonly PairLag[];
}

/**
 * Measures how long operations take from their origin's acceptance to their application at another leader.
 * `applied` takes in both kinds of event, in any order; the figures cover the last 10 seconds. All times are
 * milliseconds of one clock, which the caller reads.
 */
export class LagMeter {
  readonly #acceptedAtMs = new Map<string, number>();
  /** Operations applied elsewhere before the message of their origin has arrived. */
  readonly #early = new Map<string, Arrival[]>();
  readonly #pairs = new Map<string, Pair>();
  readonly #acceptances = new RecentTimes(1000);
  readonly #memberSinceMs = new Map<LeaderId, number>();
  #figures: Figures | undefined;

  /** Forgets all figures, because the topology has changed. */
  forget(): void {
    this.#pairs.clear();
    this.#figures = undefined;
  }

  /**
   * Sets the members. Operations accepted before a leader joined do not count, because they say nothing about
   * its speed.
   */
  setMembers(members: readonly LeaderId[], nowMs: number): void {
    const sinceMs = this.#memberSinceMs.size === 0 ? Number.NEGATIVE_INFINITY : nowMs;
    for (const leader of this.#memberSinceMs.keys())
      if (!members.includes(leader)) this.#memberSinceMs.delete(leader);
    for (const leader of members)
      if (!this.#memberSinceMs.has(leader)) this.#memberSinceMs.set(leader, sinceMs);
  }

  applied(leader: LeaderId, dot: Dot, atMs: number, hops: number): void {
    const name = showDot(dot);
    const acceptedAtMs = this.#acceptedAtMs.get(name);
    if (leader === dot.origin) {
      this.#acceptances.add(atMs);
      this.#acceptedAtMs.set(name, atMs);
      forgetOldest(this.#acceptedAtMs);
      for (const arrival of this.#early.get(name) ?? []) this.#measure(dot.origin, arrival, atMs);
      this.#early.delete(name);
    } else if (acceptedAtMs !== undefined) {
      this.#measure(dot.origin, {leader, atMs, hops}, acceptedAtMs);
    } else {
      this.#early.set(name, [...(this.#early.get(name) ?? []), {leader, atMs, hops}]);
      forgetOldest(this.#early);
    }
  }

  /** The figures over all pairs; undefined if nothing was replicated within the window. */
  lag(nowMs: number): Figures['lag'] {
    return this.#look(nowMs).lag;
  }

  /** The figures of each pair with traffic within the window, by origin and leader. */
  lags(nowMs: number): readonly PairLag[] {
    return this.#look(nowMs).lags;
  }

  /** The number of operations accepted in the last second. */
  opsPerSecond(nowMs: number): number {
    return this.#acceptances.count(nowMs);
  }

  #measure(origin: LeaderId, {leader, atMs, hops}: Arrival, acceptedAtMs: number): void {
    if (acceptedAtMs < (this.#memberSinceMs.get(leader) ?? Number.NEGATIVE_INFINITY)) return;
    const name = `${origin}>${leader}`;
    const pair = this.#pairs.get(name) ?? {origin, leader, seconds: new Map<number, Bucket>()};
    this.#pairs.set(name, pair);
    const second = Math.floor(atMs / 1000);
    const bucket = pair.seconds.get(second) ?? {count: 0, hops: 0, lagsMs: []};
    pair.seconds.set(second, bucket);
    bucket.lagsMs[bucket.count % LAGS_LIMIT] = Math.max(0, atMs - acceptedAtMs);
    bucket.count += 1;
    assert(bucket.lagsMs.length === Math.min(bucket.count, LAGS_LIMIT), 'a bucket holds its last lags');
    bucket.hops += hops;
    if (pair.seconds.size <= RECENT_SECONDS + 2) return;
    const [oldest] = pair.seconds.keys();
    if (oldest !== undefined) pair.seconds.delete(oldest);
  }

  #look(nowMs: number): Figures {
    const known = this.#figures;
    if (known !== undefined && nowMs >= known.madeAtMs && nowMs - known.madeAtMs < CACHE_MS) return known;
    const second = Math.floor(nowMs / 1000);
    const all: number[] = [];
    const lags: PairLag[] = [];
    for (const {origin, leader, seconds} of this.#pairs.values()) {
      const buckets = [...seconds]
        .filter(([at]) => at > second - WINDOW_SECONDS && at <= second + 1)
        .map(([, bucket]) => bucket);
      const sorted = sortedOf(buckets.flatMap(({lagsMs}) => lagsMs));
      if (sorted.length === 0) continue;
      for (const lagMs of sorted) all.push(lagMs);
      const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
      const hops = buckets.reduce((sum, bucket) => sum + bucket.hops, 0) / count;
      const recentMs = Array.from({length: RECENT_SECONDS}, (_, i) =>
        median(seconds.get(second - RECENT_SECONDS + 1 + i)),
      );
      lags.push({
        origin,
        leader,
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
        count,
        hops,
        recentMs,
      });
    }
    const sorted = sortedOf(all);
    const lag =
      all.length === 0 ? undefined : {p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99)};
    const name = (pair: PairLag): string => `${pair.origin}>${pair.leader}`;
    lags.sort((a, b) => (name(a) < name(b) ? -1 : 1));
    const figures = {madeAtMs: nowMs, lag, lags};
    this.#figures = all.length < CACHED_FROM ? undefined : figures;
    return figures;
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= PENDING_LIMIT) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

const median = (bucket: Bucket | undefined): number | undefined =>
  bucket && percentile(sortedOf(bucket.lagsMs), 0.5);

/** Under load there are a hundred thousand numbers; typed arrays are sorted without a comparing function. */
const sortedOf = (numbers: readonly number[]): Float64Array => Float64Array.from(numbers).sort();

/** The percentile by nearest rank, of a sorted list that is not empty. */
export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1));
  return must(sorted[rank], 'a percentile is one of the numbers');
}
