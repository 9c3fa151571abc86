/**
 * A directed link under virtual time. It does what the proxies do with real connections, by the same verdicts
 * (`faults/verdict.ts`). Operations go forth from its sender; answers come back under the same rule.
 */
import {assert} from '../base/assert.ts';
import {type LeaderId, type LinkId, linkEnds} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {Message} from '../core/io/message.ts';
import {opBytes} from '../core/log/op-size.ts';
import type {LinkRule} from '../faults/rule.ts';
import {type Direction, type TalliedMessage, Tally} from '../faults/tally.ts';
import {
  expedited,
  type FaultName,
  FRESH_LINK,
  type LinkState,
  longestDelayMs,
  sendingMs,
  verdict,
} from '../faults/verdict.ts';

/** One copy of a message in flight; a duplicated message has two. */
export interface MessageInFlight {
  readonly message: Message;
  readonly direction: Direction;
  readonly sentAtMs: number;
  /** The faults that delay it. */
  readonly faults: readonly FaultName[];
  /** Becomes earlier when a fault is removed. */
  dueAtMs: number;
}

/** A message on the link, in flight or held. */
export type LinkMessage = Pick<MessageInFlight, 'message' | 'direction' | 'sentAtMs'>;

/** Heartbeats carry nothing that a person waits for. */
export const isHeartbeat = ({type}: Message): boolean => type === 'ping' || type === 'pong';

/**
 * A directed link between two leaders under virtual time. It decides which messages arrive and when, but
 * sets no timers: the caller must call `arrives` for each returned message at its `dueAtMs`. Its random
 * decisions follow from the seed and its id.
 */
export class SimLink {
  readonly id: LinkId;
  readonly from: LeaderId;
  readonly to: LeaderId;
  /** The rule without faults, which `heal` restores. */
  readonly base: LinkRule;
  /** True while its sender has a connection. */
  isOpen = false;
  readonly tally = new Tally();
  #rule: LinkRule;
  /** How many `concurrently` commands hold the link now, in addition to its rule; >= 0. */
  #holders = 0;
  readonly #inFlight = new Set<MessageInFlight>();
  /** Sent or due during a hold, oldest first. */
  #held: LinkMessage[] = [];
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

  /** The rule that is set now. */
  get rule(): LinkRule {
    return this.#rule;
  }

  get holds(): boolean {
    return this.#rule.hold || this.#holders > 0;
  }

  /** True if messages can pass, the greeting of a new connection included. */
  get passes(): boolean {
    return !this.#rule.cut && !this.holds;
  }

  get inFlight(): ReadonlySet<MessageInFlight> {
    return this.#inFlight;
  }

  /** Messages that a hold keeps back; they get a new verdict on release. Oldest first. */
  get held(): readonly LinkMessage[] {
    return this.#held;
  }

  /** The leader that receives the messages of this direction. */
  receiver(direction: Direction): LeaderId {
    return direction === 'forth' ? this.to : this.from;
  }

  /** Puts a message on the link. Returns its copies in flight: none if it is lost or held. */
  send(message: Message, direction: Direction, nowMs: number): MessageInFlight[] {
    return this.#judge({message, direction, sentAtMs: nowMs}, nowMs);
  }

