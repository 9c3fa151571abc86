/**
 * The replica: `step(replica, input, now) -> effects`. All of the replication algorithm, and nothing of
 * sockets, disks or clocks; the simulator and the leader process run this same code. A replica is changed in
 * place, and only by `step`.
 *
 * The numbered invariants, cited where they are enforced:
 * 1. the log holds operations 1..n of each origin without a gap (log.ts);
 * 2. persisted before acknowledged or sent on (held.ts; progress.ts sends only what is persisted);
 * 3. an operation is applied once (here: `#receiveOps` drops what inbox.ts finds redundant);
 * 4. under a resolver that claims to converge, state is a function of the *set* of operations (fold.ts,
 *    resolvers/);
 * 5. an acknowledged operation never leaves the log (log.ts forgets only what was never persisted);
 * 6. the HLC only rises, and a remote clock further ahead than the drift limit is reported, never adopted
 *    (hlc.ts, here);
 * 7. a leader never reuses a dot that a reachable neighbour holds (recovery.ts); a reused dot is detected and
 *    reported (reused-dots.ts).
 */
import {assertNever} from '../base/assert.ts';
import type {Failure} from '../base/failure.ts';
import {type Key, type LeaderId, type LinkId, linkEnds} from '../base/ids.ts';
import {acceptAll} from './fold/accept.ts';
import {haltReports, reportsAnew, reportsOf, reportsRighted, reversedOn} from './fold/conflict-report.ts';
import {CustomFailures} from './fold/custom-failures.ts';
import {Fold} from './fold/fold.ts';
import type {AckMode, Delivery, Effect, Input, Now, Setting, WriteRequest} from './io/input-effect.ts';
import type {HaltedOrigin, LeaderEvent, RequestId} from './io/leader-event.ts';
import {type Holdings, type Message, PROTOCOL} from './io/message.ts';
import {Acks} from './links/acks.ts';
import {ReusedDots} from './links/detect-reused-dots.ts';
import {Echoes} from './links/echoes.ts';
import {answerFetch, type Fetched} from './links/fetch-answer.ts';
import {InboundLinks} from './links/inbound-links.ts';
import {type Arrival, conflictWith, Inbox, WAITING_OPS} from './links/inbox.ts';
import {Knowledge} from './links/knowledge.ts';
import {type LinkStatus, OutboundLinks} from './links/outbound-links.ts';
import {PendingPersist} from './links/pending-persist.ts';
import {Recovery} from './links/recovery.ts';
import {compareHlc, HLC_ZERO, type Hlc, isTooFarAhead, observeHlc, tickHlc} from './log/hybrid-clock.ts';
import {OpLog, type Sums} from './log/log.ts';
import type {Op} from './log/op.ts';
import {covers, type Dot, seqOf, type VersionVector} from './log/version-vector.ts';
import type {CustomModule} from './resolvers/custom-module.ts';
import {type ResolverSpec, resolverOf, sameResolver} from './resolvers/registry.ts';

export interface ReplicaOptions {
  readonly self: LeaderId;
  /** Only leaders of the same cluster talk. */
  readonly cluster: string;
  readonly resolver: ResolverSpec;
  readonly custom?: CustomModule;
  /** What is not given is `fifo`, `local`, a guard, and this leader alone. */
  readonly delivery?: Delivery;
  readonly ack?: AckMode;
  readonly loopguard?: boolean;
  readonly members?: readonly LeaderId[];
  /** How many operations may wait for what they depend on. */
  readonly waitingOps?: number;
  /** The log as persisted, in arrival order. */
  readonly ops: Iterable<Op>;
  /**
   * Whether `ops` may lack operations that a leader by this name has already sent, as after every start but
   * the first. Then it hears its neighbours before it accepts a write.
   */
  readonly recovers?: boolean;
}

/** OutboundLinks resend operations by themselves, so the leader does not retry a full disk at every message. */
const DISK_REST_MS = 500;

