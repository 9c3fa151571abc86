/**
 * What clients have asked of simulated leaders and have no answer to yet. A request ends with the reply of
 * its leader, or with the leader's process.
 */
import {must} from '../base/assert.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import type {Effect, Input, Reply} from '../core/io/input-effect.ts';
import type {RequestId} from '../core/io/leader-event.ts';
import type {Dot} from '../core/log/version-vector.ts';
import type {Site} from './site.ts';

/** What a client can ask of a leader. */
export type Request<Asked = Extract<Input, {type: 'write-requested' | 'read-requested' | 'skip-requested'}>> =
  Asked extends unknown ? Omit<Asked, 'request'> : never;

/** `gone`: the leader was down (`wasAsked` is false), or its process ended before it answered. */
export type Answer = Reply | {readonly type: 'gone'; readonly wasAsked: boolean};

/**
 * Observes how a leader decides on a write request. That happens at once, or later if the process is paused
 * or waits for its own operations.
 */
export interface RequestObserver {
  /** Called before each step in which the leader may decide. */
  before(site: Site): void;
  /**
   * Called when the leader has decided, before the effects of the decision are carried out. `dot` is
   * undefined if it refused. `written` holds the keys that other requests wrote to earlier in the same step.
   */
  decided(site: Site, dot: Dot | undefined, written: readonly Key[]): void;
}

interface PendingRequest {
  readonly at: LeaderId;
  readonly answered: (answer: Answer) => void;
  readonly observer: RequestObserver | undefined;
}

export class PendingRequests {
  readonly #pending = new Map<RequestId, PendingRequest>();
  /** The last number given: every pending request has a number of at most this. */
  #requests = 0;

  add(at: LeaderId, answered: (answer: Answer) => void, observer: RequestObserver | undefined): RequestId {
    this.#requests += 1;
    this.#pending.set(this.#requests, {at, answered, observer});
    return this.#requests;
  }

  reply(request: RequestId, reply: Reply): void {
    const {answered} = must(this.#pending.get(request), `the client of request ${request}`);
    this.#pending.delete(request);
    answered(reply);
  }

  /** The process of this leader has ended: its requests get no reply. */
  abandon(at: LeaderId): void {
    for (const [request, pending] of this.#pending) {
      if (pending.at !== at) continue;
      this.#pending.delete(request);
      pending.answered({type: 'gone', wasAsked: true});
    }
  }

  /** To be called before a step of the leader. */
  beforeStep(site: Site): void {
    for (const request of site.undecided) this.#pending.get(request)?.observer?.before(site);
  }

  /** To be called with the effects of that step. Removes the decided requests from `site.undecided`. */
  afterStep(site: Site, effects: readonly Effect[]): void {
    const {replica, undecided} = site;
    if (undecided.length === 0) return;
    const isRefused = (request: RequestId): boolean =>
      effects.some(effect => effect.type === 'reply' && effect.request === request);
    site.undecided = undecided.filter(request => replica.isRecovering && !isRefused(request));
    const applied = effects.flatMap(effect =>
      effect.type === 'report' && effect.event.type === 'applied' ? [effect.event] : [],
    );
    for (const request of undecided) {
      if (site.undecided.includes(request)) continue;
      const index = applied.findIndex(event => event.request === request);
      const earlier = index < 0 ? applied : applied.slice(0, index);
      this.#pending.get(request)?.observer?.decided(
        site,
        applied[index]?.dot,
        earlier.flatMap(({keys}) => keys),
      );
    }
  }
}
