/**
 * A queue: one direction of one connection over a link, as a queue in time. Pure; no sockets, time is handed
 * in.
 *
 * What is pushed is judged by the link's rule and waits until it is due; `take` hands out what is due. Frames
 * that a cut meets, newly sent or under way, are dropped and counted. The close of the sending end comes
 * behind all frames, and no fault can lose, double or overtake it: during a cut it waits for the heal, as a
 * real peer would not hear of it either.
 *
 * A hold stops everything. What was sent before it keeps its time of arrival; what was sent during it is
 * judged on release. The rule of a stream holds during a cut, too (`faults/stream-rule.ts`), and what waited
 * for the heal is told as late by the cut.
 */
import type {Prng} from '../base/prng.ts';
import type {LinkRule} from '../faults/rule.ts';
import {type Direction, isCounted, type TalliedMessage, type Tally} from '../faults/tally.ts';
import {
  type FaultName,
  FRESH_LINK,
  type LinkState,
  longestDelayMs,
  sendingMs,
  verdict,
} from '../faults/verdict.ts';
import {type Cargo, UnderWay} from './under-way.ts';

/** What a message takes besides its bytes. Those of a stream can be a few bytes each. */
const PARCEL_BYTES = 300;

export type HeldBy = 'cut' | 'hold';

/** What the queues of a link share. */
export interface LaneContext {
  readonly direction: Direction;
  readonly rule: () => LinkRule;
  /** What a person did to the link that its rule holds. */
  readonly heldBy: () => HeldBy;
  readonly random: Prng;
  readonly tally: Tally;
}

export interface Travelling {
  readonly direction: Direction;
  readonly sentAtMs: number;
  readonly dueAtMs: number;
  readonly faults: readonly FaultName[];
}

interface Held {
  readonly cargo: Cargo;
  readonly sentAtMs: number;
  /** What it has waited for until now. */
  readonly by: readonly HeldBy[];
}

export class MessageQueue {
  readonly #context: LaneContext;
  readonly #underWay = new UnderWay();
  /** Sent during a hold, and not judged yet. */
  #held: Held[] = [];
  #bytes = 0;
  #counted = 0;
  #link: LinkState = FRESH_LINK;
  /** The hold that is on. */
  #hold: {readonly sinceMs: number; readonly by: readonly HeldBy[]} | undefined;
  /** When the close of the sending end may arrive, if nothing is under way any more. */
  #close: {readonly dueAtMs: number} | 'stopped' | undefined;
  #receiverGone = false;

  constructor(context: LaneContext) {
    this.#context = context;
  }

  /** Memory that what waits here takes, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Frames of operations or acknowledgements that wait here. */
  get counted(): number {
    return this.#counted;
  }

  push(cargo: Cargo, nowMs: number): void {
    this.#judge({cargo, sentAtMs: nowMs, by: []}, nowMs);
  }