export class Replica {
  readonly self: LeaderId;
  readonly #cluster: string;
  readonly #log = new OpLog();
  readonly #neighbours: OutboundLinks;
  readonly #inbox: Inbox;
  readonly #acks: Acks;
  readonly #knowledge: Knowledge;
  readonly #echoes = new Echoes();
  readonly #held: PendingPersist;
  readonly #incoming: InboundLinks;
  readonly #recovery: Recovery;
  readonly #reusedDots: ReusedDots;
  readonly #customFailures = new CustomFailures();
  #fold: Fold;
  #resolver: ResolverSpec;
  #custom: CustomModule | undefined;
  #loopguard: boolean;
  #hlc: Hlc = HLC_ZERO;
  #effects: Effect[] = [];
  #now: Now = {wallMs: 0, monotonicMs: 0};
  #redundantOps = 0;
  /** So many arrivals are on the disk, or on their way to it. */
  #givenToDisk: number;
  #timerAtMs = Number.POSITIVE_INFINITY;
  /**
   * Until this time the leader takes nothing from neighbours, because its disk has just refused a write.
   * Monotonic ms.
   */
  #diskRestsUntilMs = Number.NEGATIVE_INFINITY;
  /** Before the first step: no clock has been read, and nobody has heard what came of folding the log. */
  #isFresh = true;
  readonly #opOf = (dot: Dot): Op | undefined => this.#log.get(dot);

