/**
 * A directed link: its rule, its luck, its tally, and the queues of the connections that run over it. Pure;
 * no sockets, time is handed in.
 *
 * The link `us>eu` is what leader `us` dials to send its operations to `eu`; if it carries a stream, `eu`
 * dials to fetch them. The acknowledgements return on the same connection, and suffer the same rule: an
 * acknowledgement travels over the link that it acknowledges, so that cutting `us>eu` also leaves `us`
 * without news of what arrived, while `eu>us` works on.
 */
import type {LinkId} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {LinkRule} from '../faults/rule.ts';
import {streamRule} from '../faults/stream-rule.ts';
import {type Direction, Tally} from '../faults/tally.ts';
import {type LaneContext, MessageQueue, type Travelling} from './message-queue.ts';

export const IN_FLIGHT_SHOWN = 8;

/** Frames of our own protocol, or the stream between two PostgreSQL servers. */
export type Carries = 'frames' | 'stream';

export interface LinkOptions {
  readonly id: LinkId;
  readonly carries: Carries;
  readonly rule: LinkRule;
  readonly seed: number;
}

/** Both queues of one connection, by what travels on them and by whose end they begin at. */
export interface LanePair {
  readonly forth: MessageQueue;
  readonly back: MessageQueue;
  /** Of who dialled the link, and of whom the proxy dials for it. */
  readonly fromClient: MessageQueue;
  readonly fromTarget: MessageQueue;
}

export class Link {
  /** Of all connections together. */
  readonly tally = new Tally();
  readonly #contexts: {readonly [direction in Direction]: LaneContext};
  readonly #pairs = new Set<LanePair>();
  readonly #carries: Carries;
  /** As it was set. */
  #given: LinkRule;
  /** What it means here. */
  #rule: LinkRule;

  constructor({id, carries, rule, seed}: LinkOptions) {
    this.#carries = carries;
    this.#given = rule;
    this.#rule = this.#meaning(rule);
    const context = (direction: Direction): LaneContext => ({
      direction,
      rule: () => this.#rule,
      heldBy: () => (this.#given.cut ? 'cut' : 'hold'),
      random: new Prng(`${seed} ${id} ${direction}`),
      tally: this.tally,
    });
    this.#contexts = {forth: context('forth'), back: context('back')};
  }

  /** Whether messages, and the greeting of a new connection, pass at all. */
  get passes(): boolean {
    return !this.#rule.cut && !this.#rule.hold;
  }

  setRule(rule: LinkRule, nowMs: number): void {
    this.#given = rule;
    this.#rule = this.#meaning(rule);
    for (const queue of this.#queues()) queue.ruleChanged(nowMs);
  }

  /** The queues of a new connection. */
  open(): LanePair {
    const [forth, back] = [new MessageQueue(this.#contexts.forth), new MessageQueue(this.#contexts.back)];
    const [fromClient, fromTarget] = this.#carries === 'frames' ? [forth, back] : [back, forth];
    const pair = {forth, back, fromClient, fromTarget};
    this.#pairs.add(pair);
    return pair;
  }

  close(pair: LanePair): void {
    this.#pairs.delete(pair);
  }

  /** What is under way is lost, with the connections that it was under way on. */
  reset(nowMs: number): void {
    for (const queue of this.#queues()) queue.reset(nowMs);
  }

  /** Messages that are kept back: by a hold, on a stream by a cut, too. */
  held(): number {
    return this.#rule.hold ? this.#queues().reduce((sum, queue) => sum + queue.counted, 0) : 0;
  }

  inFlight(): Travelling[] {
    const all = this.#queues().flatMap(queue => queue.travelling(IN_FLIGHT_SHOWN));
    return all.sort((a, b) => a.sentAtMs - b.sentAtMs).slice(0, IN_FLIGHT_SHOWN);
  }

  #meaning(rule: LinkRule): LinkRule {
    return this.#carries === 'frames' ? rule : streamRule(rule);
  }

  #queues(): MessageQueue[] {
    return [...this.#pairs].flatMap(({forth, back}) => [forth, back]);
  }
}
