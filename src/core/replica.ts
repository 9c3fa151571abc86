/**
 * The replica: `step(replica, input, now) -> effects`. All of the replication algorithm, and nothing of sockets, disks or clocks; the
 * simulator and the leader process run this same code. A replica is changed in place, and only by `step`.
 *
 * The numbered invariants, cited where they are enforced:
 * 1. the log holds operations 1..n of each origin without a gap (log.ts);
 * 2. persisted before acknowledged or sent on (here: `#whenPersisted`; progress.ts sends only what is persisted);
 * 3. an operation is applied once (here: `#receiveOps` drops what the version vector covers);
 * 4. under a resolver that claims to converge, state is a function of the *set* of operations (fold.ts, resolvers/);
 * 5. an acknowledged operation never leaves the log (log.ts forgets only what was never persisted);
 * 6. the HLC only rises, and a remote clock further ahead than the drift limit is reported, never adopted (hlc.ts, here).
 */
import {assertNever} from '../base/assert.ts';
import type {Failure} from '../base/failure.ts';
import {type Key, type LeaderId, type LinkId, linkEnds} from '../base/ids.ts';
import {acceptIntent} from './accept.ts';
import type {LeaderEvent} from './event.ts';
import {Fold} from './fold.ts';
import {compareHlc, HLC_ZERO, type Hlc, observeHlc, tickHlc} from './hlc.ts';
import {OpLog} from './log.ts';
import {type Message, PROTOCOL} from './message.ts';
import {type LinkStatus, Neighbours} from './neighbours.ts';
import {type Intent, type KeyWrite, type Op, writeOf} from './op.ts';
import type {CustomModule} from './resolvers/custom-module.ts';
import {type ResolverSpec, resolverOf} from './resolvers/index.ts';
import type {Effect, Input, Now, RequestId, Setting} from './step.ts';
import {compareDots, type Dot, type VersionVector} from './version-vector.ts';

export interface ReplicaOptions {
  readonly self: LeaderId;
  /** Only leaders of the same cluster talk. */
  readonly cluster: string;
  readonly resolver: ResolverSpec;
  readonly custom?: CustomModule;
  /** The log as persisted, in arrival order. */
  readonly ops: Iterable<Op>;
}

export class Replica {
  readonly self: LeaderId;
  readonly #cluster: string;
  readonly #log = new OpLog();
  readonly #neighbours: Neighbours;
  #fold: Fold;
  #resolver: ResolverSpec;
  #custom: CustomModule | undefined;
  #hlc: Hlc = HLC_ZERO;
  /** Effects that may only happen once so many arrivals are persisted, in order (invariant 2). */
  #held: {readonly count: number; readonly effect: Effect; readonly readKey?: Key}[] = [];
  #effects: Effect[] = [];

