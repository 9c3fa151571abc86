/**
 * The replica: `step(input, now) → effects`. It holds the whole replication algorithm and uses no socket,
 * disk or clock, so the simulator and the leader process run the same code. Only `step` changes a replica.
 *
 * One step (like `Ready` in etcd's raft, `node.go`, it returns all work for the caller as data):
 *
 *     input ──→ handle ──→ recover ──→ persist ──→ settle ──→ effects
 *
 *     handle    does what the input asks: a client's request, a message, a setting, a tick, the disk's answer
 *     recover   fetches operations of this leader's own that its log lacks (links/recovery.ts)
 *     persist   makes one `persist` effect of all operations that the step applied
 *     settle    answers clients, sends operations and acknowledgements that may leave by now, sets the timer
 *
 * The caller carries out the effects in their order, and the effects of one step before those of the next.
 * What each effect demands of the caller:
 *
 *     persist    comes first. Write the operations behind those of earlier `persist` effects. When they
 *                survive a crash, step `persisted`. If the disk refuses them, drop them and all that wait
 *                behind them, and step `persist-failed`. No other effect waits for this one: the replica
 *                keeps back what depends on the disk and releases it in the step of `persisted` (invariant 2)
 *     send       per link in order. The message may be lost, duplicated or late: the replica sends it again
 *     reply      once for each request; the request is finished then
 *     report     for the lab and other observers; the protocol does not depend on it
 *     arm-timer  replaces the time set before: step `tick` at this monotonic time
 *     drop-link  close the connection, step `link-closed`, and dial again
 *
 * The numbered invariants, cited where they are enforced:
 * 1. the log holds operations 1..n of each origin without a gap (log/log.ts);
 * 2. persisted before acknowledged or sent on (links/pending-persist.ts; links/progress.ts sends only what is
 *    persisted);
 * 3. an operation is applied once (links/inbox.ts drops duplicates; log/log.ts asserts it);
 * 4. under a resolver that claims to converge, state is a function of the *set* of operations (fold/fold.ts,
 *    resolvers/);
 * 5. an acknowledged operation never leaves the log (log/log.ts forgets only what was never persisted);
 * 6. the HLC only rises, and a remote clock further ahead than the drift limit is reported, never adopted
 *    (log/hybrid-clock.ts, applied-state.ts);
 * 7. a leader never reuses a dot that a reachable peer holds (links/recovery.ts); a reused dot is detected
 *    and reported (links/detect-reused-dots.ts).
 */
import {assert, assertNever} from '../base/assert.ts';
import type {Failure} from '../base/failure.ts';
import {type Key, type LeaderId, linkEnds} from '../base/ids.ts';
import {AppliedState} from './applied-state.ts';
import {CurrentStep} from './current-step.ts';
import type {Fold} from './fold/fold.ts';
import type {AckMode, Delivery, Effect, Input, Now, Setting, WriteRequest} from './io/input-effect.ts';
import type {HaltedOrigin, LeaderEvent, RequestId} from './io/leader-event.ts';
import {Acks} from './links/acks.ts';
import type {LinkStatus} from './links/outbound-links.ts';
import {WAITING_OPS} from './links/waiting-ops.ts';
import type {Hlc} from './log/hybrid-clock.ts';
import type {Op} from './log/op.ts';
import type {Dot, VersionVector} from './log/version-vector.ts';
import {Replication} from './replication.ts';
import type {CustomModule} from './resolvers/custom-module.ts';
import type {ResolverSpec} from './resolvers/registry.ts';

export interface ReplicaOptions {
  readonly self: LeaderId;
  /** Only leaders of the same cluster talk. */
  readonly cluster: string;
  readonly resolver: ResolverSpec;
  readonly custom?: CustomModule;
  /** Defaults: `fifo`, `local`, the loop guard is on, and this leader is the only member. */
  readonly delivery?: Delivery;
  readonly ack?: AckMode;
  readonly loopguard?: boolean;
  readonly members?: readonly LeaderId[];
  /** How many operations may wait for operations that they depend on. */
  readonly waitingOps?: number;
  /** The log as persisted, in arrival order. */
  readonly ops: Iterable<Op>;
  /**
   * Whether `ops` may lack operations that a leader by this name has already sent, as after every start but
   * the first. Then the leader asks its peers before it accepts a write.
   */
  readonly recovers?: boolean;
}

type ReplyEffect = Extract<Effect, {type: 'reply'}>;

