/**
 * One direction of one connection over a link, as a queue in time. Pure: no sockets, and the caller passes
 * the time.
 *
 * Every pushed message gets a verdict by the rule of the link and waits until it is due; `take` returns what
 * is due. A cut drops and counts the messages in flight and those sent during it. The close of the sending
 * end comes after all messages, and no fault can lose, duplicate or reorder it. During a cut it waits for the
 * heal, because a real peer would not learn of it either.
 *
 * A hold stops everything. Messages sent before it keep their time of arrival; messages sent during it get
 * their verdict on release. On a stream a cut acts as a hold (`faults/stream-rule.ts`); its messages count as
 * delayed by the cut.
 */
import {assert} from '../base/assert.ts';
import type {Prng} from '../base/prng.ts';
import type {LinkRule} from '../faults/rule.ts';
import {type Direction, isCounted, type TalliedMessage, type Tally} from '../faults/tally.ts';
import {
  expedited,
  type FaultName,
  FRESH_LINK,
  type LinkState,
  longestDelayMs,
  sendingMs,
  verdict,
} from '../faults/verdict.ts';
import {InFlightMessages, type Packet} from './in-flight-messages.ts';

/** Memory that a message takes in addition to its bytes. A piece of a stream can have only a few bytes. */
const OVERHEAD_BYTES = 300;

export type HeldBy = 'cut' | 'hold';

/** What the queues of a link share. */
export interface QueueContext {
  readonly direction: Direction;
  readonly rule: () => LinkRule;
  /** The fault that the person set, if the rule holds the link. */
  readonly heldBy: () => HeldBy;
  readonly random: Prng;
  readonly tally: Tally;
}

/** A message in flight, as the screen shows it. */
export interface ShownMessage {
  readonly direction: Direction;
  readonly sentAtMs: number;
  readonly dueAtMs: number;
  readonly faults: readonly FaultName[];
}

interface Held {
  readonly packet: Packet;
  readonly sentAtMs: number;
  /** The faults that have held it until now. */
  readonly by: readonly HeldBy[];
}

export class MessageQueue {
  readonly #context: QueueContext;
  readonly #inFlight = new InFlightMessages();
  /** Sent during a hold and without a verdict, oldest first. */
  #held: Held[] = [];
  /** >= 0; 0 when nothing waits. */
  #bytes = 0;
  /** >= 0; 0 when nothing waits. */
  #counted = 0;
  #link: LinkState = FRESH_LINK;
  /** Undefined unless the rule holds the link now. */
  #hold: {readonly sinceMs: number; readonly by: readonly HeldBy[]} | undefined;
  /** When the close of the sending end may arrive, after all messages in flight; `stopped` during a cut. */
  #close: {readonly dueAtMs: number} | 'stopped' | undefined;
  #receiverGone = false;

  constructor(context: QueueContext) {
    this.#context = context;
  }

  /** About how much memory the waiting messages take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many frames of operations or acknowledgements wait here. */
  get counted(): number {
    return this.#counted;
  }

  push(packet: Packet, nowMs: number): void {
    this.#judge({packet, sentAtMs: nowMs, by: []}, nowMs);
  }

