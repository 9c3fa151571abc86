/**
 * The clients of a plan, and the trace of everything that the clients, the leaders and the nemesis do.
 */
import {assertNever, must} from '../base/assert.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import {type Delivery, type Guard, HOP_LIMIT} from '../core/io/input-effect.ts';
import type {LeaderEvent} from '../core/io/leader-event.ts';
import type {Message} from '../core/io/message.ts';
import {RECOVERY_LIMIT_MS} from '../core/links/recovery.ts';
import {covers, type Dot, seqOf} from '../core/log/version-vector.ts';
import {showResolver} from '../core/resolvers/registry.ts';
import type {Reading} from '../core/state/reading.ts';
import type {
  AckPromise,
  Asked,
  ListedConflicts,
  Standing,
  TracedReport,
  TraceEvent,
} from '../history/trace.ts';
import {ConflictCollector} from './conflict-collector.ts';
import type {Answer, RequestObserver} from './pending-requests.ts';
import {availableHelpers} from './recovery-helpers.ts';
import type {Site} from './site.ts';
import {World, type WorldObserver, type WorldOptions} from './world.ts';

/** What the leader had promised of the write when it answered. */
type Promised = Extract<TraceEvent, {type: 'answered'}>['promise'] & object;

/** How many operations wait at a leader for their dependencies, and under which delivery. */
interface Waiting {
  readonly ops: number;
  readonly delivery: Delivery;
}

const NOTHING_WAITS: Waiting = {ops: 0, delivery: 'fifo'};

/** An event of the trace; its time is added when it is recorded. */
type NewEvent<One = TraceEvent> = One extends unknown ? Omit<One, 'atMs'> : never;

function standingOf({replica: {vv, fold}}: Site): Standing {
  return {
    vv,
    readings: Object.fromEntries([...fold.keys()].map(key => [key, fold.read(key)])),
    lost: Object.fromEntries([...fold.disturbedKeys()].map(key => [key, fold.lost(key)])),
  };
}

/** Sends the requests of a plan, and records the trace. */
export class PlanClients implements WorldObserver {
  readonly world: World;
  readonly events: TraceEvent[] = [];
  /** A leader can give a dot twice only after a disk was lost. */
  hasLostDisk = false;
  readonly #collector: ConflictCollector;
  /** The last recorded state of each leader; a leader without waiting operations may be absent. */
  readonly #waiting = new Map<LeaderId, Waiting>();
  #requests = 0;

