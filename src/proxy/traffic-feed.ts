/**
 * Tells subscribers how the links' traffic changes: in batches, at most every 40 ms, and nothing when nothing
 * a person is shown changed.
 *
 * Each message gives the whole state of the links in it, so one can be left out: a subscriber that does not
 * keep up misses some and gets the latest when it reads again.
 */
import type {LinkId} from '../base/ids.ts';
import type {LinkTraffic, ProxyEvent} from './proxy-protocol.ts';

const INTERVAL_MS = 40;
const BACKLOG_LIMIT_BYTES = 256 * 1024;

interface Subscriber {
  readonly bufferedBytes: number;
  event(body: ProxyEvent): void;
}

interface Subscription {
  /** Links that may have changed since the last message. */
  readonly changed: Set<LinkId>;
  /** What the last message about each link said. */
  readonly told: Map<LinkId, string>;
}

export class TrafficFeed {
  readonly #links: ReadonlyMap<LinkId, {traffic(): LinkTraffic}>;
  readonly #subscriptions = new Map<Subscriber, Subscription>();
  #timer: NodeJS.Timeout | undefined;

  constructor(links: ReadonlyMap<LinkId, {traffic(): LinkTraffic}>) {
    this.#links = links;
  }

  /** The first message is about all links. */
  subscribe(subscriber: Subscriber): void {
    this.#subscriptions.set(subscriber, {changed: new Set(this.#links.keys()), told: new Map()});
    this.#schedule();
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#subscriptions.delete(subscriber);
  }

  /** Opened, closed, or something happened on it. */
  changed(link: LinkId): void {
    for (const {changed} of this.#subscriptions.values()) changed.add(link);
    if (this.#subscriptions.size > 0) this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    for (const [subscriber, subscription] of this.#subscriptions) {
      if (subscriber.bufferedBytes > BACKLOG_LIMIT_BYTES) this.#schedule();
      else this.#tell(subscriber, subscription);
    }
  }

  #tell(subscriber: Subscriber, {changed, told}: Subscription): void {
    const links: {[link: LinkId]: LinkTraffic} = {};
    for (const link of changed) {
      const traffic = this.#links.get(link)?.traffic();
      const text = JSON.stringify(traffic);
      if (traffic === undefined) told.delete(link);
      else if (told.get(link) !== text) {
        told.set(link, text);
        links[link] = traffic;
      }
    }
    changed.clear();
    if (Object.keys(links).length > 0) subscriber.event({type: 'traffic', links});
  }
}
