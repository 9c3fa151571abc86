/**
 * Gathers what a leader has to report and sends it to whoever subscribed, at most every 33 ms: many changes make one message, and a
 * lab that does not keep up gets fewer, larger ones. Nothing here grows without bound.
 */
import {assertNever} from '../base/assert.ts';
import type {Key} from '../base/ids.ts';
import {approximateBytes, clipValue} from '../base/json.ts';
import type {LeaderEvent} from '../core/event.ts';
import type {ConflictReport} from '../core/joined-reports.ts';
import type {KeyWrite, Op} from '../core/op.ts';
import {opBytes} from '../core/progress.ts';
import {clipReading, readingToJson} from '../core/reading.ts';
import type {Replica} from '../core/replica.ts';
import {showDot} from '../core/version-vector.ts';
import {type ClockSetting, wallClock} from '../core/wall-clock.ts';
import type {KeyNews, News} from '../wire/leader-control.ts';
import {ConflictFeed} from './conflict-feed.ts';
import {LossFeed} from './loss-feed.ts';

const PERIOD_MS = 33;
/** How long counters that changed alone may wait to be told. */
const COUNTERS_MS = 1000;
/** Keys that a picture of a leader can hold. */
const KEY_LIMIT = 200;
const LIST_LIMIT = 5000;
const NOTICE_LIMIT = 20;
/** In a notice about many. */
const NAMED_KEYS = 3;
/** Reports of conflicts in one message, by the size of their text; the rest goes with the next. */
const REPORTS_BYTES = 256 * 1024;
/** A subscriber with so much still to read waits for its next news. */
const BACKLOG_BYTES = 1024 * 1024;

export interface Subscriber {
  readonly bufferedBytes: number;
  event(body: unknown): void;
}

export class Newsdesk {
  readonly #replica: Replica;
  readonly #clock: () => ClockSetting;
  readonly #subscribers = new Set<Subscriber>();
  /** When each of the keys changed last was changed, oldest first. */
  readonly #recent = new Map<Key, number>();
  #changed = new Set<Key>();
  #applied: News['applied'][number][] = [];
  readonly #conflicts = new ConflictFeed();
  readonly #losses = new LossFeed();
  #notices: string[] = [];
  /** By its reason: on which keys the person's module failed. */
  readonly #failures = new Map<string, {readonly keys: readonly Key[]; readonly count: number}>();
  #reset = true;
  #refused = 0;
  #acknowledged: [number, number][] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastRest = '';
  #lastCounters = '';
  #toldAtMs = 0;
  #laterTimer: NodeJS.Timeout | undefined;

  constructor(replica: Replica, clock: () => ClockSetting, nowMs: number) {
    this.#replica = replica;
    this.#clock = clock;
    for (const key of latestKeys(replica.log)) this.#note(key, nowMs);
    // The lab remembers what this leader made of them before, perhaps by another resolver.
    for (const event of replica.conflicts()) this.report(event, nowMs);
  }

  /** The first news holds everything. */
  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.#reset = true;
    this.#publish();
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  refused(reason: string): void {
    this.#refused += 1;
    this.#notice(`refused: ${reason}`);
  }

  /** What a person should know, and no event of the replica tells. */
  notice(text: string): void {
    this.#notice(text);
  }

  report(event: LeaderEvent, nowMs: number): void {
    if (event.type === 'applied') {
      for (const key of event.keys) this.#note(key, nowMs);
      if (this.#applied.length < LIST_LIMIT) this.#applied.push({dot: event.dot, atMs: nowMs, hops: event.hops});
    } else if (event.type === 'acknowledged') {
      this.#acknowledge(event.dot.seq);
    } else if (event.type === 'conflict') {
      this.#conflicts.add(clipReport(event));
    } else if (event.type === 'losses') {
      this.#losses.add(event);
    } else if (event.type === 'refolded') {
      this.#reset = true;
    } else if (event.type === 'storage-failed') {
      this.#reset = true;
      this.#notice(`the disk refused ${event.forgotten} operations: ${event.reason}`);
    } else if (event.type === 'halted') {
      this.#notice(
        `${event.origin} is halted at ${showDot(event.dot)} on ${event.key}: it conflicts with ${event.with.map(showDot).join(', ')}`,
      );
    } else if (event.type === 'unhalted') {
      this.#notice(`${event.origin} is halted no longer`);
    } else if (event.type === 'custom-failed') {
      this.#customFailed(event.key, event.reason);
    } else if (event.type === 'clock-ahead') {
      this.#notice(`the clock of ${event.origin} is ${event.aheadMs} ms ahead and was not adopted`);
    }
    this.#schedule();
  }

  /** Something else changed that news tell, such as what waits on a link. */
  touch(): void {
    this.#schedule();
  }

  /** Tells now as much as one message holds. */
  tell(): void {
    this.#publish(true);
  }

  /** Tells now what there is to tell. */
  flush(): void {
    let before: number;
    do {
      before = this.#waiting;
      this.#publish(true);
    } while (this.#waiting > 0 && this.#waiting < before);
  }

  /** What did not fit into the news before. */
  get #waiting(): number {
    return this.#conflicts.size + this.#losses.size;
  }

