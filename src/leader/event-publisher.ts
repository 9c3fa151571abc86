/**
 * Sends what a leader has to report to whoever subscribed, at most every 33 ms: many changes make one
 * message, and a lab that does not keep up gets fewer, larger ones.
 */
import type {LeaderEvent} from '../core/io/leader-event.ts';
import {type ClockSetting, wallClock} from '../core/log/wall-clock.ts';
import type {News} from '../wire/leader-control.ts';
import {EventBatch, type Subject} from './event-batch.ts';

const PERIOD_MS = 33;
/** How long counters that changed alone may wait to be told. */
const COUNTERS_MS = 1000;
/** A subscriber with so much still to read waits for its next news. */
const BACKLOG_BYTES = 1024 * 1024;

export interface Subscriber {
  readonly bufferedBytes: number;
  event(body: unknown): void;
}

export class EventPublisher {
  readonly #batch: EventBatch;
  readonly #clock: () => ClockSetting;
  readonly #subscribers = new Set<Subscriber>();
  #timer: NodeJS.Timeout | undefined;
  #lastRest = '';
  #lastCounters = '';
  #toldAtMs = 0;
  #laterTimer: NodeJS.Timeout | undefined;

  constructor(replica: Subject, clock: () => ClockSetting, nowMs: number) {
    this.#batch = new EventBatch(replica, nowMs);
    this.#clock = clock;
  }

  /** The first news holds everything. */
  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.#batch.startAnew();
    this.#publish();
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size === 0) this.#batch.startAnew();
  }

  refused(reason: string): void {
    this.#batch.refused(reason);
    this.#schedule();
  }

  /** What a person should know, and no event of the replica tells. */
  notice(text: string): void {
    this.#batch.notice(text);
    this.#schedule();
  }

  report(event: LeaderEvent, nowMs: number): void {
    this.#batch.report(event, nowMs);
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
      before = this.#batch.waiting;
      this.#publish(true);
    } while (this.#batch.waiting > 0 && this.#batch.waiting < before);
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
    if ([...this.#subscribers].some(({bufferedBytes}) => bufferedBytes > BACKLOG_BYTES))
      return this.#schedule();
    const news = this.#take(isAll);
    if (this.#isOld(news, isAll)) return;
    for (const subscriber of this.#subscribers) subscriber.event(news);
  }

  #take(isAll: boolean): News {
    const nowMs = Date.now();
    const news = this.#batch.take({nowMs, clockOffsetMs: wallClock(this.#clock(), nowMs) - nowMs, isAll});
    if (this.#batch.waiting > 0) this.#schedule();
    return news;
  }

  /** Heartbeats change nothing that is worth a message, and numbers that only count can wait for a second. */
  #isOld(news: News, isAll: boolean): boolean {
    const hasContent =
      news.reset ||
      [
        news.keys,
        news.applied,
        news.acknowledged,
        news.conflicts,
        news.losses,
        news.reusedDots,
        news.notices,
      ].some(list => list.length > 0);
    const rest = JSON.stringify([
      news.links,
      news.refused,
      news.halted,
      news.buffered,
      news.resolver,
      this.#clock(),
    ]);
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
}
