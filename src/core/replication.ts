/**
 * All links of one leader: what it sends to its peers, what it receives from them, and what it knows about
 * them. It knows nothing about clients. Each part has a file in `links/`. This file passes each message to
 * its part and orders the work at the end of a step.
 *
 * Invariant 2: only what is persisted is acknowledged or sent on (`pending-persist.ts`, `progress.ts`,
 * `echoes.ts`).
 */
import {assert, must} from '../base/assert.ts';
import {type LeaderId, type LinkId, linkEnds} from '../base/ids.ts';
import type {AppliedState} from './applied-state.ts';
import type {CurrentStep} from './current-step.ts';
import type {Delivery, WriteRequest} from './io/input-effect.ts';
import {type Holdings, type Message, PROTOCOL} from './io/message.ts';
import {ReusedDots} from './links/detect-reused-dots.ts';
import {Echoes} from './links/echoes.ts';
import {answerFetch, type Fetched} from './links/fetch-answer.ts';
import {InboundLinks} from './links/inbound-links.ts';
import {Inbox} from './links/inbox.ts';
import {Knowledge} from './links/knowledge.ts';
import {OutboundLinks} from './links/outbound-links.ts';
import {PendingPersist} from './links/pending-persist.ts';
import {Recovery} from './links/recovery.ts';
import type {Arrival, Op} from './log/op.ts';
import {covers, type Dot, seqOf} from './log/version-vector.ts';

export interface ReplicationOptions {
  readonly self: LeaderId;
  readonly cluster: string;
  readonly delivery: Delivery;
  readonly loopguard: boolean;
  readonly members: readonly LeaderId[];
  readonly waitingLimit: number;
  readonly recovers: boolean;
  /**
   * Whether writes wait for other leaders. Only then do leaders report to each other what every leader has on
   * disk.
   */
  readonly spreadsKnowledge: boolean;
  /** Accepts a write that waited for recovery. */
  accept(write: WriteRequest): void;
}

/** How long operations from peers are dropped after the disk refused a write. The peers send them again. */
const DISK_REST_MS = 500;