  constructor(options: Omit<WorldOptions, 'observer' | 'recovers'>) {
    this.world = new World({...options, recovers: true, observer: this});
    this.#collector = new ConflictCollector(
      (leader, reports) => this.record({type: 'reports-received', leader, reports}),
      (ms, run) => this.world.time.after(ms, () => run(this.world.time.nowMs)),
    );
  }

  write(at: LeaderId, writes: readonly Asked[], guard?: Guard): void {
    const request = this.#recordAsked(at, writes);
    const input =
      guard === undefined
        ? ({type: 'write-requested', writes} as const)
        : ({type: 'write-requested', writes, guard} as const);
    this.world.ask(
      at,
      input,
      answer => this.#recordAnswer(at, request, answer),
      this.#observerOf(request, guard),
    );
  }

  read(at: LeaderId, key: Key): void {
    const request = this.#recordAsked(at, []);
    this.world.ask(at, {type: 'read-requested', key}, answer => {
      if (answer.type !== 'read') return;
      this.record({type: 'read', request, leader: at, key, reading: answer.reading, vv: answer.vv});
    });
  }

  record(event: NewEvent): void {
    if (event.type === 'disk-lost') this.hasLostDisk = true;
    this.events.push({...event, atMs: this.world.time.nowMs});
  }

  /** The leader became a member, with the log on its disk. */
  joined(site: Site): void {
    this.record({type: 'joined', leader: site.id, wallMs: this.#wallMs(site), ...standingOf(site)});
    this.#startReporting(site);
  }

  /** The lab's conflict log after all leaders have reported everything. */
  conflicts(): ListedConflicts {
    return this.#collector.conflicts(
      this.world.sites().filter(({status}) => status !== 'down'),
      this.world.time.nowMs,
    );
  }

  reported(site: Site, event: LeaderEvent): void {
    switch (event.type) {
      case 'applied':
        return this.#recordApplied(site, event.dot, event.request !== undefined);
      case 'acknowledged':
        return this.#collector.report(site, event);
      case 'conflict':
      case 'losses':
        this.#collector.report(site, event);
        return this.#recordReport(site, event);
      case 'refolded':
      case 'storage-failed':
        this.#collector.report(site, event);
        return this.record({type: 'reported', leader: site.id, event, now: standingOf(site)});
      case 'halted':
      case 'clock-ahead':
      case 'recovered':
      case 'dot-reused':
        return this.#recordReport(site, event);
      case 'not-recovered': {
        const {from, to} = event;
        return this.record({
          type: 'gave-up',
          leader: site.id,
          from,
          to,
          helpers: availableHelpers(this.world, site.id, RECOVERY_LIMIT_MS),
        });
      }
      default:
        return;
    }
  }

  stepped({id, replica, processSettings: {delivery}}: Site): void {
    const ops = replica.buffered;
    const before = this.#waiting.get(id) ?? NOTHING_WAITS;
    if (ops === before.ops && (ops === 0 || delivery === before.delivery)) return;
    this.#waiting.set(id, {ops, delivery});
    this.record({type: 'waits', leader: id, ops, delivery});
  }

  /** Recorded if the leader waits for it at its start, or learns of own operations that it lacks. */
  acknowledged({id, replica}: Site, peer: LeaderId, has: number, isGreeting: boolean): void {
    if (replica.isRecovering || has > seqOf(replica.vv, id))
      this.record({type: 'holding-reported', leader: id, peer, has, isGreeting});
  }

  sent(
    {id, diskVv, processSettings: {loopguard}}: Site,
    message: Extract<Message, {type: 'ops' | 'echo'}>,
  ): void {
    const isEcho = message.type === 'echo';
    message.ops.forEach(({dot}, i) => {
      const isOnDisk = covers(diskVv, dot);
      const hops = message.hops[i] ?? 0;
      const isUsual = isOnDisk && !(isEcho && (loopguard || hops > HOP_LIMIT));
      if (!isUsual) this.record({type: 'sent', leader: id, dot, isOnDisk, isEcho, hops, loopguard});
    });
  }

  arrived(): void {}

  crashed(site: Site): void {
    this.#collector.ended(site);
    this.#waiting.delete(site.id);
    this.record({type: 'crashed', leader: site.id});
  }

  started(site: Site): void {
    this.record({type: 'started', leader: site.id, wallMs: this.#wallMs(site), ...standingOf(site)});
    this.#startReporting(site);
  }

  /** A new process reports the conflicts in its log. */
  #startReporting(site: Site): void {
    for (const event of this.#collector.started(site))
      if (event.type === 'conflict') this.#recordReport(site, event);
  }

  /** To be called once all founders are members, before anything happens. */
  founded(): void {
    for (const site of this.world.sites()) this.#collector.started(site);
  }

  #recordApplied(site: Site, dot: Dot, isNew: boolean): void {
    const {id, replica, processSettings} = site;
    const op = must(replica.op(dot), 'an applied operation in the log');
    const {fold, vv, resolver} = replica;
    const atMs = this.world.time.nowMs;
    if (isNew && this.hasLostDisk) this.#recordReuse(id, dot);
    // Not through `record`, which copies: most of a trace are events of this type.
    this.events.push({
      type: 'applied',
      leader: id,
      op,
      vv,
      digest: fold.digest(),
      readings: op.writes.map(({key}) => fold.read(key)),
      resolver: showResolver(resolver),
      delivery: processSettings.delivery,
      wallMs: this.#wallMs(site),
      ...(dot.origin === id && !isNew ? {isRecovered: true} : {}),
      atMs,
    });
  }

  /** The leader gives this dot to a new operation; another operation may have it already. */
  #recordReuse(leader: LeaderId, dot: Dot): void {
    const holders = this.world.holders(dot).filter(other => other !== leader);
    if (holders.length > 0)
      this.record({type: 'reused', leader, dot, holders, peers: this.world.network.peersOf(leader)});
  }

  #wallMs(site: Site): number {
    return site.now(this.world.time.nowMs).wallMs;
  }

  #recordReport({id: leader}: Site, event: TracedReport): void {
    this.events.push({type: 'reported', leader, event, atMs: this.world.time.nowMs});
  }

  #observerOf(request: number, guard: Guard | undefined): RequestObserver {
    let reading: Reading | undefined;
    return {
      before({replica}) {
        reading = guard && replica.fold.read(guard.key);
      },
      decided: ({id: leader}, dot, written) => {
        const guarded =
          guard === undefined || reading === undefined || written.includes(guard.key) ? {} : {guard, reading};
        this.record({type: 'taken', request, leader, dot, ...guarded});
      },
    };
  }

  #recordAsked(leader: LeaderId, writes: readonly Asked[]): number {
    this.#requests += 1;
    this.events.push({type: 'asked', request: this.#requests, leader, writes, atMs: this.world.time.nowMs});
    return this.#requests;
  }

  #recordAnswer(leader: LeaderId, request: number, answer: Answer): void {
    switch (answer.type) {
      case 'accepted':
        return this.#recordWritten(leader, request, 'ok', answer.dot, this.#promise(leader, answer.dot));
      case 'unconfirmed':
        return this.#recordWritten(leader, request, 'info', answer.dot, {
          ...this.#promise(leader, answer.dot),
          confirmed: answer.confirmed,
        });
      case 'refused':
        return this.record({type: 'answered', request, leader, status: 'fail', code: answer.failure.code});
      case 'gone':
        return this.record({type: 'answered', request, leader, status: answer.wasAsked ? 'info' : 'fail'});
      case 'read':
      case 'skipped':
        return;
      default:
        return assertNever(answer);
    }
  }

  #recordWritten(
    leader: LeaderId,
    request: number,
    status: 'ok' | 'info',
    dot: Dot,
    promise: Promised,
  ): void {
    this.events.push({type: 'answered', request, leader, status, dot, promise, atMs: this.world.time.nowMs});
  }

  #promise(leader: LeaderId, dot: Dot): AckPromise {
    const {ack, members} = this.world.site(leader).processSettings;
    return {ack, members, onDisk: this.world.holders(dot)};
  }
}