  constructor(options: ReplicaOptions) {
    this.self = options.self;
    this.#cluster = options.cluster;
    this.#resolver = options.resolver;
    this.#custom = options.custom;
    for (const op of options.ops) {
      this.#log.append(op);
      if (compareHlc(op.hlc, this.#hlc) > 0) this.#hlc = op.hlc;
    }
    this.#log.markPersisted(this.#log.arrivals.length);
    this.#fold = new Fold(resolverOf(this.#resolver, this.#custom), this.#log.arrivals);
    this.#neighbours = new Neighbours(
      this.self,
      this.#log,
      () => this.#hello(),
      effect => this.#effects.push(effect),
    );
  }

  step(input: Input, now: Now): readonly Effect[] {
    this.#effects = [];
    this.#handle(input, now);
    this.#neighbours.settle(now);
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
  get opCount(): number {
    return this.#log.arrivals.length;
  }
  /** Per outgoing link: the state of the connection, and how many operations it has still to deliver. */
  links(): readonly LinkStatus[] {
    return this.#neighbours.links();
  }

  #handle(input: Input, now: Now): void {
    switch (input.type) {
      case 'write-requested':
        return this.#write(input.request, input.writes, now);
      case 'read-requested':
        return this.#whenPersisted(this.#readReply(input.request, input.key), input.key);
      case 'message-received':
        return this.#receive(input.link, input.message, now);
      case 'link-opened':
        return this.#neighbours.open(linkEnds(input.link).to, now);
      case 'link-closed':
        return this.#neighbours.close(linkEnds(input.link).to);
      case 'skip-requested':
        return this.#whenPersisted({type: 'reply', request: input.request, reply: {type: 'skipped', dots: []}});
      case 'persisted':
        return this.#persisted(input.count);
      case 'persist-failed':
        return this.#persistFailed(input.reason);
      case 'tick':
        return this.#neighbours.tick(now);
      case 'setting-changed':
        return this.#change(input.setting);
      default:
        return assertNever(input);
    }
  }

  // Writes of clients.

  #write(request: RequestId, writes: readonly {readonly key: Key; readonly intent: Intent}[], now: Now): void {
    const changes: KeyWrite[] = [];
    for (const {key, intent} of writes) {
      const accepted = acceptIntent(this.#fold, key, intent);
      if (!accepted.ok) return this.#whenPersisted({type: 'reply', request, reply: {type: 'refused', failure: accepted.failure}});
      changes.push(accepted.value);
    }
    this.#hlc = tickHlc(this.#hlc, now.wallMs);
    const after = this.#log.vv;
    const dot: Dot = {origin: this.self, seq: (after[this.self] ?? 0) + 1};
    this.#apply([{dot, after, hlc: this.#hlc, wallMs: now.wallMs, writes: changes}]);
    this.#whenPersisted({type: 'report', event: {type: 'acknowledged', dot}});
    this.#whenPersisted({type: 'reply', request, reply: {type: 'accepted', dot}});
  }

  /** Into the log, the visible state and the hands of the disk; then whatever the conflict log should know. */
  #apply(ops: readonly Op[]): void {
    if (ops.length === 0) return;
    this.#effects.push({type: 'persist', from: this.#log.arrivals.length, ops});
    for (const op of ops) {
      this.#log.append(op);
      this.#fold.apply(op);
      this.#report({type: 'applied', dot: op.dot, keys: op.writes.map(({key}) => key), hops: op.dot.origin === this.self ? 0 : 1});
      for (const {key} of op.writes) this.#reportConflict(key);
    }
  }