/** One leader's replication algorithm: only `step` changes it, and returns what the caller must carry out. */
export class Replica {
  readonly self: LeaderId;
  readonly #step = new CurrentStep();
  readonly #state: AppliedState;
  readonly #acks: Acks;
  readonly #replication: Replication;
  /** The number of arrivals that were given to the disk. persistedCount <= givenToDisk <= arrivals. */
  #givenToDisk: number;
  /** The time of the last `arm-timer`, unless a tick came since. Monotonic ms. */
  #timerAtMs = Number.POSITIVE_INFINITY;
  /** True before the first step: no clock was read yet, and nothing was reported about the log. */
  #isFresh = true;

  constructor(options: ReplicaOptions) {
    const {self, ack = 'local', members = [self]} = options;
    this.self = self;
    const step = this.#step;
    this.#state = new AppliedState(
      self,
      {resolver: options.resolver, custom: options.custom, ops: options.ops},
      step,
    );
    this.#givenToDisk = this.#state.log.arrivals.length;
    const replication = new Replication(
      {
        self,
        members,
        cluster: options.cluster,
        delivery: options.delivery ?? 'fifo',
        loopguard: options.loopguard ?? true,
        waitingLimit: options.waitingOps ?? WAITING_OPS,
        recovers: options.recovers ?? false,
        spreadsKnowledge: ack !== 'local',
        accept: write => this.#accept(write),
      },
      this.#state,
      step,
    );
    this.#replication = replication;
    this.#acks = new Acks(
      self,
      {mode: ack, members},
      (leader, dot) => replication.isOnDisk(leader, dot),
      step.emit.bind(step),
    );
  }

  /** Takes in what happened, and returns what to do. The header says what each effect demands. */
  step(input: Input, now: Now): readonly Effect[] {
    this.#step.begin(now);
    if (this.#isFresh) this.#state.start();
    this.#isFresh = false;
    this.#handle(input);
    this.#replication.recover();
    this.#persist();
    this.#settle();
    return this.#step.effects;
  }

  // What a leader reports about itself. Nothing here changes it.

  get vv(): VersionVector {
    return this.#state.log.vv;
  }
  get hlc(): Hlc {
    return this.#state.hlc;
  }
  get resolver(): ResolverSpec {
    return this.#state.resolver;
  }
  get fold(): Fold {
    return this.#state.fold;
  }
  /** The persisted operations, in order of arrival. */
  get log(): readonly Op[] {
    const {arrivals, persistedCount} = this.#state.log;
    return arrivals.slice(0, persistedCount);
  }
  /** The operation with this dot, if it is applied here. */
  op(dot: Dot): Op | undefined {
    return this.#state.log.get(dot);
  }
  get opCount(): number {
    return this.#state.log.arrivals.length;
  }
  get delivery(): Delivery {
    return this.#replication.inbox.delivery;
  }
  get ack(): AckMode {
    return this.#acks.mode;
  }
  get loopguard(): boolean {
    return this.#replication.loopguard;
  }
  get members(): readonly LeaderId[] {
    return this.#acks.members;
  }
  /** Whether writes wait until this leader has recovered its own operations, or knows that it lacks none. */
  get isRecovering(): boolean {
    return this.#replication.recovery.isUnderWay;
  }
  /** Origins whose operations are not applied here any more, under `halt`. */
  get halted(): readonly HaltedOrigin[] {
    return this.#replication.inbox.halted;
  }
  /** The conflicts that exist now, as reports for a lab that knows none of them. */
  conflicts(): readonly LeaderEvent[] {
    return this.#state.conflicts();
  }
  /** The number of operations received that wait for operations that they depend on. */
  get buffered(): number {
    return this.#replication.inbox.waitingOps;
  }
  /** The number of operations put on links; repetitions and echoes count too. */
  get sentOps(): number {
    return this.#replication.sentOps;
  }
  get echoedOps(): number {
    return this.#replication.echoedOps;
  }
  /** The number of arrivals of operations that had arrived before. */
  get redundantOps(): number {
    return this.#replication.redundantOps;
  }
  /** For each outgoing link: the state of the connection, and how many operations it still has to deliver. */
  links(): readonly LinkStatus[] {
    return this.#replication.outbound.links();
  }

  #handle(input: Input): void {
    const {now} = this.#step;
    switch (input.type) {
      case 'write-requested':
        return this.isRecovering
          ? this.#replication.recovery.wait(input, now.monotonicMs)
          : this.#accept(input);
      case 'read-requested':
        return this.#replyWhenPersisted(this.#readReply(input.request, input.key), input.key);
      case 'message-received':
        return this.#replication.receive(input.link, input.message);
      case 'link-opened':
        return this.#replication.outbound.open(linkEnds(input.link).to, now);
      case 'link-closed':
        return this.#replication.outbound.close(linkEnds(input.link).to);
      case 'skip-requested':
        return this.#replyWhenPersisted({
          type: 'reply',
          request: input.request,
          reply: {type: 'skipped', dots: this.#replication.inbox.skip(input.origin)},
        });
      case 'persisted':
        return this.#persisted(input.count);
      case 'persist-failed':
        return this.#persistFailed(input.reason);
      case 'tick':
        this.#timerAtMs = Number.POSITIVE_INFINITY;
        return this.#replication.tick();
      case 'setting-changed':
        return this.#change(input.setting);
      default:
        return assertNever(input);
    }
  }

  // Requests of clients.

  #accept(asked: WriteRequest): void {
    const {request} = asked;
    assert(!this.isRecovering, '7: no dot is given away during a recovery');
    const accepted = this.#state.accept(asked);
    if (!accepted.ok)
      return this.#replyWhenPersisted({
        type: 'reply',
        request,
        reply: {type: 'refused', failure: accepted.failure},
      });
    const op = this.#state.nextOp(accepted.value);
    const {inbox} = this.#replication;
    // Fetched operations of this leader that still wait could not be applied after this one.
    inbox.forget(this.self);
    this.#state.apply({op, hops: 0}, request);
    this.#acks.add(request, op.dot, this.#step.now.monotonicMs);
    // A peer's operation waits for this dot only if this leader used the dot before and lost that operation.
    if (inbox.waitingOps > 0) inbox.drain();
  }

  #readReply(request: RequestId, key: Key): ReplyEffect {
    return {type: 'reply', request, reply: this.#state.readReply(key)};
  }

  /** The reply may show unpersisted operations, so it waits for them. `readKey`: the key of a read. */
  #replyWhenPersisted(reply: ReplyEffect, readKey?: Key): void {
    this.#replication.pendingPersist.whenPersisted(reply, readKey);
  }

  // The disk.

  #persist(): void {
    const {arrivals, persistedCount} = this.#state.log;
    const from = this.#givenToDisk;
    assert(persistedCount <= from && from <= arrivals.length, 'the disk gets each operation once');
    this.#givenToDisk = arrivals.length;
    if (arrivals.length > from) this.#step.emitFirst({type: 'persist', from, ops: arrivals.slice(from)});
  }

  #persisted(count: number): void {
    assert(count <= this.#givenToDisk, '2: the disk has no more than it was given');
    this.#state.log.markPersisted(count);
    this.#replication.persisted();
    this.#acks.settle(this.#step.now.monotonicMs);
    this.#replication.pendingPersist.settle();
  }

  #persistFailed(reason: string): void {
    const forgotten = this.#state.dropUnpersisted();
    const {persistedCount} = this.#state.log;
    assert(persistedCount + forgotten >= this.#givenToDisk, 'what the disk refused was in the log');
    this.#givenToDisk = persistedCount;
    this.#replication.diskRefused();
    const failure: Failure = {
      code: 'storage',
      message: `the disk refused the write: ${reason}`,
      hint: 'reads continue; writes are accepted again as soon as the disk accepts them',
    };
    this.#acks.refuseUnpersisted(failure);
    this.#replication.pendingPersist.refuse(failure, (request, key) => this.#readReply(request, key));
    this.#step.report({type: 'storage-failed', reason, forgotten});
  }

  // Settings.

  #change(setting: Setting): void {
    switch (setting.name) {
      case 'resolver':
        if (this.#state.changeResolver(setting.value, setting.custom)) this.#replication.inbox.resume();
        return;
      case 'peers':
        return this.#replication.outbound.set(setting.value);
      case 'delivery':
        this.#replication.inbox.delivery = setting.value;
        return;
      case 'ack':
        this.#acks.mode = setting.value;
        this.#replication.spreadsKnowledge = setting.value !== 'local';
        return;
      case 'loopguard':
        this.#replication.loopguard = setting.value;
        return;
      case 'members':
        this.#acks.members = setting.value;
        this.#replication.members = setting.value;
        return;
      default:
        return assertNever(setting);
    }
  }

  /** The end of every step. */
  #settle(): void {
    this.#acks.settle(this.#step.now.monotonicMs);
    this.#replication.settle();
    const atMs = Math.min(this.#acks.dueAtMs, this.#replication.dueAtMs);
    if (atMs >= this.#timerAtMs) return;
    this.#timerAtMs = atMs;
    this.#step.emit({type: 'arm-timer', atMs});
  }
}
