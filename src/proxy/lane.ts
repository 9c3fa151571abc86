/**
 * A lane: one direction of one connection over a link, as a queue in time. Pure; no sockets, time is handed in.
 *
 * What is pushed is judged by the link's rule and waits until it is due; `take` hands out what is due, in order. Frames that a cut
 * meets, newly sent or under way, are dropped and counted. The close of the sending end travels like a frame, behind all others,
 * but is never dropped: during a cut it waits for the heal, as a real peer would not hear of it either.
 *
 * A hold stops everything. What was sent before it keeps its time of arrival; what was sent during it is judged on release.
 */
import type {Prng} from '../base/prng.ts';
import type {LinkRule} from '../faults/rule.ts';
import {FRESH_LINK, type LinkState, longestDelayMs, verdict} from '../faults/verdict.ts';
import type {Frame} from '../wire/frame.ts';

/** `forth` carries operations from the leader that opened the connection; `back` carries what acknowledges them. */
export type Direction = 'forth' | 'back';

/** Counts of all connections of a link together, of frames that a person is shown. */
export interface LinkCounters {
  delivered: number;
  dropped: number;
  droppedBytes: number;
}

/** What the lanes of a link share. */
export interface LaneContext {
  readonly direction: Direction;
  readonly rule: () => LinkRule;
  readonly random: Prng;
  readonly counters: LinkCounters;
}

/** `dueAtMs` is absent while a hold has not let it be judged; `frame` is absent on the close. */
interface Parcel {
  readonly frame: Frame | undefined;
  readonly sentAtMs: number;
  dueAtMs: number | undefined;
}

export interface Travelling {
  readonly direction: Direction;
  readonly sentAtMs: number;
  readonly dueAtMs: number;
}

export class Lane {
  readonly #context: LaneContext;
  #queue: Parcel[] = [];
  /** Parcels before this place have been taken; they are cut off now and then, not one by one. */
  #head = 0;
  #bytes = 0;
  #shown = 0;
  #state: LinkState = FRESH_LINK;
  #receiverGone = false;

  constructor(context: LaneContext) {
    this.#context = context;
  }

  /** Bytes that wait here. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Frames of operations or acknowledgements that wait here. */
  get shown(): number {
    return this.#shown;
  }

  push(frame: Frame, nowMs: number): void {
    const judged = verdict(this.#context.rule(), this.#state, nowMs, this.#context.random);
    if (judged.type === 'drop') this.#countDropped(frame);
    else if (!this.#receiverGone)
      this.#enqueue({frame, sentAtMs: nowMs, dueAtMs: judged.type === 'deliver' ? this.#due(judged.dueAtMs) : undefined});
  }

  /** The sending end has closed: nothing more comes. */
  close(nowMs: number): void {
    if (this.#receiverGone) return;
    const judged = verdict(this.#context.rule(), this.#state, nowMs, this.#context.random);
    this.#enqueue({frame: undefined, sentAtMs: nowMs, dueAtMs: judged.type === 'deliver' ? this.#due(judged.dueAtMs) : undefined});
  }

  /** The receiving end is gone: what is under way has nowhere to go, and no fault did that. A cut still counts what it meets. */
  discard(): void {
    this.#receiverGone = true;
    this.#replace([]);
  }

  /** The next frame that has arrived, or the close; `undefined` when nothing is due. */
  take(nowMs: number): Frame | 'close' | undefined {
    const dueAtMs = this.nextDueMs();
    const parcel = this.#queue[this.#head];
    if (parcel === undefined || dueAtMs === undefined || dueAtMs > nowMs) return undefined;
    this.#head++;
    if (this.#head > 1000 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (parcel.frame === undefined) return 'close';
    this.#bytes -= parcel.frame.raw.length;
    if (this.#isShown(parcel.frame)) {
      this.#shown--;
      this.#context.counters.delivered++;
    }
    return parcel.frame;
  }

  /** When `take` will have something; `undefined` when nothing waits or nothing may pass. */
  nextDueMs(): number | undefined {
    const {cut, hold} = this.#context.rule();
    return cut || hold ? undefined : this.#queue[this.#head]?.dueAtMs;
  }

  /** To be called after the rule changed: it holds for what is under way, too. */
  ruleChanged(nowMs: number): void {
    const rule = this.#context.rule();
    const waiting = this.#queue.slice(this.#head);
    if (rule.cut) {
      for (const {frame} of waiting) if (frame !== undefined) this.#countDropped(frame);
      this.#replace(waiting.filter(parcel => parcel.frame === undefined).map(parcel => ({...parcel, dueAtMs: undefined})));
      return;
    }
    if (rule.hold) return;
    this.#hasten(waiting, nowMs + longestDelayMs(rule));
    for (const parcel of waiting) {
      if (parcel.dueAtMs !== undefined) continue;
      const judged = verdict(rule, this.#state, nowMs, this.#context.random);
      if (judged.type === 'deliver') parcel.dueAtMs = this.#due(judged.dueAtMs);
    }
  }

  /** At most `limit` of what is between the ends now, oldest first. */
  travelling(limit: number): Travelling[] {
    if (this.nextDueMs() === undefined) return [];
    const found: Travelling[] = [];
    for (let i = this.#head; i < this.#queue.length && found.length < limit; i++) {
      const {frame, sentAtMs, dueAtMs} = this.#queue[i] ?? {};
      if (frame === undefined || sentAtMs === undefined || dueAtMs === undefined || !this.#isShown(frame)) continue;
      found.push({direction: this.#context.direction, sentAtMs, dueAtMs});
    }
    return found;
  }

  /** Nothing under way takes longer than if it were sent now: taking a long latency away helps at once. Order is kept. */
  #hasten(waiting: readonly Parcel[], latestMs: number): void {
    for (const parcel of waiting) if (parcel.dueAtMs !== undefined) parcel.dueAtMs = Math.min(parcel.dueAtMs, latestMs);
    this.#state = {lastDueMs: Math.min(this.#state.lastDueMs, latestMs)};
  }

  #due(dueAtMs: number): number {
    this.#state = {lastDueMs: dueAtMs};
    return dueAtMs;
  }

  #enqueue(parcel: Parcel): void {
    this.#queue.push(parcel);
    if (parcel.frame === undefined) return;
    this.#bytes += parcel.frame.raw.length;
    if (this.#isShown(parcel.frame)) this.#shown++;
  }

  #replace(parcels: Parcel[]): void {
    this.#queue = [];
    this.#head = this.#bytes = this.#shown = 0;
    for (const parcel of parcels) this.#enqueue(parcel);
  }

  #countDropped(frame: Frame): void {
    if (!this.#isShown(frame)) return;
    this.#context.counters.dropped++;
    this.#context.counters.droppedBytes += frame.raw.length;
  }

  /** Heartbeats and greetings suffer like everything else, but an idle link should look idle. */
  #isShown(frame: Frame): boolean {
    return frame.kind === (this.#context.direction === 'forth' ? 'ops' : 'have');
  }
}
