/**
 * The clients of a plan, and the trace of all that they, the leaders and the nemesis did.
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
import type {Site} from './site.ts';
import {type Answer, type Attendant, type Watcher, World, type WorldOptions} from './world.ts';

type Promised = Extract<TraceEvent, {type: 'answered'}>['promise'] & object;

interface Waiting {
  readonly ops: number;
  readonly delivery: Delivery;
}

const NOTHING_WAITS: Waiting = {ops: 0, delivery: 'fifo'};

type Told<One = TraceEvent> = One extends unknown ? Omit<One, 'atMs'> : never;

function standingOf({replica: {vv, fold}}: Site): Standing {
  return {
    vv,
    readings: Object.fromEntries([...fold.keys()].map(key => [key, fold.read(key)])),
    lost: Object.fromEntries([...fold.disturbedKeys()].map(key => [key, fold.lost(key)])),
  };
}

export class PlanClients implements Watcher {
  readonly world: World;
  readonly events: TraceEvent[] = [];
  /** Only then can a leader give a dot twice. */
  hasLostDisk = false;
  readonly #collector: ConflictCollector;
  /** How many operations were last seen waiting there, and under which delivery. */
  readonly #waiting = new Map<LeaderId, Waiting>();
  #requests = 0;

  constructor(options: Omit<WorldOptions, 'watcher' | 'recovers'>) {
    this.world = new World({...options, recovers: true, watcher: this});
    this.#collector = new ConflictCollector(
      (leader, reports) => this.tell({type: 'told', leader, reports}),
      (ms, run) => this.world.at(this.world.nowMs + ms, () => run(this.world.nowMs)),
    );
  }

  write(at: LeaderId, writes: readonly Asked[], guard?: Guard): void {
    const request = this.#asks(at, writes);
    const input =
      guard === undefined
        ? ({type: 'write-requested', writes} as const)
        : ({type: 'write-requested', writes, guard} as const);
    this.world.ask(at, input, answer => this.#written(at, request, answer), this.#attendant(request, guard));
  }

  read(at: LeaderId, key: Key): void {
    const request = this.#asks(at, []);
    this.world.ask(at, {type: 'read-requested', key}, answer => {
      if (answer.type !== 'read') return;
      this.tell({type: 'read', request, leader: at, key, reading: answer.reading, vv: answer.vv});
    });
  }

  tell(event: Told): void {
    if (event.type === 'disk-lost') this.hasLostDisk = true;
    this.events.push({...event, atMs: this.world.nowMs});
  }

  /** A leader is a member from now on, with what was on its disk. */
  joined(site: Site): void {
    this.tell({type: 'joined', leader: site.id, wallMs: this.#wallMs(site), ...standingOf(site)});
    this.#began(site);
  }

  /** The lab's conflict log after all leaders have reported everything. */
  conflicts(): ListedConflicts {
    return this.#collector.conflicts(
      this.world.sites().filter(({status}) => status !== 'down'),
      this.world.nowMs,
    );
  }

  reported(site: Site, event: LeaderEvent): void {
    switch (event.type) {
      case 'applied':
        return this.#applied(site, event.dot, event.request !== undefined);
      case 'acknowledged':
        return this.#collector.report(site, event);
      case 'conflict':
      case 'losses':
        this.#collector.report(site, event);
        return this.#reported(site, event);
      case 'refolded':
      case 'storage-failed':
        this.#collector.report(site, event);
        return this.tell({type: 'reported', leader: site.id, event, now: standingOf(site)});
      case 'halted':
      case 'clock-ahead':
      case 'recovered':
      case 'dot-reused':
        return this.#reported(site, event);
      case 'not-recovered': {
        const {from, to} = event;
        return this.tell({
          type: 'gave-up',
          leader: site.id,
          from,
          to,
          helpers: this.world.helpers(site.id, RECOVERY_LIMIT_MS),
        });
      }
      default:
        return;
    }
  }

  stepped({id, replica, orders: {delivery}}: Site): void {
    const ops = replica.buffered;
    const before = this.#waiting.get(id) ?? NOTHING_WAITS;
    if (ops === before.ops && (ops === 0 || delivery === before.delivery)) return;
    this.#waiting.set(id, {ops, delivery});
    this.tell({type: 'waits', leader: id, ops, delivery});
  }

  /** What a leader that starts waits for, and what tells it of operations of its own that it lacks. */
  heard({id, replica}: Site, peer: LeaderId, has: number, isGreeting: boolean): void {
    if (replica.isRecovering || has > seqOf(replica.vv, id))
      this.tell({type: 'heard', leader: id, peer, has, isGreeting});
  }

  sent({id, diskVv, orders: {loopguard}}: Site, message: Extract<Message, {type: 'ops' | 'echo'}>): void {
    const isEcho = message.type === 'echo';
    message.ops.forEach(({dot}, i) => {
      const isOnDisk = covers(diskVv, dot);
      const hops = message.hops[i] ?? 0;
      const isUsual = isOnDisk && !(isEcho && (loopguard || hops > HOP_LIMIT));
      if (!isUsual) this.tell({type: 'sent', leader: id, dot, isOnDisk, isEcho, hops, loopguard});
    });
  }

  arrived(): void {}

  crashed(site: Site): void {
    this.#collector.ended(site);
    this.#waiting.delete(site.id);
    this.tell({type: 'crashed', leader: site.id});
  }

  started(site: Site): void {
    this.tell({type: 'started', leader: site.id, wallMs: this.#wallMs(site), ...standingOf(site)});
    this.#began(site);
  }

  /** A founder or a returning leader: the lab receives the conflicts in its log. */
  #began(site: Site): void {
    for (const event of this.#collector.began(site))
      if (event.type === 'conflict') this.#reported(site, event);
  }

  /** The founders, before anything happens. */
  founded(): void {
    for (const site of this.world.sites()) this.#collector.began(site);
  }

  #applied(site: Site, dot: Dot, isNew: boolean): void {
    const {id, replica, orders} = site;
    const op = must(replica.op(dot), 'what was applied is in the log');
    const {fold, vv, resolver} = replica;
    const atMs = this.world.nowMs;
    if (isNew && this.hasLostDisk) this.#lookForDot(id, dot);
    // Not through `tell`: most of a trace is these, and none need be copied.
    this.events.push({
      type: 'applied',
      leader: id,
      op,
      vv,
      digest: fold.digest(),
      readings: op.writes.map(({key}) => fold.read(key)),
      resolver: showResolver(resolver),
      delivery: orders.delivery,
      wallMs: this.#wallMs(site),
      ...(dot.origin === id && !isNew ? {isRecovered: true} : {}),
      atMs,
    });
  }

  /** The leader gives this dot to a new operation. */
  #lookForDot(leader: LeaderId, dot: Dot): void {
    const holders = this.world.holders(dot).filter(other => other !== leader);
    if (holders.length > 0)
      this.tell({type: 'reused', leader, dot, holders, neighbours: this.world.neighbours(leader)});
  }

  #wallMs(site: Site): number {
    return site.now(this.world.nowMs).wallMs;
  }

  #reported({id: leader}: Site, event: TracedReport): void {
    this.events.push({type: 'reported', leader, event, atMs: this.world.nowMs});
  }

  #attendant(request: number, guard: Guard | undefined): Attendant {
    let reading: Reading | undefined;
    return {
      before({replica}) {
        reading = guard && replica.fold.read(guard.key);
      },
      decided: ({id: leader}, dot, written) => {
        const guarded =
          guard === undefined || reading === undefined || written.includes(guard.key) ? {} : {guard, reading};
        this.tell({type: 'taken', request, leader, dot, ...guarded});
      },
    };
  }

  #asks(leader: LeaderId, writes: readonly Asked[]): number {
    this.#requests += 1;
    this.events.push({type: 'asked', request: this.#requests, leader, writes, atMs: this.world.nowMs});
    return this.#requests;
  }

  #written(leader: LeaderId, request: number, answer: Answer): void {
    switch (answer.type) {
      case 'accepted':
        return this.#confirmed(leader, request, 'ok', answer.dot, this.#promise(leader, answer.dot));
      case 'unconfirmed':
        return this.#confirmed(leader, request, 'info', answer.dot, {
          ...this.#promise(leader, answer.dot),
          confirmed: answer.confirmed,
        });
      case 'refused':
        return this.tell({type: 'answered', request, leader, status: 'fail', code: answer.failure.code});
      case 'gone':
        return this.tell({type: 'answered', request, leader, status: answer.wasAsked ? 'info' : 'fail'});
      case 'read':
      case 'skipped':
        return;
      default:
        return assertNever(answer);
    }
  }

  #confirmed(leader: LeaderId, request: number, status: 'ok' | 'info', dot: Dot, promise: Promised): void {
    this.events.push({type: 'answered', request, leader, status, dot, promise, atMs: this.world.nowMs});
  }

  #promise(leader: LeaderId, dot: Dot): AckPromise {
    const {ack, members} = this.world.site(leader).orders;
    return {ack, members, onDisk: this.world.holders(dot)};
  }
}