  #acknowledge(seq: number): void {
    const last = this.#acknowledged.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else this.#acknowledged.push([seq, seq]);
  }

  #customFailed(key: Key, reason: string): void {
    const failed = this.#failures.get(reason);
    if (failed === undefined && this.#failures.size >= NOTICE_LIMIT) return;
    this.#failures.set(reason, {keys: [...(failed?.keys ?? []), key].slice(0, NAMED_KEYS), count: (failed?.count ?? 0) + 1});
  }

  #takeNotices(): readonly string[] {
    const failures = [...this.#failures].map(([reason, {keys, count}]) => {
      const more = count > keys.length ? ` and ${count - keys.length} more` : '';
      return `custom failed on ${keys.join(', ')}${more}: ${reason}; siblings are kept`;
    });
    const notices = [...this.#notices, ...failures].slice(0, NOTICE_LIMIT);
    this.#notices = [];
    this.#failures.clear();
    return notices;
  }

  #notice(text: string): void {
    if (this.#notices.length < NOTICE_LIMIT) this.#notices.push(text);
    this.#schedule();
  }

  #note(key: Key, nowMs: number): void {
    this.#recent.delete(key);
    this.#recent.set(key, nowMs);
    this.#changed.add(key);
    if (this.#recent.size <= KEY_LIMIT) return;
    const [oldest] = this.#recent.keys();
    if (oldest === undefined) return;
    this.#recent.delete(oldest);
    this.#changed.delete(oldest);
  }

  #schedule(): void {
    if (this.#subscribers.size === 0) return;
    this.#timer ??= setTimeout(() => this.#publish(), PERIOD_MS);
  }

  /** With `isAll`, what could wait is told too. */
  #publish(isAll = false): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#laterTimer);
    this.#timer = undefined;
    if (this.#subscribers.size === 0) return;
    if ([...this.#subscribers].some(({bufferedBytes}) => bufferedBytes > BACKLOG_BYTES)) return this.#schedule();
    const news = this.#news(isAll);
    if (this.#isOld(news, isAll)) return;
    for (const subscriber of this.#subscribers) subscriber.event(news);
  }

  /** Heartbeats change nothing that is worth a message, and numbers that only count can wait for a second. */
  #isOld(news: News, isAll: boolean): boolean {
    const hasContent =
      news.reset || [news.keys, news.applied, news.acknowledged, news.conflicts, news.losses, news.notices].some(list => list.length > 0);
    const rest = JSON.stringify([news.links, news.refused, news.halted, news.buffered, this.#clock()]);
    const counters = [news.sentOps, news.redundantOps, news.echoedOps, news.clockOffsetMs].join();
    const nowMs = performance.now();
    const waitMs = isAll ? 0 : this.#toldAtMs + COUNTERS_MS - nowMs;
    if (!hasContent && rest === this.#lastRest && (counters === this.#lastCounters || waitMs > 0)) {
      if (counters !== this.#lastCounters) this.#laterTimer = setTimeout(() => this.#publish(), waitMs);
      return true;
    }
    this.#lastRest = rest;
    this.#lastCounters = counters;
    this.#toldAtMs = nowMs;
    return false;
  }

  #news(isAll: boolean): News {
    const replica = this.#replica;
    if (this.#reset) this.#losses.reset(replica.fold);
    const machineMs = Date.now();
    const keys = [...(this.#reset ? this.#recent.keys() : this.#changed)].reverse().map(key => this.#keyNews(key));
    const news: News = {
      type: 'news',
      vv: replica.vv,
      digest: replica.fold.digest(),
      hlc: replica.hlc,
      resolver: replica.resolver,
      clockOffsetMs: wallClock(this.#clock(), machineMs) - machineMs,
      halted: replica.halted,
      buffered: replica.buffered,
      sentOps: replica.sentOps,
      redundantOps: replica.redundantOps,
      echoedOps: replica.echoedOps,
      opCount: replica.opCount,
      keyCount: replica.fold.keyCount,
      refused: this.#refused,
      links: replica.links(),
      reset: this.#reset,
      keys,
      applied: this.#applied,
      acknowledged: this.#acknowledged,
      conflicts: this.#conflicts.take(machineMs, isAll, REPORTS_BYTES, reportBytes),
      losses: this.#losses.take(),
      notices: this.#takeNotices(),
    };
    this.#changed = new Set();
    this.#applied = [];
    this.#acknowledged = [];
    this.#reset = false;
    if (this.#waiting > 0) this.#schedule();
    return news;
  }

  #keyNews(key: Key): KeyNews {
    const {reading, frontier, shown} = this.#replica.fold.snapshot(key);
    const news = {key, reading: clipReading(reading), frontierSize: frontier.members.length, changedAtMs: this.#recent.get(key) ?? 0};
    return shown === undefined ? news : {...news, dot: shown};
  }
}

/** The keys written last, oldest first: as many as are told of, found without a walk through the whole log. */
function latestKeys(ops: readonly Op[]): Key[] {
  const keys = new Set<Key>();
  for (let i = ops.length - 1; i >= 0 && keys.size < KEY_LIMIT; i--) {
    for (const {key} of ops[i]?.writes.toReversed() ?? []) keys.add(key);
  }
  return [...keys].reverse();
}

/** Near enough to bound a message by, without making the text of each report twice. */
const reportBytes = ({writes, shows, why}: ConflictReport): number =>
  why.length +
  approximateBytes(readingToJson(shows)) +
  writes.reduce((bytes, write) => bytes + opBytes({...write, writes: [write.change]}), 0);

/** For the picture: values too large for one are cut short. */
function clipReport(report: ConflictReport): ConflictReport {
  const writes = report.writes.map(write => ({...write, change: clipChange(write.change)}));
  return {...report, writes, shows: clipReading(report.shows)};
}

function clipChange(change: KeyWrite): KeyWrite {
  switch (change.type) {
    case 'del':
      return change;
    case 'set':
      return {...change, value: clipValue(change.value)};
    case 'incr':
      return {...change, effect: clipValue(change.effect)};
    case 'sadd':
    case 'srem':
      return {...change, element: clipValue(change.element), effect: clipValue(change.effect)};
    case 'hset':
      return {...change, value: clipValue(change.value), effect: clipValue(change.effect)};
    default:
      return assertNever(change);
  }
}
