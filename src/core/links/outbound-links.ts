/**
 * The sending side of replication: every peer that a link leads to, from the hello to heartbeats and
 * timeouts. `progress.ts` knows what a peer has; this file decides when to send to it.
 */
import {assert} from '../../base/assert.ts';
import type {LeaderId, LinkId} from '../../base/ids.ts';
import type {Effect, Now, Peer} from '../io/input-effect.ts';
import type {Message} from '../io/message.ts';
import type {OpLog} from '../log/log.ts';
import type {Op} from '../log/op.ts';
import type {EchoRoute} from './echoes.ts';
import {Progress, type Sharing} from './progress.ts';

const HEARTBEAT_MS = 1000;
/** A peer that is silent for this long, or for four timeouts if that is longer, counts as dead. */
const SILENCE_MS = 5000;
/** A pong repeats the time that the ping claimed. A wrong claim must not stretch the timeouts for ever. */
const MAX_RTT_MS = 30_000;

export interface LinkStatus {
  readonly peer: LeaderId;
  /** Whether the peer has greeted. */
  readonly isOpen: boolean;
  /** The number of operations that the peer has not acknowledged and that this link carries. */
  readonly waiting: number;
}

/**
 * The links that lead from this leader: greets the peers, sends them operations and heartbeats, sends again
 * after a timeout, and asks for a silent connection to be dropped. Calls about a peer that no link leads to
 * change nothing. Call `settle` at the end of every step, and `tick` by `dueAtMs`.
 */
export class OutboundLinks {
  readonly #self: LeaderId;
  readonly #log: OpLog;
  readonly #hello: () => Message;
  readonly #emit: (effect: Effect) => void;
  readonly #links = new Map<LeaderId, Progress>();
  #sharing: Sharing;
  /** The number of operations sent; an operation that is sent twice counts twice. */
  sentOps = 0;

  constructor(
    self: LeaderId,
    log: OpLog,
    sharing: Sharing,
    hello: () => Message,
    emit: (effect: Effect) => void,
  ) {
    this.#self = self;
    this.#log = log;
    this.#sharing = sharing;
    this.#hello = hello;
    this.#emit = emit;
  }

