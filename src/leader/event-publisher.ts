/**
 * Sends the events of a leader to its subscribers, at most every 33 ms. Many changes make one message, and a
 * lab that reads slowly gets fewer and larger messages.
 */
import type {LeaderEvent} from '../core/io/leader-event.ts';
import {type ClockSetting, wallClock} from '../core/log/wall-clock.ts';
import type {News} from '../wire/leader-control.ts';
import {EventBatch, type Subject} from './news/event-batch.ts';

const PERIOD_MS = 33;
/** How long counters may wait if nothing else changed. */
const COUNTERS_MS = 1000;
/** A subscriber with this many unread bytes waits for its next message. */
const BACKLOG_BYTES = 1024 * 1024;

export interface Subscriber {
  readonly bufferedBytes: number;
  event(body: unknown): void;
}

/**
 * Sends the events of a leader to its subscribers, at most one message every 33 ms; `subscribe`,
 * `publishNow` and `flush` send at once. A subscriber with more than 1 MiB of unread bytes delays the next
 * message for all. Without subscribers it sends nothing and sets no timer.
 */
export class EventPublisher {
  readonly #batch: EventBatch;
  readonly #clock: () => ClockSetting;
  readonly #subscribers = new Set<Subscriber>();
  #timer: NodeJS.Timeout | undefined;
  #lastRest = '';
  #lastCounters = '';
  #sentAtMs = 0;
  #laterTimer: NodeJS.Timeout | undefined;

  constructor(replica: Subject, clock: () => ClockSetting, nowMs: number) {
    this.#batch = new EventBatch(replica, nowMs);
    this.#clock = clock;
  }

  /** The first message to a subscriber holds everything. */
  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.#batch.holdEverything();
    this.#publish();
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size === 0) this.#batch.holdEverything();
  }

  refused(reason: string): void {
    this.#batch.refused(reason);
    this.#schedule();
  }

  /** Adds a sentence for a person that follows from no event of the replica. */
  notice(text: string): void {
    this.#batch.notice(text);
    this.#schedule();
  }

  report(event: LeaderEvent, nowMs: number): void {
    this.#batch.report(event, nowMs);
    this.#schedule();
  }

  /** Something changed without an event, such as the number of operations that wait on a link. */
  touch(): void {
    this.#schedule();
  }

  /** Sends one message now. */
  publishNow(): void {
    this.#publish(true);
  }

  /** Sends everything now, in as many messages as it takes. */
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

  /** `isAll`: also send what could wait. */
  #publish(isAll = false): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#laterTimer);
    this.#timer = undefined;
    if (this.#subscribers.size === 0) return;
    if ([...this.#subscribers].some(({bufferedBytes}) => bufferedBytes > BACKLOG_BYTES))
      return this.#schedule();
    const news = this.#take(isAll);
    if (this.#isUnimportant(news, isAll)) return;
    for (const subscriber of this.#subscribers) subscriber.event(news);
  }

  #take(isAll: boolean): News {
    const nowMs = Date.now();
    const news = this.#batch.take({nowMs, clockOffsetMs: wallClock(this.#clock(), nowMs) - nowMs, isAll});
    if (this.#batch.waiting > 0) this.#schedule();
    return news;
  }

  /**
   * Returns true if nothing in the message is worth sending now. Heartbeats change nothing, and counters can
   * wait for a second.
   */
  #isUnimportant(news: News, isAll: boolean): boolean {
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
    const waitMs = isAll ? 0 : this.#sentAtMs + COUNTERS_MS - nowMs;
    if (!hasContent && rest === this.#lastRest && (counters === this.#lastCounters || waitMs > 0)) {
      if (counters !== this.#lastCounters) this.#laterTimer = setTimeout(() => this.#publish(), waitMs);
      return true;
    }
    this.#lastRest = rest;
    this.#lastCounters = counters;
    this.#sentAtMs = nowMs;
    return false;
  }
}
