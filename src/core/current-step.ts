/**
 * The step that a replica is in: its time, and the effects so far. Every part of the replica adds its effects
 * here, so that they leave in the order in which they arose.
 */
import type {LinkId} from '../base/ids.ts';
import type {Effect, Now} from './io/input-effect.ts';
import type {LeaderEvent} from './io/leader-event.ts';
import type {Message} from './io/message.ts';

export class CurrentStep {
  now: Now = {wallMs: 0, monotonicMs: Number.NEGATIVE_INFINITY};
  #effects: Effect[] = [];

  begin(now: Now): void {
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
