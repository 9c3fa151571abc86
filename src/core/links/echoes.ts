/**
 * What a replication without a loop guard does: whatever arrives is sent on to every neighbour, back to where
 * it came from too, until it has travelled `HOP_LIMIT` links. Nobody asked for it and nothing acknowledges
 * it, so it may be thrown away: what does not fit in the queue of its link is, and a queue empties at a
 * limited pace. That is what lets the flood end in any topology.
 */
import type {LinkId} from '../../base/ids.ts';
import {HOP_LIMIT} from '../io/input-effect.ts';
import type {Message} from '../io/message.ts';
import type {Arrival, Op} from '../log/op.ts';
import {opBytes} from '../log/op-size.ts';
import {BATCH_BYTES} from './progress.ts';

/**
 * Of a leader, shared out among its links: with the pace it bounds how long a flood lasts, whatever the
 * topology.
 */
export const QUEUE_OPS = 500;
/** The least time between two messages of echoes on a link. */
export const PERIOD_MS = 20;
/**
 * Of a leader in one period, shared out among its links: enough to be seen, and leaves leaders and proxy time
 * for all else.
 */
export const PERIOD_OPS = 100;

export interface EchoRoute {
  readonly link: LinkId;
  /**
   * Whether ordinary replication is about to bring it the operation anyway: then one of the two is enough.
   */
  carries(op: Op): boolean;
}

interface Queue {
  readonly arrivals: Arrival[];
  sentAtMs: number;
}

export class Echoes {
  /** Operations sent on. */
  echoedOps = 0;
  /** Those that may only leave once so many arrivals are persisted (invariant 2). */
  #unpersisted: (Arrival & {readonly count: number; readonly isFresh: boolean})[] = [];
  #queues = new Map<LinkId, Queue>();

  /** `hops` are the links that it has come over; `isFresh`: it was applied just now. */
  add({op, hops}: Arrival, isFresh: boolean, count: number): void {
    if (hops >= HOP_LIMIT || this.#unpersisted.length >= QUEUE_OPS) return;
    this.#unpersisted.push({op, hops: hops + 1, isFresh, count});
  }

  /** The disk refused what it did not have yet. */
  forgetUnpersisted(): void {
    this.#unpersisted = [];
  }

  clear(): void {
    this.#unpersisted = [];
    this.#queues.clear();
  }

  /** Nothing waits for the disk or for its turn. Usually true. */
  get isIdle(): boolean {
    return this.#unpersisted.length === 0 && this.dueAtMs === Number.POSITIVE_INFINITY;
  }

  /** What is to be sent now on these links, the only ones there are. */
  settle(
    persistedCount: number,
    routes: readonly EchoRoute[],
    nowMs: number,
  ): {link: LinkId; message: Message}[] {
    const waiting = this.#unpersisted.findIndex(({count}) => count > persistedCount);
    const ready = this.#unpersisted.splice(0, waiting < 0 ? this.#unpersisted.length : waiting);
    if (ready.length === 0 && nowMs < this.dueAtMs) return [];
    const before = this.#queues;
    this.#queues = new Map(
      routes.map(({link}) => [link, before.get(link) ?? {arrivals: [], sentAtMs: Number.NEGATIVE_INFINITY}]),
    );
    const share = (ops: number): number => Math.ceil(ops / Math.max(1, routes.length));
    for (const route of routes) {
      const arrivals = this.#queues.get(route.link)?.arrivals ?? [];
      for (const {op, hops, isFresh} of ready) {
        if (arrivals.length >= share(QUEUE_OPS)) break;
        if (!(isFresh && route.carries(op))) arrivals.push({op, hops});
      }
    }
    return [...this.#queues].flatMap(([link, queue]) => this.#send(link, queue, share(PERIOD_OPS), nowMs));
  }

  /** When to call `settle` again. */
  get dueAtMs(): number {
    let atMs = Number.POSITIVE_INFINITY;
    for (const {arrivals, sentAtMs} of this.#queues.values())
      if (arrivals.length > 0) atMs = Math.min(atMs, sentAtMs + PERIOD_MS);
    return atMs;
  }

  #send(link: LinkId, queue: Queue, limit: number, nowMs: number): {link: LinkId; message: Message}[] {
    if (queue.arrivals.length === 0 || nowMs < queue.sentAtMs + PERIOD_MS) return [];
    let bytes = 0;
    const beyond = queue.arrivals.findIndex(({op}, i) => {
      bytes += opBytes(op);
      return i >= limit || (i > 0 && bytes > BATCH_BYTES);
    });
    const sent = queue.arrivals.splice(0, beyond < 0 ? queue.arrivals.length : beyond);
    queue.sentAtMs = nowMs;
    this.echoedOps += sent.length;
    return [{link, message: {type: 'echo', ops: sent.map(({op}) => op), hops: sent.map(({hops}) => hops)}}];
  }
}
