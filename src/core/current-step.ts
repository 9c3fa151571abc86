/**
 * The step that a replica is in: its time, and the effects so far. Every part of the replica adds its effects
 * here, so that they leave in the order in which they arose.
 */
import {assert} from '../base/assert.ts';
import type {LinkId} from '../base/ids.ts';
import type {Effect, Now} from './io/input-effect.ts';
import type {LeaderEvent} from './io/leader-event.ts';
import type {Message} from './io/message.ts';

export class CurrentStep {
  /** The time of the step. The monotonic clock never falls from one step to the next. */
  now: Now = {wallMs: 0, monotonicMs: Number.NEGATIVE_INFINITY};
  #effects: Effect[] = [];

  begin(now: Now): void {
    assert(now.monotonicMs >= this.now.monotonicMs, 'the monotonic clock never falls');
    this.now = now;
    this.#effects = [];
  }

  get effects(): readonly Effect[] {
    return this.#effects;
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** Adds an effect that the caller must carry out before all others of the step. */
  emitFirst(effect: Effect): void {
    assert(this.#effects[0]?.type !== 'persist', 'a step gives the disk its operations at once');
    this.#effects.unshift(effect);
  }

  report(event: LeaderEvent): void {
    this.#effects.push({type: 'report', event});
  }

  reportAll(events: readonly LeaderEvent[]): void {
    for (const event of events) this.report(event);
  }

  send(link: LinkId, message: Message): void {
    this.#effects.push({type: 'send', link, message});
  }
}
