/**
 * Replication without a loop guard: whatever arrives is sent on to every peer, also to the one that it came
 * from, until it has travelled `HOP_LIMIT` links. No peer asked for these messages and none acknowledges
 * them, so they can be dropped: an operation that does not fit into the queue of its link is dropped, and a
 * queue empties at a limited pace. Therefore the flood ends in every topology.
 */
import {assert} from '../../base/assert.ts';
import type {LinkId} from '../../base/ids.ts';
import {HOP_LIMIT} from '../io/input-effect.ts';
import type {Message} from '../io/message.ts';
import type {Arrival, Op} from '../log/op.ts';
import {opBytes} from '../log/op-size.ts';
import {BATCH_BYTES} from './progress.ts';

/**
 * The room in the queues of all links of a leader together. With the pace it limits how long a flood lasts,
 * in every topology.
 */
export const QUEUE_OPS = 500;
/** The least time between two messages of echoes on a link. */
export const PERIOD_MS = 20;
/**
 * The operations that a leader sends on all its links together in one period: enough to see the flood, and
 * few enough that leaders and proxy have time for everything else.
 */
export const PERIOD_OPS = 100;

export interface EchoRoute {
  readonly link: LinkId;
  /** Whether ordinary replication will bring the operation to this peer anyway. Then no echo is needed. */
  carries(op: Op): boolean;
}

interface Queue {
  readonly arrivals: Arrival[];
  sentAtMs: number;
}

/**
 * Sends on, without a loop guard, everything that arrives, to every peer and for at most 16 links. Queues and
 * pace are limited, and what does not fit is dropped: ordinary replication delivers it anyway. `add` takes
 * the number of arrivals that must be persisted first; `settle` returns the messages to send now.
 */
export class Echoes {
  /** The number of operations sent on. */
  echoedOps = 0;
  /**
   * Operations that may only be sent once the first `count` arrivals are persisted (invariant 2): at most
   * `QUEUE_OPS`, and `count` never falls.
   */
  #unpersisted: (Arrival & {readonly count: number; readonly isFresh: boolean})[] = [];
  #queues = new Map<LinkId, Queue>();

  /**
   * `hops`: the links that the operation came over. `isFresh`: it was applied just now, not received again.
   */
  add({op, hops}: Arrival, isFresh: boolean, count: number): void {
    if (hops >= HOP_LIMIT || this.#unpersisted.length >= QUEUE_OPS) return;
    assert(
      (this.#unpersisted.at(-1)?.count ?? 0) <= count,
      'what waits longest waits for the fewest arrivals',
    );
    this.#unpersisted.push({op, hops: hops + 1, isFresh, count});
  }

  /** The disk refused everything that was not persisted yet. */
  forgetUnpersisted(): void {
    this.#unpersisted = [];
  }

  clear(): void {
    this.#unpersisted = [];
    this.#queues.clear();
  }

  /** True if nothing waits for the disk or in a queue, which is the usual case. */
  get isIdle(): boolean {
    return this.#unpersisted.length === 0 && this.dueAtMs === Number.POSITIVE_INFINITY;
  }

  /** Returns the messages to send now. `routes` are all links on which this leader can send. */
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
    assert(sent.length > 0 && sent.length <= QUEUE_OPS, 'a message of echoes empties a part of its queue');
    queue.sentAtMs = nowMs;
    this.echoedOps += sent.length;
    return [{link, message: {type: 'echo', ops: sent.map(({op}) => op), hops: sent.map(({hops}) => hops)}}];
  }
}