  #reportConflict(key: Key): void {
    const conflict = this.#fold.conflictOn(key);
    if (conflict === undefined) return;
    const {members} = conflict.frontier;
    const preferred = conflict.reversedBy ? this.#log.get(conflict.reversedBy) : undefined;
    const change = preferred?.writes.find(write => write.key === key);
    const writes = preferred && change ? [...members, writeOf(preferred, change)].sort((a, b) => compareDots(a.dot, b.dot)) : members;
    this.#report({
      type: 'conflict',
      key,
      relation: preferred ? 'reversed' : 'concurrent',
      writes,
      resolver: this.#resolver.name,
      shows: conflict.reading,
      lost: this.#fold.lost(key),
      torn: [],
      why: this.#fold.explain(key),
    });
  }

  // Messages of neighbours.

  #receive(link: LinkId, message: Message, now: Now): void {
    const {from, to} = linkEnds(link);
    if (to === this.self) this.#receiveForth(link, from, message, now);
    else this.#neighbours.receive(to, message, now);
  }

  #receiveForth(link: LinkId, from: LeaderId, message: Message, now: Now): void {
    if (message.type === 'hello') this.#whenPersisted({type: 'send', link, message: this.#hello()});
    else if (message.type === 'ping') this.#send(link, {type: 'pong', sentAtMs: message.sentAtMs, have: this.#log.persistedVv});
    else if (message.type === 'ops') this.#receiveOps(link, from, message.batch, message.ops, now);
  }

  #receiveOps(link: LinkId, from: LeaderId, batch: number, ops: readonly Op[], now: Now): void {
    let hasGap = false;
    let redundant = 0;
    const fresh: Op[] = [];
    const next = new Map<LeaderId, number>();
    for (const op of ops) {
      const {origin, seq} = op.dot;
      const expected = next.get(origin) ?? (this.#log.vv[origin] ?? 0) + 1;
      if (seq < expected) redundant += 1;
      else if (seq > expected) hasGap = true;
      else {
        fresh.push(op);
        next.set(origin, seq + 1);
        this.#observeClock(op, now);
      }
    }
    this.#apply(fresh);
    if (redundant > 0) this.#report({type: 'redundant', from, count: redundant});
    this.#acknowledge(link, hasGap ? batch : undefined);
  }

  #observeClock(op: Op, now: Now): void {
    const adopted = observeHlc(this.#hlc, op.hlc, now.wallMs);
    if (adopted !== undefined) this.#hlc = adopted;
    else this.#report({type: 'clock-ahead', origin: op.dot.origin, aheadMs: op.hlc.wallMs - now.wallMs});
  }

  /** Says what is persisted here, once what has just been received is. */
  #acknowledge(link: LinkId, gapAt: number | undefined): void {
    const message: Message = gapAt === undefined ? {type: 'have', have: {}} : {type: 'have', have: {}, gapAt};
    this.#whenPersisted({type: 'send', link, message});
  }

  #hello(): Message {
    return {type: 'hello', protocol: PROTOCOL, leader: this.self, cluster: this.#cluster, have: this.#log.persistedVv};
  }

  // The disk.

  /** Lets the effect happen now if everything applied is persisted, else as soon as it is (invariant 2). */
  #whenPersisted(effect: Effect, readKey?: Key): void {
    const count = this.#log.arrivals.length;
    if (count === this.#log.persistedCount) this.#release(effect);
    else this.#held.push(readKey === undefined ? {count, effect} : {count, effect, readKey});
  }

  #readReply(request: RequestId, key: Key): Extract<Effect, {type: 'reply'}> {
    return {type: 'reply', request, reply: {type: 'read', reading: this.#fold.read(key)}};
  }

  #release(effect: Effect): void {
    if (effect.type === 'send' && effect.message.type === 'have') {
      return this.#send(effect.link, {...effect.message, have: this.#log.persistedVv});
    }
    if (effect.type === 'send' && effect.message.type === 'hello') return this.#send(effect.link, this.#hello());
    this.#effects.push(effect);
  }

  #persisted(count: number): void {
    this.#log.markPersisted(count);
    const ready = this.#held.filter(held => held.count <= count);
    this.#held = this.#held.slice(ready.length);
    for (const {effect} of ready) this.#release(effect);
  }

  #persistFailed(reason: string): void {
    const forgotten = this.#log.arrivals.length - this.#log.persistedCount;
    this.#log.dropUnpersisted();
    this.#fold = new Fold(resolverOf(this.#resolver, this.#custom), this.#log.arrivals);
    const held = this.#held;
    this.#held = [];
    const failure: Failure = {
      code: 'storage',
      message: `the disk refused the write: ${reason}`,
      hint: 'reads go on; writes will be taken again when the disk does',
    };
    for (const {effect, readKey} of held) {
      if (effect.type !== 'reply') continue;
      if (readKey !== undefined) this.#effects.push(this.#readReply(effect.request, readKey));
      else this.#effects.push(effect.reply.type === 'accepted' ? {...effect, reply: {type: 'refused', failure}} : effect);
    }
    this.#report({type: 'storage-failed', reason, forgotten});
  }

  // Settings.

  #change(setting: Setting): void {
    if (setting.name === 'resolver') {
      this.#resolver = setting.value;
      this.#custom = setting.custom;
      this.#fold = new Fold(resolverOf(setting.value, setting.custom), this.#log.arrivals);
      this.#report({type: 'refolded', resolver: setting.value.name});
      for (const key of this.#fold.keys()) this.#reportConflict(key);
    } else if (setting.name === 'neighbours') {
      this.#neighbours.set(setting.value);
    }
  }

  #send(link: LinkId, message: Message): void {
    this.#effects.push({type: 'send', link, message});
  }

  #report(event: LeaderEvent): void {
    this.#effects.push({type: 'report', event});
  }
}