  /**
   * To be called when a message is due: true if it arrives now. A hold keeps back what is in flight, too.
   * What was lost, or delivered by hand, does not arrive.
   */
  arrives(message: MessageInFlight, nowMs: number): boolean {
    if (message.dueAtMs > nowMs || !this.#inFlight.delete(message)) return false;
    if (this.holds) {
      this.#held.push(message);
      return false;
    }
    this.tally.deliver(message.message.type, message.direction);
    return true;
  }

  /** Returns the messages that leave now, and those that now arrive sooner. */
  setRule(rule: LinkRule, nowMs: number): MessageInFlight[] {
    this.#rule = rule;
    if (rule.cut) this.#cut(nowMs);
    return [...this.#expedite(nowMs), ...this.#release(nowMs)];
  }

  /** Returns the messages that leave now. Holds may overlap; each is released once. */
  holdBack(isHeldBack: boolean, nowMs: number): MessageInFlight[] {
    this.#holders += isHeldBack ? 1 : -1;
    assert(this.#holders >= 0, 'a link is not released more often than it was held');
    return this.#release(nowMs);
  }

  /**
   * Breaks the connection; what is in flight on it is lost. If the sender died, what it had sent still
   * arrives: the network does not know that a process has ended.
   */
  break(isSenderDead: boolean): void {
    for (const message of this.#inFlight)
      if (!isSenderDead || message.direction === 'back') this.#inFlight.delete(message);
    this.#held = [];
    this.#states = {forth: FRESH_LINK, back: FRESH_LINK};
    this.isOpen = false;
  }

  /** Counts every message on the link as lost by a reset. */
  countLostByReset(nowMs: number): void {
    for (const {message, direction} of [...this.#inFlight, ...this.#held])
      this.#drop(message, direction, 'reset', nowMs);
  }

  /**
   * The message that `deliver` and `drop` act on: forth before back, in flight before held. Heartbeats do not
   * count.
   */
  get next(): LinkMessage | undefined {
    const soonest = [...this.#inFlight].sort((a, b) => a.dueAtMs - b.dueAtMs);
    const all: readonly LinkMessage[] = [...soonest, ...this.#held];
    const of = (wanted: Direction) =>
      all.find(({message, direction}) => direction === wanted && !isHeartbeat(message));
    return of('forth') ?? of('back');
  }

  /** Takes this message off the link and counts it as delivered, whatever the rule is. */
  takeForDelivery(message: LinkMessage): void {
    this.#remove(message);
    this.tally.deliver(message.message.type, message.direction);
  }

  /** Takes this message off the link and counts it as lost by chance. */
  lose(message: LinkMessage, nowMs: number): void {
    this.#remove(message);
    this.#drop(message.message, message.direction, 'loss', nowMs);
  }

  #remove(message: LinkMessage): void {
    const before = this.#inFlight.size + this.#held.length;
    for (const one of this.#inFlight) if (one === message) this.#inFlight.delete(one);
    this.#held = this.#held.filter(one => one !== message);
    assert(this.#inFlight.size + this.#held.length === before - 1, 'the message is on this link once');
  }

  #drop(message: Message, direction: Direction, fault: FaultName, nowMs: number): void {
    this.tally.drop(new SentMessage(message, direction, nowMs), fault);
  }

  #judge({message, direction, sentAtMs}: LinkMessage, nowMs: number): MessageInFlight[] {
    const sent = new SentMessage(message, direction, nowMs);
    const rule = this.#holders > 0 && !this.#rule.hold ? {...this.#rule, hold: true} : this.#rule;
    const judged = verdict(
      rule,
      this.#states[direction],
      rule.bandwidthBytesPerS === 0 ? NO_BYTES : sent,
      nowMs,
      this.#random[direction],
    );
    if (judged.type === 'hold') {
      this.#held.push({message, direction, sentAtMs});
      return [];
    }
    this.#states[direction] = judged.link;
    if (judged.type === 'drop') {
      this.tally.drop(sent, judged.fault);
      return [];
    }
    const heldMs = nowMs - sentAtMs;
    const copies = judged.arrivals.map(({dueAtMs, faults}): MessageInFlight => {
      const all: readonly FaultName[] = heldMs > 0 ? ['hold', ...faults] : faults;
      return {message, direction, sentAtMs, faults: all, dueAtMs};
    });
    for (const copy of copies) this.#inFlight.add(copy);
    // The faults of the last copy include those of the first.
    this.tally.touch(sent, copies.at(-1)?.faults ?? [], heldMs + judged.arrivals[0].lateMs);
    return copies;
  }

  /** A cut loses everything in flight. */
  #cut(nowMs: number): void {
    for (const {message, direction} of this.#inFlight) this.#drop(message, direction, 'cut', nowMs);
    this.#inFlight.clear();
    this.#states = {forth: FRESH_LINK, back: FRESH_LINK};
  }

  /** No message in flight takes longer than one sent now, so removing a long latency helps at once. */
  #expedite(nowMs: number): MessageInFlight[] {
    const delayMs = longestDelayMs(this.#rule);
    const earlier: MessageInFlight[] = [];
    for (const direction of ['forth', 'back'] as const) {
      let leftMs = nowMs;
      for (const message of this.#inFlight) {
        if (message.direction !== direction) continue;
        leftMs += sendingMs(this.#rule, bytesOf(message.message));
        if (message.dueAtMs <= leftMs + delayMs) continue;
        message.dueAtMs = leftMs + delayMs;
        earlier.push(message);
      }
      this.#states[direction] = expedited(this.#states[direction], leftMs, leftMs + delayMs);
    }
    return earlier;
  }

  #release(nowMs: number): MessageInFlight[] {
    if (this.holds && !this.#rule.cut) return [];
    const held = this.#held;
    this.#held = [];
    return held.flatMap(one => this.#judge(one, nowMs));
  }
}

/** A message as the tally reads it. Its bytes are counted on demand: few messages need that. */
class SentMessage implements TalliedMessage {
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

/** Without a limit of the bandwidth, the size of a message does not matter. */
const NO_BYTES = {bytes: 0};

/** About how many bytes the message would have on a real wire. */
const bytesOf = (message: Message): number =>
  100 + ('ops' in message ? message.ops.reduce((sum, op) => sum + opBytes(op), 0) : 0);
