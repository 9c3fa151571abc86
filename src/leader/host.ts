/**
 * Runs the replica in a leader process: gives it inputs one at a time with the time of day, and carries out
 * its effects in their order.
 */
import {assertNever} from '../base/assert.ts';
import type {LinkId} from '../base/ids.ts';
import type {Effect, Input, Now, Reply} from '../core/io/input-effect.ts';
import type {LeaderEvent, RequestId} from '../core/io/leader-event.ts';
import type {Message} from '../core/io/message.ts';
import {type ClockSetting, wallClock} from '../core/log/wall-clock.ts';
import type {Replica} from '../core/replica.ts';
import type {OpLogStore} from '../store/log-store.ts';
import {Persister} from './persister.ts';

/** Takes the effects that leave the process. */
export interface Surroundings {
  send(link: LinkId, message: Message): void;
  report(event: LeaderEvent): void;
  dropLink(link: LinkId, reason: string): void;
  /** Called after every step. */
  stepped(): void;
}

type Request<Asked = Extract<Input, {type: 'write-requested' | 'read-requested' | 'skip-requested'}>> =
  Asked extends unknown ? Omit<Asked, 'request'> : never;

export class Host {
  readonly replica: Replica;
  /** The wall clock with which this leader stamps its writes. */
  clock: ClockSetting;
  readonly #surroundings: Surroundings;
  readonly #persister: Persister;
  readonly #requests = new Map<RequestId, (reply: Reply) => void>();
  /** Callers that wait until writes are accepted. */
  #recovering: (() => void)[] = [];
  #lastRequest = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(replica: Replica, store: OpLogStore, surroundings: Surroundings, clock: ClockSetting) {
    this.replica = replica;
    this.clock = clock;
    this.#surroundings = surroundings;
    this.#persister = new Persister(
      store,
      count => this.input({type: 'persisted', count}),
      reason => this.input({type: 'persist-failed', reason}),
    );
  }

  input(input: Input): void {
    for (const effect of this.replica.step(input, this.now())) this.#perform(effect);
    this.#surroundings.stepped();
    if (this.#recovering.length > 0 && !this.replica.isRecovering) {
      for (const tell of this.#recovering.splice(0)) tell();
    }
  }

  /** Resolves once writes are accepted. */
  recovered(): Promise<void> {
    if (!this.replica.isRecovering) return Promise.resolve();
    return new Promise(resolve => this.#recovering.push(resolve));
  }

  request(request: Request): Promise<Reply> {
    const id = ++this.#lastRequest;
    return new Promise(resolve => {
      this.#requests.set(id, resolve);
      this.input({...request, request: id});
    });
  }

  now(): Now {
    return {wallMs: wallClock(this.clock, Date.now()), monotonicMs: performance.now()};
  }

  /** Resolves when everything accepted is on disk. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#persister.idle();
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        return this.#persister.add(effect.from, effect.ops);
      case 'send':
        return this.#surroundings.send(effect.link, effect.message);
      case 'reply':
        return this.#reply(effect.request, effect.reply);
      case 'report':
        return this.#surroundings.report(effect.event);
      case 'arm-timer':
        return this.#arm(effect.atMs);
      case 'drop-link':
        return this.#surroundings.dropLink(effect.link, effect.reason);
      default:
        return assertNever(effect);
    }
  }

  #reply(request: RequestId, reply: Reply): void {
    this.#requests.get(request)?.(reply);
    this.#requests.delete(request);
  }

  #arm(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.input({type: 'tick'}),
      Math.max(1, Math.ceil(atMs - performance.now())),
    );
  }
}