  /** The sending end has closed. Nothing may be pushed afterwards. */
  close(nowMs: number): void {
    if (!this.#receiverGone)
      this.#close = this.#passes ? {dueAtMs: nowMs + this.#context.rule().latencyMs} : 'stopped';
  }

  /**
   * The receiving end is gone. The messages in flight are dropped and not counted, because no fault lost
   * them. A cut still counts what is sent during it.
   */
  discard(): void {
    this.#receiverGone = true;
    this.#clear();
  }

  /** Both ends are reset: every message counts as lost by a reset. */
  reset(nowMs: number): void {
    for (const {packet} of [...this.#inFlight.all(), ...this.#held]) this.#drop(packet, 'reset', nowMs);
    this.#clear();
  }

  /** Removes and returns the next message that is due, or the close; `undefined` when nothing is due. */
  take(nowMs: number): Packet | 'close' | undefined {
    const dueAtMs = this.nextDueMs();
    if (dueAtMs === undefined || dueAtMs > nowMs) return undefined;
    const message = this.#inFlight.first();
    if (message === undefined) {
      this.#close = undefined;
      return 'close';
    }
    this.#inFlight.takeFirst();
    this.#account(message.packet, -1);
    this.#context.tally.deliver(message.packet.kind, this.#context.direction);
    return message.packet;
  }

  /** When `take` will return something; `undefined` when nothing waits or the rule lets nothing pass. */
  nextDueMs(): number | undefined {
    if (!this.#passes) return undefined;
    return this.#inFlight.first()?.dueAtMs ?? (this.#close === 'stopped' ? undefined : this.#close?.dueAtMs);
  }

  /** To be called after the rule changed, which also affects the messages in flight. */
  ruleChanged(nowMs: number): void {
    const rule = this.#context.rule();
    const holds = rule.hold && !rule.cut;
    if (rule.cut) this.#cut(nowMs);
    else if (!holds) this.#letPass(rule, nowMs);
    this.#hold = holds
      ? {sinceMs: this.#hold?.sinceMs ?? nowMs, by: this.#withPresentHold(this.#hold?.by ?? [])}
      : undefined;
    const held = this.#held;
    this.#held = [];
    for (const one of held) {
      this.#account(one.packet, -1);
      this.#judge(one, nowMs);
    }
  }

  /** At most `limit` of the counted messages in flight, oldest first. */
  shownInFlight(limit: number): ShownMessage[] {
    if (this.nextDueMs() === undefined) return [];
    const {direction} = this.#context;
    const messages = this.#inFlight.oldest(limit, ({packet}) => isCounted(packet.kind, direction));
    return messages.map(({sentAtMs, dueAtMs, faults}) => ({direction, sentAtMs, dueAtMs, faults}));
  }

  get #passes(): boolean {
    const {cut, hold} = this.#context.rule();
    return !cut && !hold;
  }

  #judge({packet, sentAtMs, by}: Held, nowMs: number): void {
    const judged = verdict(
      this.#context.rule(),
      this.#link,
      {bytes: packet.raw.length},
      nowMs,
      this.#context.random,
    );
    if (judged.type === 'hold') {
      if (this.#receiverGone) return;
      this.#held.push({packet, sentAtMs, by: this.#withPresentHold(by)});
      this.#account(packet, 1);
      return;
    }
    this.#link = judged.link;
    if (judged.type === 'drop') return this.#drop(packet, judged.fault, nowMs);
    if (this.#receiverGone) return;
    const heldMs = nowMs - sentAtMs;
    let faults: readonly FaultName[] = [];
    for (const arrival of judged.arrivals) {
      faults = heldMs > 0 ? [...by, ...arrival.faults] : arrival.faults;
      this.#inFlight.add(packet, sentAtMs, arrival, faults);
      this.#account(packet, 1);
    }
    // The faults of the last copy include those of the first.
    this.#context.tally.touch(this.#tallied(packet, nowMs), faults, heldMs + judged.arrivals[0].lateMs);
  }

  #cut(nowMs: number): void {
    for (const {packet} of this.#inFlight.all()) {
      this.#account(packet, -1);
      this.#drop(packet, 'cut', nowMs);
    }
    this.#inFlight.clear();
    this.#link = FRESH_LINK;
    if (this.#close !== undefined) this.#close = 'stopped';
  }

  /** No message in flight takes longer than one sent now, so removing a long latency helps at once. */
  #letPass(rule: LinkRule, nowMs: number): void {
    this.#noteHold(nowMs);
    const delayMs = longestDelayMs(rule);
    let leftMs = nowMs;
    this.#inFlight.expedite(({packet}) => {
      leftMs += sendingMs(rule, packet.raw.length);
      return leftMs + delayMs;
    });
    this.#link = expedited(this.#link, leftMs, leftMs + delayMs);
    if (this.#close === 'stopped') this.#close = {dueAtMs: nowMs + rule.latencyMs};
    else if (this.#close !== undefined)
      this.#close = {dueAtMs: Math.min(this.#close.dueAtMs, nowMs + delayMs)};
  }

  #withPresentHold(by: readonly HeldBy[]): readonly HeldBy[] {
    const now = this.#context.heldBy();
    return by.includes(now) ? by : [...by, now];
  }

  /** A hold ends: counts it as a delay of the messages that would have arrived during it. */
  #noteHold(nowMs: number): void {
    if (this.#hold === undefined) return;
    const {sinceMs, by} = this.#hold;
    for (const {packet, dueAtMs} of this.#inFlight.all()) {
      const lateMs = nowMs - Math.max(dueAtMs, sinceMs);
      if (lateMs > 0) this.#context.tally.touch(this.#tallied(packet, nowMs), by, lateMs);
    }
  }

  #drop(packet: Packet, fault: FaultName, nowMs: number): void {
    this.#context.tally.drop(this.#tallied(packet, nowMs), fault);
  }

  #tallied(packet: Packet, nowMs: number): TalliedMessage {
    return {kind: packet.kind, bytes: packet.raw.length, direction: this.#context.direction, nowMs};
  }

  #account(packet: Packet, count: 1 | -1): void {
    this.#bytes += count * (OVERHEAD_BYTES + packet.raw.length);
    if (isCounted(packet.kind, this.#context.direction)) this.#counted += count;
    assert(this.#bytes >= 0 && this.#counted >= 0, 'only messages that wait here leave');
  }

  #clear(): void {
    this.#inFlight.clear();
    this.#held = [];
    this.#bytes = this.#counted = 0;
    this.#close = undefined;
    this.#link = FRESH_LINK;
  }
}
