/**
 * A directed link: its rule, its luck, its tally, and the lanes of the connections that run over it. Pure; no sockets, time is
 * handed in.
 *
 * The link `us>eu` is what leader `us` dials to send its operations to `eu`. The acknowledgements return on the same connection, and
 * suffer the same rule: an acknowledgement travels over the link that it acknowledges, so that cutting `us>eu` also leaves `us`
 * without news of what arrived, while `eu>us` works on.
 */
import type {LinkId} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {LinkRule} from '../faults/rule.ts';
import {type Direction, Tally} from '../faults/tally.ts';
import {Lane, type LaneContext, type Travelling} from './lane.ts';

export const IN_FLIGHT_SHOWN = 8;

/** Both lanes of one connection. */
export interface LanePair {
  readonly forth: Lane;
  readonly back: Lane;
}

export class Link {
  /** Of all connections together. */
  readonly tally = new Tally();
  readonly #contexts: {readonly [direction in Direction]: LaneContext};
  readonly #pairs = new Set<LanePair>();
  #rule: LinkRule;

  constructor(id: LinkId, rule: LinkRule, seed: number) {
    this.#rule = rule;
    const context = (direction: Direction): LaneContext => ({
      direction,
      rule: () => this.#rule,
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
    this.#rule = rule;
    for (const lane of this.#lanes()) lane.ruleChanged(nowMs);
  }

  /** The lanes of a new connection. */
  open(): LanePair {
    const pair = {forth: new Lane(this.#contexts.forth), back: new Lane(this.#contexts.back)};
    this.#pairs.add(pair);
    return pair;
  }

  close(pair: LanePair): void {
    this.#pairs.delete(pair);
  }

  /** What is under way is lost, with the connections that it was under way on. */
  reset(nowMs: number): void {
    for (const lane of this.#lanes()) lane.reset(nowMs);
  }

  /** Messages that a hold keeps back. */
  held(): number {
    return this.#rule.hold ? this.#lanes().reduce((sum, lane) => sum + lane.counted, 0) : 0;
  }

  inFlight(): Travelling[] {
    const all = this.#lanes().flatMap(lane => lane.travelling(IN_FLIGHT_SHOWN));
    return all.sort((a, b) => a.sentAtMs - b.sentAtMs).slice(0, IN_FLIGHT_SHOWN);
  }

  #lanes(): Lane[] {
    return [...this.#pairs].flatMap(({forth, back}) => [forth, back]);
  }
}
