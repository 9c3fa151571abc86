/**
 * A directed link under virtual time: what the proxies do with real connections, by the same verdicts
 * (`faults/verdict.ts`). Messages go forth from its sender and answers come back under the same rule.
 */

import {type LeaderId, type LinkId, linkEnds} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {Message} from '../core/io/message.ts';
import {opBytes} from '../core/log/op-size.ts';
import type {LinkRule} from '../faults/rule.ts';
import {type Direction, type Sighting, Tally} from '../faults/tally.ts';
import {
  type FaultName,
  FRESH_LINK,
  type LinkState,
  longestDelayMs,
  sendingMs,
  verdict,
} from '../faults/verdict.ts';

export type {Direction};

/** A message under way; a doubled one is two of them. */
export interface Parcel {
  readonly message: Message;
  readonly direction: Direction;
  readonly sentAtMs: number;
  /** What makes it take so long. */
  readonly faults: readonly FaultName[];
  /** Sooner, where a fault is taken away meanwhile. */
  dueAtMs: number;
}

/** A message on the link, under way or held. */
export type Onboard = Pick<Parcel, 'message' | 'direction' | 'sentAtMs'>;

/** It says nothing that a person waits for. */
export const isHeartbeat = ({type}: Message): boolean => type === 'ping' || type === 'pong';

export class SimLink {
  readonly id: LinkId;
  readonly from: LeaderId;
  readonly to: LeaderId;
  /** Before any fault: what `heal` returns to. */
  readonly base: LinkRule;
  /** Whether its sender's connection stands. */
  isOpen = false;
  readonly tally = new Tally();
  #rule: LinkRule;
  /** By how many concurrent writes it is held, whatever the rule says. */
  #holders = 0;
  readonly #underWay = new Set<Parcel>();
  #held: Onboard[] = [];
  readonly #random: {readonly [direction in Direction]: Prng};
  #states: {[direction in Direction]: LinkState} = {forth: FRESH_LINK, back: FRESH_LINK};

  constructor(id: LinkId, base: LinkRule, rule: LinkRule, seed: number) {
    this.id = id;
    const {from, to} = linkEnds(id);
    this.from = from;
    this.to = to;
    this.base = base;
    this.#rule = rule;
    this.#random = {forth: new Prng(`${seed} ${id} forth`), back: new Prng(`${seed} ${id} back`)};
  }

  /** What a person made of it. */
  get rule(): LinkRule {
    return this.#rule;
  }

  get holds(): boolean {
    return this.#rule.hold || this.#holders > 0;
  }

  /** Whether messages, and the greeting of a new connection, pass at all. */
  get passes(): boolean {
    return !this.#rule.cut && !this.holds;
  }

  get underWay(): ReadonlySet<Parcel> {
    return this.#underWay;
  }

  /** Sent during a hold, and not judged yet; oldest first. */
  get held(): readonly Onboard[] {
    return this.#held;
  }

  /** Who gets what goes in that direction. */
  end(direction: Direction): LeaderId {
    return direction === 'forth' ? this.to : this.from;
  }

  /** What is put on it now, and when it arrives: nothing where it is lost or waits. */
  send(message: Message, direction: Direction, nowMs: number): Parcel[] {
    return this.#judge({message, direction, sentAtMs: nowMs}, nowMs);
  }

