/**
 * A directed link under virtual time: what the proxies do with real connections, by the same verdicts (`faults/verdict.ts`). Messages go
 * forth from its sender and answers come back under the same rule.
 */

import type {LinkId} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {Message} from '../core/message.ts';
import {opBytes} from '../core/progress.ts';
import type {LinkRule} from '../faults/rule.ts';
import {FRESH_LINK, type LinkState, verdict} from '../faults/verdict.ts';

export type Direction = 'forth' | 'back';

/** A message and when it arrives. */
export interface Departure {
  readonly message: Message;
  readonly direction: Direction;
  readonly epoch: number;
  readonly dueAtMs: number;
}

interface Held {
  readonly message: Message;
  readonly direction: Direction;
}

export class SimLink {
  readonly id: LinkId;
  /** Before any fault: what `heal` returns to. */
  readonly base: LinkRule;
  /** Whether its sender's connection stands. */
  isOpen = false;
  #rule: LinkRule;
  /** Held for concurrent writes, whatever the rule says. */
  #isHeldBack = false;
  #epoch = 0;
  #lostBefore: {readonly [direction in Direction]: number} = {forth: 0, back: 0};
  #held: Held[] = [];
  readonly #random: {readonly [direction in Direction]: Prng};
  #states: {[direction in Direction]: LinkState} = {forth: FRESH_LINK, back: FRESH_LINK};

  constructor(id: LinkId, rule: LinkRule, seed: number) {
    this.id = id;
    this.base = rule;
    this.#rule = rule;
    this.#random = {forth: new Prng(`${seed} ${id} forth`), back: new Prng(`${seed} ${id} back`)};
  }

  get rule(): LinkRule {
    return this.#isHeldBack ? {...this.#rule, hold: true} : this.#rule;
  }

  /** Whether messages, and the greeting of a new connection, pass at all. */
  get passes(): boolean {
    return !this.rule.cut && !this.rule.hold;
  }

  /** What is put on it now, and when it arrives: nothing where it is lost or waits. */
  send(message: Message, direction: Direction, nowMs: number): Departure[] {
    const judged = verdict(this.rule, this.#states[direction], {bytes: bytesOf(message)}, nowMs, this.#random[direction]);
    if (judged.type === 'hold') {
      this.#held.push({message, direction});
      return [];
    }
    this.#states[direction] = judged.link;
    if (judged.type === 'drop') return [];
    return judged.arrivals.map(({dueAtMs}) => ({message, direction, epoch: this.#epoch, dueAtMs}));
  }

  /** Whether it still arrives: a cut takes what it meets. */
  delivers({epoch, direction}: Departure): boolean {
    return epoch >= this.#lostBefore[direction] && !this.rule.cut;
  }

  /** What was held and leaves now that it may. */
  setRule(rule: LinkRule, nowMs: number): Departure[] {
    this.#rule = rule;
    return this.#release(nowMs);
  }

  holdBack(isHeldBack: boolean, nowMs: number): Departure[] {
    this.#isHeldBack = isHeldBack;
    return this.#release(nowMs);
  }

  /**
   * The connection breaks, and what is under way on it is lost; where its sender died, what that had sent arrives all the same, as the
   * network does not know of deaths.
   */
  break(isSenderDead: boolean): void {
    this.#epoch += 1;
    this.#lostBefore = {forth: isSenderDead ? this.#lostBefore.forth : this.#epoch, back: this.#epoch};
    this.#held = [];
    this.#states = {forth: FRESH_LINK, back: FRESH_LINK};
    this.isOpen = false;
  }

  #release(nowMs: number): Departure[] {
    if (this.rule.hold && !this.rule.cut) return [];
    const held = this.#held;
    this.#held = [];
    return held.flatMap(({message, direction}) => this.send(message, direction, nowMs));
  }
}

/** What a message would take on a real wire, roughly: only a limited bandwidth asks. */
const bytesOf = (message: Message): number => 100 + ('ops' in message ? message.ops.reduce((sum, op) => sum + opBytes(op), 0) : 0);