  constructor(options: ReplicaOptions) {
    const {
      self,
      delivery = 'fifo',
      ack = 'local',
      loopguard = true,
      members = [self],
      recovers = false,
    } = options;
    this.self = self;
    this.#cluster = options.cluster;
    this.#resolver = options.resolver;
    this.#custom = options.custom;
    this.#loopguard = loopguard;
    for (const op of options.ops) this.#log.append(op);
    this.#givenToDisk = this.#log.arrivals.length;
    this.#log.markPersisted(this.#givenToDisk);
    this.#fold = this.#newFold();
    const emit = (effect: Effect): void => void this.#effects.push(effect);
    this.#neighbours = new OutboundLinks(
      self,
      this.#log,
      {guarded: loopguard, members: new Set(members)},
      () => this.#hello(),
      emit,
    );
    const waitingLimit = options.waitingOps ?? WAITING_OPS;
    this.#inbox = new Inbox(
      this.#log,
      {delivery, waitingLimit},
      {
        apply: arrival => this.#applyRemote(arrival),
        haltOn: op =>
          this.#resolver.name === 'halt' && op.dot.origin !== self ? conflictWith(op, this.#fold) : undefined,
        halted: (halt, op) => this.#halted(halt, op),
        unhalted: origin => this.#report({type: 'unhalted', origin}),
        reopened: () => this.#incoming.reopen(),
      },
    );
    this.#held = new PendingPersist(this.#log, effect => this.#incoming.release(effect));
    this.#incoming = new InboundLinks({
      log: this.#log,
      inbox: this.#inbox,
      held: this.#held,
      hello: () => this.#hello(),
      emit,
    });
    this.#knowledge = new Knowledge(members);
    this.#knowledge.learn(self, this.#log.persistedVv, self);
    const isOnDisk = (leader: LeaderId, dot: Dot): boolean =>
      leader === self ? covers(this.#log.persistedVv, dot) : this.#knowledge.has(leader, dot);
    this.#acks = new Acks(self, {mode: ack, members}, isOnDisk, emit);
    const send = (link: LinkId, message: Message): void => emit({type: 'send', link, message});
    this.#recovery = new Recovery(self, this.#log, recovers, {
      send,
      accept: write => this.#accept(write, this.#now),
      refuse: ({request}, failure) => emit({type: 'reply', request, reply: {type: 'refused', failure}}),
      recovered: (from, to) => this.#report({type: 'recovered', origin: self, from, to}),
      gaveUp: (from, to, holder) => this.#report({type: 'not-recovered', origin: self, from, to, holder}),
    });
    this.#reusedDots = new ReusedDots(this.#log, {
      send,
      found: (dot, peer, ours, theirs) => this.#report({type: 'dot-reused', dot, peer, ours, theirs}),
    });
  }

  step(input: Input, now: Now): readonly Effect[] {
    this.#effects = [];
    this.#now = now;
    if (this.#isFresh) this.#begin();
    this.#handle(input, now);
    this.#recover(now);
    this.#persist();
    this.#settle(now);
    return this.#effects;
  }

  // What a leader tells about itself, without changing.

  get vv(): VersionVector {
    return this.#log.vv;
  }
  get hlc(): Hlc {
    return this.#hlc;
  }
  get resolver(): ResolverSpec {
    return this.#resolver;
  }
  get fold(): Fold {
    return this.#fold;
  }
  /** The persisted operations, in order of arrival. */
  get log(): readonly Op[] {
    return this.#log.arrivals.slice(0, this.#log.persistedCount);
  }
  /** What it has applied under this name. */
  op(dot: Dot): Op | undefined {
    return this.#log.get(dot);
  }
  get opCount(): number {
    return this.#log.arrivals.length;
  }
  get delivery(): Delivery {
    return this.#inbox.delivery;
  }
  get ack(): AckMode {
    return this.#acks.mode;
  }
  get loopguard(): boolean {
    return this.#loopguard;
  }
  get members(): readonly LeaderId[] {
    return this.#acks.members;
  }
  /** Whether writes wait until this leader has recovered its own operations, or knows that it lacks none. */
  get isRecovering(): boolean {
    return this.#recovery.isUnderWay;
  }
  /** Origins whose operations are no longer applied here, under `halt`. */
  get halted(): readonly HaltedOrigin[] {
    return this.#inbox.halted;
  }
  /** The conflicts there are now, as a lab that knows of none should hear of them. */
  conflicts(): readonly LeaderEvent[] {
    return reportsAnew(this.#fold, this.#opOf).filter(({type}) => type === 'conflict');
  }
  /** Operations received that wait for what they depend on. */
  get buffered(): number {
    return this.#inbox.waitingOps;
  }
  /** Operations put on links, those sent again and echoes too. */
  get sentOps(): number {
    return this.#neighbours.sentOps + this.#echoes.echoedOps;
  }
  get echoedOps(): number {
    return this.#echoes.echoedOps;
  }
  /** Operations that arrived though they had arrived before. */
  get redundantOps(): number {
    return this.#redundantOps;
  }
  /** Per outgoing link: the state of the connection, and how many operations it has still to deliver. */
  links(): readonly LinkStatus[] {
    return this.#neighbours.links();
  }

  /** What the log means for a leader that starts with it, now that it knows the time. */
  #begin(): void {
    this.#isFresh = false;
    for (const op of this.#log.arrivals) {
      // What is still too far ahead was told of when it arrived (invariant 6).
      if (op.dot.origin === this.self || !isTooFarAhead(op.hlc, this.#now.wallMs)) this.#raiseClock(op.hlc);
    }
    this.#tellCustomFailures();
  }

  #handle(input: Input, now: Now): void {
    switch (input.type) {
      case 'write-requested':
        return this.#recovery.isUnderWay
          ? this.#recovery.wait(input, now.monotonicMs)
          : this.#accept(input, now);
      case 'read-requested':
        return this.#held.whenPersisted(this.#readReply(input.request, input.key), input.key);
      case 'message-received':
        return this.#receive(input.link, input.message, now);
      case 'link-opened':
        return this.#neighbours.open(linkEnds(input.link).to, now);
      case 'link-closed':
        return this.#neighbours.close(linkEnds(input.link).to);
      case 'skip-requested':
        return this.#held.whenPersisted({
          type: 'reply',
          request: input.request,
          reply: {type: 'skipped', dots: this.#inbox.skip(input.origin)},
        });
      case 'persisted':
        return this.#persisted(input.count);
      case 'persist-failed':
        return this.#persistFailed(input.reason);
      case 'tick':
        return this.#tick(now);
      case 'setting-changed':
        return this.#change(input.setting);
      default:
        return assertNever(input);
    }
  }

  // Writes of clients.

  #accept({request, writes, guard}: WriteRequest, now: Now): void {
    const accepted = acceptAll(this.#fold, writes, guard);
    if (!accepted.ok)
      return this.#held.whenPersisted({
        type: 'reply',
        request,
        reply: {type: 'refused', failure: accepted.failure},
      });
    this.#hlc = tickHlc(this.#hlc, now.wallMs);
    const after = this.#log.vv;
    const dot: Dot = {origin: this.self, seq: (after[this.self] ?? 0) + 1};
    // Recovered operations that wait could no longer follow it.
    this.#inbox.forget(this.self);
    this.#apply(
      {op: {dot, after, hlc: this.#hlc, wallMs: now.wallMs, writes: accepted.value}, hops: 0},
      request,
    );
    this.#acks.add(request, dot, now.monotonicMs);
    // What waits for this dot can wait for it only where the dot was given before, and its first operation is
    // gone.
    if (this.#inbox.waitingOps > 0) this.#inbox.drain();
  }

  /**
   * Into the log and the visible state; the disk gets it at the end of the step. Then whatever the conflict
   * log should know.
   */
  #apply({op, hops}: Arrival, request?: RequestId): void {
    this.#log.append(op, hops);
    const disturbances = this.#fold.apply(op);
    this.#report({
      type: 'applied',
      dot: op.dot,
      keys: op.writes.map(({key}) => key),
      hops,
      ...(request === undefined ? {} : {request}),
    });
    if (disturbances.length === 0) return;
    for (const disturbance of disturbances) this.#reportAll(reportsOf(this.#fold, disturbance, this.#opOf));
    this.#reportAll(
      this.#customFailures.take(
        this.#fold,
        disturbances.map(({key}) => key),
      ),
    );
  }

  #applyRemote(arrival: Arrival): void {
    this.#observeClock(arrival.op);
    this.#apply(arrival);
    if (!this.#loopguard) this.#echoes.add(arrival, true, this.#log.arrivals.length);
  }

  #halted(halt: HaltedOrigin, op: Op): void {
    this.#report({type: 'halted', ...halt});
    this.#reportAll(haltReports(this.#fold, op, this.#opOf));
  }

  #reportAll(events: readonly LeaderEvent[]): void {
    for (const event of events) this.#report(event);
  }

  // Messages of neighbours.

  #receive(link: LinkId, message: Message, now: Now): void {
    const {from, to} = linkEnds(link);
    const peer = to === this.self ? from : to;
    if ('have' in message) this.#learn(link, peer, message, now);
    if (message.type === 'known') this.#knowledge.learnAll(message.persisted, peer);
    else if (message.type === 'fetch')
      this.#send(answerFetch(this.#log, message).map(answer => ({link, message: answer})));
    else if (message.type === 'fetched') this.#receiveFetched(peer, message, now);
    else if (to === this.self) this.#receiveForth(link, from, message);
    else this.#neighbours.receive(to, message, now);
  }

  #learn(link: LinkId, peer: LeaderId, message: Extract<Message, Holdings>, now: Now): void {
    const isGreeting = message.type === 'hello';
    this.#knowledge.learn(peer, message.have, peer);
    this.#recovery.heard(peer, link, seqOf(message.have, this.self), isGreeting, now.monotonicMs);
    if ('sums' in message)
      this.#reusedDots.heard(peer, link, message.have, message.sums, isGreeting, now.monotonicMs);
  }

  /** What this leader asked for: to have its own operations back, or to compare. */
  #receiveFetched(peer: LeaderId, message: Fetched, now: Now): void {
    this.#reusedDots.fetched(peer, message, now.monotonicMs);
    if (message.origin !== this.self || !this.#recovery.isActive || this.#diskRests) return;
    for (const op of message.ops) this.#inbox.offer({op, hops: 1});
    if (!message.more) this.#recovery.answered();
  }

  #recover(now: Now): void {
    if (!this.#recovery.isActive) return;
    const neighbours = this.#neighbours.peers();
    this.#recovery.settle(
      {neighbours, members: this.members, buffers: this.#inbox.waitsFor(this.self)},
      now.monotonicMs,
    );
  }

  #receiveForth(link: LinkId, from: LeaderId, message: Message): void {
    if (message.type === 'hello') {
      this.#incoming.greetBack(link);
    } else if (message.type === 'ping') {
      this.#incoming.pong(link, message.sentAtMs);
      this.#knowledge.repeat(link);
    } else if (message.type === 'ops') {
      if (this.#loopguard) this.#neighbours.learn(from, message.ops);
      const hasGap = this.#receiveOps(from, message.ops, message.hops);
      this.#incoming.acknowledge(link, hasGap ? message.batch : undefined);
    } else if (message.type === 'echo') {
      this.#receiveOps(from, message.ops, message.hops);
    }
  }

  /** Returns whether something is missing before one of them. */
  #receiveOps(from: LeaderId, ops: readonly Op[], hops: readonly number[]): boolean {
    if (this.#diskRests) return false;
    let hasGap = false;
    let redundant = 0;
    ops.forEach((op, i) => {
      const arrival: Arrival = {op, hops: hops[i] ?? 1};
      const offered = this.#inbox.offer(arrival);
      if (offered === 'gap') hasGap = true;
      if (offered !== 'redundant') return;
      redundant += 1;
      this.#echoAgain(arrival);
    });
    this.#redundantOps += redundant;
    if (redundant > 0) this.#report({type: 'redundant', from, count: redundant});
    return hasGap;
  }

  /** Without the loop guard nobody asks whether it has been sent on before. */
  #echoAgain({op, hops}: Arrival): void {
    const ours = this.#loopguard ? undefined : this.#log.get(op.dot);
    if (ours !== undefined) this.#echoes.add({op: ours, hops}, false, this.#log.arrivals.length);
  }

  #observeClock(op: Op): void {
    if (op.dot.origin === this.self) return this.#raiseClock(op.hlc);
    const adopted = observeHlc(this.#hlc, op.hlc, this.#now.wallMs);
    if (adopted !== undefined) this.#hlc = adopted;
    else
      this.#report({type: 'clock-ahead', origin: op.dot.origin, aheadMs: op.hlc.wallMs - this.#now.wallMs});
  }

  #raiseClock(hlc: Hlc): void {
    if (compareHlc(hlc, this.#hlc) > 0) this.#hlc = hlc;
  }

  #hello(): Message {
    return {type: 'hello', protocol: PROTOCOL, leader: this.self, cluster: this.#cluster, ...this.#holding()};
  }

  #holding(): {have: VersionVector; sums: Sums} {
    const have = this.#log.persistedVv;
    return {have, sums: this.#log.sumsOf(have)};
  }

  // The disk.

  #readReply(request: RequestId, key: Key): Extract<Effect, {type: 'reply'}> {
    return {type: 'reply', request, reply: {type: 'read', reading: this.#fold.read(key), vv: this.#log.vv}};
  }

  #persist(): void {
    const from = this.#givenToDisk;
    this.#givenToDisk = this.#log.arrivals.length;
    if (this.#givenToDisk > from)
      this.#effects.unshift({type: 'persist', from, ops: this.#log.arrivals.slice(from)});
  }

  #persisted(count: number): void {
    this.#log.markPersisted(count);
    this.#knowledge.learn(this.self, this.#log.persistedVv, this.self);
    this.#acks.settle(this.#now.monotonicMs);
    this.#held.settle();
  }

  get #diskRests(): boolean {
    return this.#now.monotonicMs < this.#diskRestsUntilMs;
  }

  #persistFailed(reason: string): void {
    this.#diskRestsUntilMs = this.#now.monotonicMs + DISK_REST_MS;
    const forgotten = this.#log.dropUnpersisted();
    this.#givenToDisk = this.#log.persistedCount;
    this.#fold.forget(forgotten, this.#log.vv);
    this.#inbox.clear();
    this.#echoes.forgetUnpersisted();
    this.#recovery.diskRefused(this.#now.monotonicMs);
    const failure: Failure = {
      code: 'storage',
      message: `the disk refused the write: ${reason}`,
      hint: 'reads go on; writes will be taken again when the disk does',
    };
    this.#acks.refuseUnpersisted(failure);
    this.#held.refuse(failure, (request, key) => this.#readReply(request, key));
    this.#report({type: 'storage-failed', reason, forgotten: forgotten.length});
  }

  // Settings.

  #change(setting: Setting): void {
    switch (setting.name) {
      case 'resolver':
        return this.#changeResolver(setting.value, setting.custom);
      case 'neighbours':
        return this.#neighbours.set(setting.value);
      case 'delivery':
        this.#inbox.delivery = setting.value;
        return;
      case 'ack':
        this.#acks.mode = setting.value;
        if (setting.value === 'local') this.#knowledge.hush();
        return;
      case 'loopguard':
        this.#loopguard = setting.value;
        this.#neighbours.guarded = setting.value;
        if (setting.value) this.#echoes.clear();
        return;
      case 'members':
        this.#acks.members = setting.value;
        this.#knowledge.members = setting.value;
        this.#neighbours.members = setting.value;
        return;
      default:
        return assertNever(setting);
    }
  }

  #changeResolver(value: ResolverSpec, custom: CustomModule | undefined): void {
    const isOther = !sameResolver(value, this.#resolver);
    this.#resolver = value;
    this.#custom = custom;
    const reversed = reversedOn(this.#fold, this.#opOf);
    this.#fold = this.#fold.refold(resolverOf(value, custom));
    this.#report({type: 'refolded', resolver: value.name});
    this.#reportAll(reportsAnew(this.#fold, this.#opOf));
    this.#reportAll(reportsRighted(this.#fold, reversed, this.#opOf));
    this.#customFailures.clear();
    this.#tellCustomFailures();
    if (isOther) this.#inbox.resume();
  }

  #tellCustomFailures(): void {
    this.#reportAll(this.#customFailures.take(this.#fold, this.#fold.disturbedKeys()));
  }

  #newFold(): Fold {
    return new Fold(resolverOf(this.#resolver, this.#custom), this.#log.arrivals);
  }

  // The end of every step.

  #tick(now: Now): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    for (const link of this.#neighbours.tick(now)) this.#knowledge.repeat(link);
  }

  /** Answers, sends and says what may be by now, and when to look again. */
  #settle(now: Now): void {
    this.#acks.settle(now.monotonicMs);
    this.#incoming.settle();
    this.#neighbours.settle(now);
    if (!this.#loopguard && !this.#echoes.isIdle)
      this.#send(this.#echoes.settle(this.#log.persistedCount, this.#neighbours.routes(), now.monotonicMs));
    if (this.#acks.mode !== 'local')
      this.#send(
        this.#knowledge.tell([...this.#neighbours.routes(), ...this.#incoming.lines()], now.monotonicMs),
      );
    this.#armTimer();
  }

  #armTimer(): void {
    const atMs = Math.min(
      this.#neighbours.dueAtMs,
      this.#acks.dueAtMs,
      this.#echoes.dueAtMs,
      this.#knowledge.dueAtMs,
      this.#recovery.dueAtMs,
    );
    if (atMs >= this.#timerAtMs) return;
    this.#timerAtMs = atMs;
    this.#effects.push({type: 'arm-timer', atMs});
  }

  #send(messages: readonly {readonly link: LinkId; readonly message: Message}[]): void {
    for (const {link, message} of messages) this.#effects.push({type: 'send', link, message});
  }

  #report(event: LeaderEvent): void {
    this.#effects.push({type: 'report', event});
  }
}