export class Replication {
  readonly #self: LeaderId;
  readonly #cluster: string;
  readonly #state: AppliedState;
  readonly #step: CurrentStep;
  /** Decides when each operation that arrives is applied. */
  readonly inbox: Inbox;
  readonly #inbound: InboundLinks;
  readonly outbound: OutboundLinks;
  readonly #knowledge: Knowledge;
  readonly #echoes = new Echoes();
  readonly recovery: Recovery;
  readonly #reusedDots: ReusedDots;
  /** Replies and messages that wait for the disk. */
  readonly pendingPersist: PendingPersist;
  #loopguard: boolean;
  #members: readonly LeaderId[];
  #spreadsKnowledge: boolean;
  #redundantOps = 0;
  /** Operations from peers are dropped until then. Monotonic ms. */
  #diskRestsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReplicationOptions, state: AppliedState, step: CurrentStep) {
    const {self, loopguard, members} = options;
    this.#self = self;
    this.#cluster = options.cluster;
    this.#state = state;
    this.#step = step;
    this.#loopguard = loopguard;
    this.#members = members;
    this.#spreadsKnowledge = options.spreadsKnowledge;
    const {log} = state;
    const hello = (): Message => this.#hello();
    const emit = step.emit.bind(step);
    const sharing = {guarded: loopguard, members: new Set(members)};
    this.outbound = new OutboundLinks(self, log, sharing, hello, emit);
    this.inbox = this.#newInbox(options);
    this.pendingPersist = new PendingPersist(log, effect => this.#inbound.release(effect));
    this.#inbound = new InboundLinks({
      log,
      inbox: this.inbox,
      pendingPersist: this.pendingPersist,
      hello,
      emit,
    });
    this.#knowledge = new Knowledge(members);
    this.#learnOwnDisk();
    this.recovery = this.#newRecovery(options);
    this.#reusedDots = new ReusedDots(log, {
      send: step.send.bind(step),
      found: (dot, peer, ours, theirs) => step.report({type: 'dot-reused', dot, peer, ours, theirs}),
    });
  }

  #newInbox({delivery, waitingLimit}: ReplicationOptions): Inbox {
    const [state, step] = [this.#state, this.#step];
    return new Inbox(
      state.log,
      {delivery, waitingLimit},
      {
        apply: arrival => this.#apply(arrival),
        haltOn: op => state.haltOn(op),
        halted: (halt, op) => state.reportHalt(halt, op),
        unhalted: origin => step.report({type: 'unhalted', origin}),
        reopened: () => this.#inbound.reopen(),
      },
    );
  }

  #newRecovery({self, recovers, accept}: ReplicationOptions): Recovery {
    const step = this.#step;
    return new Recovery(self, this.#state.log, recovers, {
      send: step.send.bind(step),
      accept,
      refuse: ({request}, failure) => step.emit({type: 'reply', request, reply: {type: 'refused', failure}}),
      recovered: (from, to) => step.report({type: 'recovered', origin: self, from, to}),
      gaveUp: (from, to, holder) => step.report({type: 'not-recovered', origin: self, from, to, holder}),
    });
  }

  // What it reports about itself.

  get loopguard(): boolean {
    return this.#loopguard;
  }
  get sentOps(): number {
    return this.outbound.sentOps + this.#echoes.echoedOps;
  }
  get echoedOps(): number {
    return this.#echoes.echoedOps;
  }
  get redundantOps(): number {
    return this.#redundantOps;
  }
  isOnDisk(leader: LeaderId, dot: Dot): boolean {
    return leader === this.#self
      ? covers(this.#state.log.persistedVv, dot)
      : this.#knowledge.has(leader, dot);
  }

  // Settings.

  set loopguard(loopguard: boolean) {
    this.#loopguard = loopguard;
    this.outbound.guarded = loopguard;
    if (loopguard) this.#echoes.clear();
  }
  set members(members: readonly LeaderId[]) {
    this.#members = members;
    this.#knowledge.members = members;
    this.outbound.members = members;
  }
  set spreadsKnowledge(spreads: boolean) {
    this.#spreadsKnowledge = spreads;
    if (!spreads) this.#knowledge.stopSpreading();
  }

  // Messages.

  receive(link: LinkId, message: Message): void {
    const {from, to} = linkEnds(link);
    assert((from === this.#self) !== (to === this.#self), 'a message comes over a link of this leader');
    const peer = to === this.#self ? from : to;
    if ('have' in message) this.#learn(link, peer, message);
    if (message.type === 'known') this.#knowledge.learnAll(message.persisted, peer);
    else if (message.type === 'fetch')
      for (const answer of answerFetch(this.#state.log, message)) this.#step.send(link, answer);
    else if (message.type === 'fetched') this.#receiveFetched(peer, message);
    else if (to === this.#self) this.#receiveInbound(link, from, message);
    else this.outbound.receive(to, message, this.#step.now);
  }

  #learn(link: LinkId, peer: LeaderId, message: Extract<Message, Holdings>): void {
    const {monotonicMs} = this.#step.now;
    const isGreeting = message.type === 'hello';
    this.#knowledge.learn(peer, message.have, peer);
    this.recovery.peerHas(peer, link, seqOf(message.have, this.#self), isGreeting, monotonicMs);
    if ('sums' in message)
      this.#reusedDots.peerHas(peer, link, message.have, message.sums, isGreeting, monotonicMs);
  }

  /**
   * Handles the answer to a `fetch`: own operations, to recover them, or another leader's, to compare them.
   */
  #receiveFetched(peer: LeaderId, message: Fetched): void {
    this.#reusedDots.fetched(peer, message, this.#step.now.monotonicMs);
    if (message.origin !== this.#self || !this.recovery.isActive || this.#diskRests) return;
    for (const op of message.ops) this.inbox.offer({op, hops: 1});
    if (!message.more) this.recovery.answered();
  }

  #receiveInbound(link: LinkId, from: LeaderId, message: Message): void {
    if (message.type === 'hello') {
      this.#inbound.greetBack(link);
    } else if (message.type === 'ping') {
      this.#inbound.pong(link, message.sentAtMs);
      this.#knowledge.repeat(link);
    } else if (message.type === 'ops') {
      if (this.#loopguard) this.outbound.learn(from, message.ops);
      const hasGap = this.#receiveOps(from, message.ops, message.hops);
      this.#inbound.acknowledge(link, hasGap ? message.batch : undefined);
    } else if (message.type === 'echo') {
      this.#receiveOps(from, message.ops, message.hops);
    }
  }

  /** Returns whether an operation is missing before one of these. */
  #receiveOps(from: LeaderId, ops: readonly Op[], hops: readonly number[]): boolean {
    assert(ops.length === hops.length, 'each operation has its number of links');
    if (this.#diskRests) return false;
    let hasGap = false;
    let redundant = 0;
    ops.forEach((op, i) => {
      const arrival: Arrival = {op, hops: must(hops[i], 'the number of links of an operation')};
      const offered = this.inbox.offer(arrival);
      if (offered === 'gap') hasGap = true;
      if (offered !== 'redundant') return;
      redundant += 1;
      this.#echoAgain(arrival);
    });
    this.#redundantOps += redundant;
    if (redundant > 0) this.#step.report({type: 'redundant', from, count: redundant});
    return hasGap;
  }

  #apply(arrival: Arrival): void {
    this.#state.observeClock(arrival.op);
    this.#state.apply(arrival);
    if (!this.#loopguard) this.#echoes.add(arrival, true, this.#state.log.arrivals.length);
  }

  /** Without the loop guard a duplicate is sent on too. */
  #echoAgain({op, hops}: Arrival): void {
    const {log} = this.#state;
    const ours = this.#loopguard ? undefined : log.get(op.dot);
    if (ours !== undefined) this.#echoes.add({op: ours, hops}, false, log.arrivals.length);
  }

  #hello(): Message {
    const {log} = this.#state;
    const have = log.persistedVv;
    return {
      type: 'hello',
      protocol: PROTOCOL,
      leader: this.#self,
      cluster: this.#cluster,
      have,
      sums: log.sumsOf(have),
    };
  }

  // The disk.

  get #diskRests(): boolean {
    return this.#step.now.monotonicMs < this.#diskRestsUntilMs;
  }

  /** More of the log is persisted. Effects that waited for it are released with `pendingPersist.settle`. */
  persisted(): void {
    this.#learnOwnDisk();
  }

  #learnOwnDisk(): void {
    this.#knowledge.learn(this.#self, this.#state.log.persistedVv, this.#self);
  }

  /** Call this after the log has dropped the operations that the disk refused. */
  diskRefused(): void {
    const {monotonicMs} = this.#step.now;
    this.#diskRestsUntilMs = monotonicMs + DISK_REST_MS;
    this.inbox.clear();
    assert(this.inbox.waitingOps === 0 && this.inbox.halted.length === 0, 'nothing waits for a shorter log');
    this.#echoes.forgetUnpersisted();
    this.recovery.diskRefused(monotonicMs);
  }

  // In every step, and by the timer.

  /** Continues to fetch this leader's own operations, if its log lacks some. */
  recover(): void {
    if (!this.recovery.isActive) return;
    const surroundings = {
      peers: this.outbound.peers(),
      members: this.#members,
      buffers: this.inbox.waitsFor(this.#self),
    };
    this.recovery.settle(surroundings, this.#step.now.monotonicMs);
  }

  tick(): void {
    for (const link of this.outbound.tick(this.#step.now)) this.#knowledge.repeat(link);
  }

  /** At the end of every step: sends what may be sent by now. */
  settle(): void {
    const {now} = this.#step;
    this.#inbound.settle();
    this.outbound.settle(now);
    if (!this.#loopguard && !this.#echoes.isIdle) {
      const {persistedCount} = this.#state.log;
      this.#sendAll(this.#echoes.settle(persistedCount, this.outbound.routes(), now.monotonicMs));
    }
    if (this.#spreadsKnowledge) {
      const routes = [...this.outbound.routes(), ...this.#inbound.routes()];
      this.#sendAll(this.#knowledge.messagesDue(routes, now.monotonicMs));
    }
  }

  /** When to call `tick` and `settle` at the latest. Monotonic ms. */
  get dueAtMs(): number {
    return Math.min(
      this.outbound.dueAtMs,
      this.#echoes.dueAtMs,
      this.#knowledge.dueAtMs,
      this.recovery.dueAtMs,
    );
  }

  #sendAll(messages: readonly {readonly link: LinkId; readonly message: Message}[]): void {
    for (const {link, message} of messages) this.#step.send(link, message);
  }
}
