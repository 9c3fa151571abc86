/**
 * The clients of a plan, and the trace of all that they, the leaders and the nemesis did.
 */

import {assertNever, must} from '../base/assert.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import type {LeaderEvent} from '../core/event.ts';
import {showResolver} from '../core/resolvers/index.ts';
import type {Guard} from '../core/step.ts';
import type {Dot} from '../core/version-vector.ts';
import type {Asked, TraceEvent} from '../history/trace.ts';
import type {Site} from './site.ts';
import {type Answer, type Watcher, World, type WorldOptions} from './world.ts';

type Told<One = TraceEvent> = One extends unknown ? Omit<One, 'atMs'> : never;

export class Clients implements Watcher {
  readonly world: World;
  readonly events: TraceEvent[] = [];
  #requests = 0;

  constructor(options: Omit<WorldOptions, 'watcher'>) {
    this.world = new World({...options, watcher: this});
  }

  write(at: LeaderId, writes: readonly Asked[], guard?: Guard): void {
    const request = this.#asks(at, writes);
    const input = guard === undefined ? ({type: 'write-requested', writes} as const) : ({type: 'write-requested', writes, guard} as const);
    this.world.ask(at, input, answer => this.#written(at, request, answer));
  }

  read(at: LeaderId, key: Key): void {
    const request = this.#asks(at, []);
    this.world.ask(at, {type: 'read-requested', key}, answer => {
      if (answer.type !== 'read') return;
      // What has been applied since may be more than what was read, never less: a reply waits for the disk.
      this.tell({type: 'read', request, leader: at, key, reading: answer.reading, vv: this.world.site(at).replica.vv});
    });
  }

  tell(event: Told): void {
    this.events.push({...event, atMs: this.world.nowMs});
  }

  reported({id, replica}: Site, event: LeaderEvent): void {
    if (event.type !== 'applied') return;
    const op = must(replica.op(event.dot), 'what was applied is in the log');
    const {fold, vv, resolver} = replica;
    const atMs = this.world.nowMs;
    // Not through `tell`: most of a trace is these, and none need be copied.
    this.events.push({
      type: 'applied',
      leader: id,
      op,
      vv,
      digest: fold.digest(),
      readings: op.writes.map(({key}) => fold.read(key)),
      resolver: showResolver(resolver),
      atMs,
    });
  }

  stepped(): void {}

  arrived(): void {}

  crashed({id}: Site): void {
    this.tell({type: 'crashed', leader: id});
  }

  started({id, replica}: Site): void {
    this.tell({type: 'started', leader: id, vv: replica.vv});
  }

  #asks(leader: LeaderId, writes: readonly Asked[]): number {
    this.#requests += 1;
    this.events.push({type: 'asked', request: this.#requests, leader, writes, atMs: this.world.nowMs});
    return this.#requests;
  }

  #written(leader: LeaderId, request: number, answer: Answer): void {
    const tell = (status: 'ok' | 'fail' | 'info', dot?: Dot): void =>
      this.tell({type: 'answered', request, leader, status, ...(dot === undefined ? {} : {dot})});
    switch (answer.type) {
      case 'accepted':
        this.events.push({type: 'answered', request, leader, status: 'ok', dot: answer.dot, atMs: this.world.nowMs});
        return;
      case 'unconfirmed':
        return tell('info', answer.dot);
      case 'refused':
        return tell('fail');
      case 'gone':
        return tell(answer.wasAsked ? 'info' : 'fail');
      case 'read':
      case 'skipped':
        return;
      default:
        return assertNever(answer);
    }
  }
}