  /** The sending end has closed: nothing more comes. */
  close(nowMs: number): void {
    if (!this.#receiverGone)
      this.#close = this.#passes ? {dueAtMs: nowMs + this.#context.rule().latencyMs} : 'stopped';
  }

  /**
   * The receiving end is gone: what is under way has nowhere to go, and no fault did that. A cut still counts
   * what it meets.
   */
  discard(): void {
    this.#receiverGone = true;
    this.#forgetAll();
  }

  /** Both ends are torn off. */
  reset(nowMs: number): void {
    for (const {cargo} of [...this.#underWay.all(), ...this.#held]) this.#drop(cargo, 'reset', nowMs);
    this.#forgetAll();
  }

  /** The next message that has arrived, or the close; `undefined` when nothing is due. */
  take(nowMs: number): Cargo | 'close' | undefined {
    const dueAtMs = this.nextDueMs();
    if (dueAtMs === undefined || dueAtMs > nowMs) return undefined;
    const parcel = this.#underWay.first();
    if (parcel === undefined) {
      this.#close = undefined;
      return 'close';
    }
    this.#underWay.takeFirst();
    this.#weigh(parcel.cargo, -1);
    this.#context.tally.deliver(parcel.cargo.kind, this.#context.direction);
    return parcel.cargo;
  }

  /** When `take` will have something; `undefined` when nothing waits or nothing may pass. */
  nextDueMs(): number | undefined {
    if (!this.#passes) return undefined;
    return this.#underWay.first()?.dueAtMs ?? (this.#close === 'stopped' ? undefined : this.#close?.dueAtMs);
  }

  /** To be called after the rule changed: it holds for what is under way, too. */
  ruleChanged(nowMs: number): void {
    const rule = this.#context.rule();
    const holds = rule.hold && !rule.cut;
    if (rule.cut) this.#cut(nowMs);
    else if (!holds) this.#letPass(rule, nowMs);
    this.#hold = holds
      ? {sinceMs: this.#hold?.sinceMs ?? nowMs, by: this.#heldNowToo(this.#hold?.by ?? [])}
      : undefined;
    const held = this.#held;
    this.#held = [];
    for (const one of held) {
      this.#weigh(one.cargo, -1);
      this.#judge(one, nowMs);
    }
  }

  /** At most `limit` of what is between the ends now, oldest first. */
  travelling(limit: number): Travelling[] {
    if (this.nextDueMs() === undefined) return [];
    const {direction} = this.#context;
    const parcels = this.#underWay.oldest(limit, ({cargo}) => isCounted(cargo.kind, direction));
    return parcels.map(({sentAtMs, dueAtMs, faults}) => ({direction, sentAtMs, dueAtMs, faults}));
  }

  get #passes(): boolean {
    const {cut, hold} = this.#context.rule();
    return !cut && !hold;
  }

  #judge({cargo, sentAtMs, by}: Held, nowMs: number): void {
    const judged = verdict(
      this.#context.rule(),
      this.#link,
      {bytes: cargo.raw.length},
      nowMs,
      this.#context.random,
    );
    if (judged.type === 'hold') {
      if (this.#receiverGone) return;
      this.#held.push({cargo, sentAtMs, by: this.#heldNowToo(by)});
      this.#weigh(cargo, 1);
      return;
    }
    this.#link = judged.link;
    if (judged.type === 'drop') return this.#drop(cargo, judged.fault, nowMs);
    if (this.#receiverGone) return;
    const heldMs = nowMs - sentAtMs;
    let faults: readonly FaultName[] = [];
    for (const arrival of judged.arrivals) {
      faults = heldMs > 0 ? [...by, ...arrival.faults] : arrival.faults;
      this.#underWay.add(cargo, sentAtMs, arrival, faults);
      this.#weigh(cargo, 1);
    }
    // The last arrival suffered all that the first did.
    this.#context.tally.touch(this.#sighting(cargo, nowMs), faults, heldMs + judged.arrivals[0].lateMs);
  }

  #cut(nowMs: number): void {
    for (const {cargo} of this.#underWay.all()) {
      this.#weigh(cargo, -1);
      this.#drop(cargo, 'cut', nowMs);
    }
    this.#underWay.clear();
    this.#link = FRESH_LINK;
    if (this.#close !== undefined) this.#close = 'stopped';
  }

  /** Nothing under way takes longer than if it were sent now: taking a long latency away helps at once. */
  #letPass(rule: LinkRule, nowMs: number): void {
    this.#noteHold(nowMs);
    const delayMs = longestDelayMs(rule);
    let leftMs = nowMs;
    this.#underWay.hasten(({cargo}) => {
      leftMs += sendingMs(rule, cargo.raw.length);
      return leftMs + delayMs;
    });
    const {lastDueMs, freeAtMs} = this.#link;
    this.#link = {lastDueMs: Math.min(lastDueMs, leftMs + delayMs), freeAtMs: Math.min(freeAtMs, leftMs)};
    if (this.#close === 'stopped') this.#close = {dueAtMs: nowMs + rule.latencyMs};
    else if (this.#close !== undefined)
      this.#close = {dueAtMs: Math.min(this.#close.dueAtMs, nowMs + delayMs)};
  }

  #heldNowToo(by: readonly HeldBy[]): readonly HeldBy[] {
    const now = this.#context.heldBy();
    return by.includes(now) ? by : [...by, now];
  }

  /** What would have arrived during the hold that ends now, is late by it. */
  #noteHold(nowMs: number): void {
    if (this.#hold === undefined) return;
    const {sinceMs, by} = this.#hold;
    for (const {cargo, dueAtMs} of this.#underWay.all()) {
      const lateMs = nowMs - Math.max(dueAtMs, sinceMs);
      if (lateMs > 0) this.#context.tally.touch(this.#sighting(cargo, nowMs), by, lateMs);
    }
  }

  #drop(cargo: Cargo, fault: FaultName, nowMs: number): void {
    this.#context.tally.drop(this.#sighting(cargo, nowMs), fault);
  }

  #sighting(cargo: Cargo, nowMs: number): TalliedMessage {
    return {kind: cargo.kind, bytes: cargo.raw.length, direction: this.#context.direction, nowMs};
  }

  #weigh(cargo: Cargo, count: 1 | -1): void {
    this.#bytes += count * (PARCEL_BYTES + cargo.raw.length);
    if (isCounted(cargo.kind, this.#context.direction)) this.#counted += count;
  }

  #forgetAll(): void {
    this.#underWay.clear();
    this.#held = [];
    this.#bytes = this.#counted = 0;
    this.#close = undefined;
    this.#link = FRESH_LINK;
  }
}