  set guarded(guarded: boolean) {
    this.#sharing = {...this.#sharing, guarded};
    for (const progress of this.#links.values()) progress.guarded = guarded;
  }

  set members(members: readonly LeaderId[]) {
    this.#sharing = {...this.#sharing, members: new Set(members)};
    for (const progress of this.#links.values()) progress.members = this.#sharing.members;
  }

  /** The links whose peer has greeted. */
  routes(): (EchoRoute & {readonly peer: LeaderId})[] {
    return [...this.#links.values()]
      .filter(({isOpen}) => isOpen)
      .map(progress => ({link: progress.link, peer: progress.peer, carries: op => progress.wants(op)}));
  }

  /** The peers that links lead to. */
  peers(): readonly LeaderId[] {
    return [...this.#links.keys()];
  }

  set(peers: readonly Peer[]): void {
    for (const peer of this.#links.keys())
      if (!peers.some(({leader}) => leader === peer)) this.#links.delete(peer);
    for (const {leader, forward} of peers) {
      const known = this.#links.get(leader);
      if (known === undefined)
        this.#links.set(leader, new Progress(this.#self, leader, forward, this.#sharing));
      else known.forward = forward;
    }
  }

  links(): LinkStatus[] {
    return [...this.#links.values()].map(progress => ({
      peer: progress.peer,
      isOpen: progress.isOpen,
      waiting: progress.waiting(this.#log),
    }));
  }

  open(peer: LeaderId, now: Now): void {
    const progress = this.#links.get(peer);
    if (progress === undefined) return;
    progress.open();
    progress.receivedAtMs = now.monotonicMs;
    this.#greet(progress, now);
  }

  close(peer: LeaderId): void {
    const progress = this.#links.get(peer);
    if (progress === undefined || progress.state === 'closed') return;
    progress.close();
    this.#emit({type: 'report', event: {type: 'link-down', peer, have: progress.acked}});
  }

  /** A message that came back from the peer. */
  receive(peer: LeaderId, message: Message, now: Now): void {
    const progress = this.#links.get(peer);
    if (progress === undefined) return;
    progress.receivedAtMs = now.monotonicMs;
    if (message.type === 'hello') {
      if (progress.state === 'greeting') progress.observeRtt(now.monotonicMs - progress.askedAtMs);
      progress.greet(message.have);
      this.#emit({type: 'report', event: {type: 'link-up', peer, have: message.have}});
    } else if (message.type === 'have') {
      progress.acknowledge(message);
      if (message.gapAt !== undefined) progress.noticeGap(message.gapAt);
      progress.askedAtMs = now.monotonicMs;
    } else if (message.type === 'pong') {
      progress.acknowledge(message);
      progress.observeRtt(Math.min(MAX_RTT_MS, Math.max(0, now.monotonicMs - message.sentAtMs)));
    }
  }

  /**
   * The peer sent these operations, so they need not be sent back. Without this, half of the traffic in a
   * star or a chain would be redundant.
   */
  learn(peer: LeaderId, ops: readonly Op[]): void {
    const sent: {[origin: LeaderId]: number} = {};
    for (const {dot} of ops) sent[dot.origin] = Math.max(sent[dot.origin] ?? 0, dot.seq);
    this.#links.get(peer)?.learn(sent);
  }

  /** Returns the links on which a heartbeat was sent. */
  tick(now: Now): LinkId[] {
    const links: LinkId[] = [];
    for (const progress of this.#links.values())
      if (progress.state !== 'closed' && this.#tickOne(progress, now)) links.push(progress.link);
    return links;
  }

  /** At the end of every step: sends what may be sent. */
  settle(now: Now): void {
    for (const progress of this.#links.values()) this.#pump(progress, now);
  }

  #tickOne(progress: Progress, now: Now): boolean {
    const silentMs = now.monotonicMs - progress.receivedAtMs;
    assert(progress.state !== 'closed', 'only a connection can be silent');
    if (silentMs > Math.max(SILENCE_MS, 4 * progress.timeoutMs)) {
      progress.receivedAtMs = now.monotonicMs;
      this.#emit({type: 'drop-link', link: progress.link, reason: `silent for ${Math.round(silentMs)} ms`});
      return false;
    }
    if (progress.isWaiting && now.monotonicMs - progress.askedAtMs >= progress.timeoutMs) {
      if (progress.state === 'greeting') this.#greet(progress, now);
      else progress.noticeSilence();
    }
    if (progress.state === 'greeting' || now.monotonicMs - progress.pingedAtMs < HEARTBEAT_MS) return false;
    progress.pingedAtMs = now.monotonicMs;
    this.#send(progress, {type: 'ping', sentAtMs: now.monotonicMs});
    return true;
  }

  #greet(progress: Progress, now: Now): void {
    progress.askedAtMs = now.monotonicMs;
    this.#send(progress, this.#hello());
  }

  #pump(progress: Progress, now: Now): void {
    for (;;) {
      const wasWaiting = progress.isWaiting;
      const batch = progress.nextBatch(this.#log);
      if (batch === undefined) return;
      if (!wasWaiting) progress.askedAtMs = now.monotonicMs;
      assert(progress.isOpen, 'operations are sent to a peer that has greeted');
      this.sentOps += batch.ops.length;
      this.#send(progress, {type: 'ops', ...batch});
    }
  }

  /** When to call `tick` at the latest. */
  get dueAtMs(): number {
    let atMs = Number.POSITIVE_INFINITY;
    for (const progress of this.#links.values()) {
      if (progress.state === 'closed') continue;
      if (progress.isWaiting) atMs = Math.min(atMs, progress.askedAtMs + progress.timeoutMs);
      if (progress.state !== 'greeting')
        atMs = Math.min(atMs, Math.max(progress.pingedAtMs, 0) + HEARTBEAT_MS);
    }
    return atMs;
  }

  #send({link}: Progress, message: Message): void {
    this.#emit({type: 'send', link, message});
  }
}
