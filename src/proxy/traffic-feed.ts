/**
 * Sends subscribers the traffic of the links that have changed, at most every 40 ms, and only if something
 * that a person can see has changed.
 *
 * Each event holds the whole state of its links, so events can be skipped. A slow subscriber misses some
 * events and gets the latest state when it reads again.
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
  /** Links that may have changed since the last event. */
  readonly changed: Set<LinkId>;
  /** The last state that was sent of each link, as JSON. */
  readonly sent: Map<LinkId, string>;
}

export class TrafficFeed {
  readonly #links: ReadonlyMap<LinkId, {traffic(): LinkTraffic}>;
  readonly #subscriptions = new Map<Subscriber, Subscription>();
  #timer: NodeJS.Timeout | undefined;

  constructor(links: ReadonlyMap<LinkId, {traffic(): LinkTraffic}>) {
    this.#links = links;
  }

  /** The first event is about all links. */
  subscribe(subscriber: Subscriber): void {
    this.#subscriptions.set(subscriber, {changed: new Set(this.#links.keys()), sent: new Map()});
    this.#schedule();
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#subscriptions.delete(subscriber);
  }

  /** The link was opened or closed, or its traffic may have changed. */
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
      else this.#send(subscriber, subscription);
    }
  }

  #send(subscriber: Subscriber, {changed, sent}: Subscription): void {
    const links: {[link: LinkId]: LinkTraffic} = {};
    for (const link of changed) {
      const traffic = this.#links.get(link)?.traffic();
      const text = JSON.stringify(traffic);
      if (traffic === undefined) sent.delete(link);
      else if (sent.get(link) !== text) {
        sent.set(link, text);
        links[link] = traffic;
      }
    }
    changed.clear();
    if (Object.keys(links).length > 0) subscriber.event({type: 'traffic', links});
  }
}
