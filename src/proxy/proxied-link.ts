/**
 * A directed link: its rule, its random numbers, its tally, and the queues of its connections. Pure: no
 * sockets, and the caller passes the time.
 *
 * Leader `us` dials the link `us>eu` to send its operations to `eu`; if the link carries a stream, `eu` dials
 * it to fetch them. Acknowledgements return on the same connection, under the same rule. So a cut of `us>eu`
 * also keeps from `us` what has arrived, while `eu>us` still works.
 */
import type {LinkId} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {LinkRule} from '../faults/rule.ts';
import {streamRule} from '../faults/stream-rule.ts';
import {type Direction, Tally} from '../faults/tally.ts';
import {MessageQueue, type QueueContext, type ShownMessage} from './message-queue.ts';

export const IN_FLIGHT_SHOWN = 8;

/** Frames of our own protocol, or the stream between two PostgreSQL servers. */
export type Carries = 'frames' | 'stream';

export interface LinkOptions {
  readonly id: LinkId;
  readonly carries: Carries;
  readonly rule: LinkRule;
  readonly seed: number;
}

/** Both queues of one connection, by direction and by the end that feeds them. */
export interface QueuePair {
  readonly forth: MessageQueue;
  readonly back: MessageQueue;
  /** Fed by the end that dialled the link, and by the end that the proxy dials. */
  readonly fromClient: MessageQueue;
  readonly fromTarget: MessageQueue;
}

export class Link {
  /** Of all connections, past ones included. */
  readonly tally = new Tally();
  readonly #contexts: {readonly [direction in Direction]: QueueContext};
  readonly #pairs = new Set<QueuePair>();
  readonly #carries: Carries;
  /** The rule as it was set. */
  #given: LinkRule;
  /** What that rule means for this link: on a stream a cut is a hold. */
  #rule: LinkRule;

  constructor({id, carries, rule, seed}: LinkOptions) {
    this.#carries = carries;
    this.#given = rule;
    this.#rule = this.#effectiveRule(rule);
    const context = (direction: Direction): QueueContext => ({
      direction,
      rule: () => this.#rule,
      heldBy: () => (this.#given.cut ? 'cut' : 'hold'),
      random: new Prng(`${seed} ${id} ${direction}`),
      tally: this.tally,
    });
    this.#contexts = {forth: context('forth'), back: context('back')};
  }

  /** True if messages can pass, the greeting of a new connection included. */
  get passes(): boolean {
    return !this.#rule.cut && !this.#rule.hold;
  }

  setRule(rule: LinkRule, nowMs: number): void {
    this.#given = rule;
    this.#rule = this.#effectiveRule(rule);
    for (const queue of this.#queues()) queue.ruleChanged(nowMs);
  }

  /** The queues of a new connection. */
  open(): QueuePair {
    const [forth, back] = [new MessageQueue(this.#contexts.forth), new MessageQueue(this.#contexts.back)];
    const [fromClient, fromTarget] = this.#carries === 'frames' ? [forth, back] : [back, forth];
    const pair = {forth, back, fromClient, fromTarget};
    this.#pairs.add(pair);
    return pair;
  }

  close(pair: QueuePair): void {
    this.#pairs.delete(pair);
  }

  /** Loses every message on the link; the caller breaks the connections. */
  reset(nowMs: number): void {
    for (const queue of this.#queues()) queue.reset(nowMs);
  }

  /** How many counted messages wait: during a hold, on a stream also during a cut. */
  held(): number {
    return this.#rule.hold ? this.#queues().reduce((sum, queue) => sum + queue.counted, 0) : 0;
  }

  inFlight(): ShownMessage[] {
    const all = this.#queues().flatMap(queue => queue.shownInFlight(IN_FLIGHT_SHOWN));
    return all.sort((a, b) => a.sentAtMs - b.sentAtMs).slice(0, IN_FLIGHT_SHOWN);
  }

  #effectiveRule(rule: LinkRule): LinkRule {
    return this.#carries === 'frames' ? rule : streamRule(rule);
  }

  #queues(): MessageQueue[] {
    return [...this.#pairs].flatMap(({forth, back}) => [forth, back]);
  }
}