  /**
   * Its time has come: whether it arrives now. A hold keeps back what is under way, too; what was lost or
   * taken does not arrive.
   */
  arrives(parcel: Parcel, nowMs: number): boolean {
    if (parcel.dueAtMs > nowMs || !this.#underWay.delete(parcel)) return false;
    if (this.holds) {
      this.#held.push(parcel);
      return false;
    }
    this.tally.deliver(parcel.message.type, parcel.direction);
    return true;
  }

  /** What leaves now that it may, and what arrives sooner than it would have. */
  setRule(rule: LinkRule, nowMs: number): Parcel[] {
    this.#rule = rule;
    if (rule.cut) this.#cut(nowMs);
    return [...this.#hasten(nowMs), ...this.#release(nowMs)];
  }

  /** What leaves now that it may. Concurrent writes may overlap. */
  holdBack(isHeldBack: boolean, nowMs: number): Parcel[] {
    this.#holders += isHeldBack ? 1 : -1;
    return this.#release(nowMs);
  }

  /**
   * The connection breaks, and what is under way on it is lost; where its sender died, what that had sent
   * arrives all the same, as the network does not know of deaths.
   */
  break(isSenderDead: boolean): void {
    for (const parcel of this.#underWay)
      if (!isSenderDead || parcel.direction === 'back') this.#underWay.delete(parcel);
    this.#held = [];
    this.#states = {forth: FRESH_LINK, back: FRESH_LINK};
    this.isOpen = false;
  }

  /** What its connection takes along when it is torn off is counted as lost by that. */
  countTorn(nowMs: number): void {
    for (const {message, direction} of [...this.#underWay, ...this.#held])
      this.#drop(message, direction, 'reset', nowMs);
  }

  /**
   * The next message by hand: what goes forth before what comes back, what is under way before what is held.
   * Heartbeats are none.
   */
  get next(): Onboard | undefined {
    const soonest = [...this.#underWay].sort((a, b) => a.dueAtMs - b.dueAtMs);
    const all: readonly Onboard[] = [...soonest, ...this.#held];
    const of = (wanted: Direction) =>
      all.find(({message, direction}) => direction === wanted && !isHeartbeat(message));
    return of('forth') ?? of('back');
  }

  /** It arrives now, whatever the link suffers. */
  takeOff(onboard: Onboard): void {
    this.#forget(onboard);
    this.tally.deliver(onboard.message.type, onboard.direction);
  }

  /** It is lost, by a hand that has the effect of bad luck. */
  lose(onboard: Onboard, nowMs: number): void {
    this.#forget(onboard);
    this.#drop(onboard.message, onboard.direction, 'loss', nowMs);
  }

  #forget(onboard: Onboard): void {
    for (const parcel of this.#underWay) if (parcel === onboard) this.#underWay.delete(parcel);
    this.#held = this.#held.filter(one => one !== onboard);
  }

  #drop(message: Message, direction: Direction, fault: FaultName, nowMs: number): void {
    this.tally.drop(new Sent(message, direction, nowMs), fault);
  }

  #judge({message, direction, sentAtMs}: Onboard, nowMs: number): Parcel[] {
    const sighting = new Sent(message, direction, nowMs);
    const rule = this.#holders > 0 && !this.#rule.hold ? {...this.#rule, hold: true} : this.#rule;
    const judged = verdict(
      rule,
      this.#states[direction],
      rule.bandwidthBytesPerS === 0 ? NO_BYTES : sighting,
      nowMs,
      this.#random[direction],
    );
    if (judged.type === 'hold') {
      this.#held.push({message, direction, sentAtMs});
      return [];
    }
    this.#states[direction] = judged.link;
    if (judged.type === 'drop') {
      this.tally.drop(sighting, judged.fault);
      return [];
    }
    const heldMs = nowMs - sentAtMs;
    const parcels = judged.arrivals.map(({dueAtMs, faults}): Parcel => {
      const all: readonly FaultName[] = heldMs > 0 ? ['hold', ...faults] : faults;
      return {message, direction, sentAtMs, faults: all, dueAtMs};
    });
    for (const parcel of parcels) this.#underWay.add(parcel);
    // The last arrival suffered all that the first did.
    this.tally.touch(sighting, parcels.at(-1)?.faults ?? [], heldMs + judged.arrivals[0].lateMs);
    return parcels;
  }

  /** A cut takes what it meets. */
  #cut(nowMs: number): void {
    for (const {message, direction} of this.#underWay) this.#drop(message, direction, 'cut', nowMs);
    this.#underWay.clear();
    this.#states = {forth: FRESH_LINK, back: FRESH_LINK};
  }

  /** Nothing under way takes longer than if it were sent now: taking a long latency away helps at once. */
  #hasten(nowMs: number): Parcel[] {
    const delayMs = longestDelayMs(this.#rule);
    const hastened: Parcel[] = [];
    for (const direction of ['forth', 'back'] as const) {
      let leftMs = nowMs;
      for (const parcel of this.#underWay) {
        if (parcel.direction !== direction) continue;
        leftMs += sendingMs(this.#rule, bytesOf(parcel.message));
        if (parcel.dueAtMs <= leftMs + delayMs) continue;
        parcel.dueAtMs = leftMs + delayMs;
        hastened.push(parcel);
      }
      const {lastDueMs, freeAtMs} = this.#states[direction];
      this.#states[direction] = {
        lastDueMs: Math.min(lastDueMs, leftMs + delayMs),
        freeAtMs: Math.min(freeAtMs, leftMs),
      };
    }
    return hastened;
  }

  #release(nowMs: number): Parcel[] {
    if (this.holds && !this.#rule.cut) return [];
    const held = this.#held;
    this.#held = [];
    return held.flatMap(one => this.#judge(one, nowMs));
  }
}

/**
 * A message as the tally looks at it. Its bytes are counted when somebody asks: of most messages nobody does.
 */
class Sent implements Sighting {
  readonly #message: Message;
  readonly direction: Direction;
  readonly nowMs: number;

  constructor(message: Message, direction: Direction, nowMs: number) {
    this.#message = message;
    this.direction = direction;
    this.nowMs = nowMs;
  }

  get kind(): Message['type'] {
    return this.#message.type;
  }

  get bytes(): number {
    return bytesOf(this.#message);
  }
}

/** How much a message is takes no time where the bandwidth has no limit. */
const NO_BYTES = {bytes: 0};

/**
 * What a message would take on a real wire, roughly: only a limited bandwidth and what a fault touched ask.
 */
const bytesOf = (message: Message): number =>
  100 + ('ops' in message ? message.ops.reduce((sum, op) => sum + opBytes(op), 0) : 0);
