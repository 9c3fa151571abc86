/**
 * When something last happened to a leader or a link that may have kept a message from being answered.
 */
import type {LeaderId, LinkId} from '../base/ids.ts';
import type {EventQueue} from './event-queue.ts';

export class Disturbances {
  readonly #time: EventQueue;
  readonly #lastMs = new Map<LeaderId | LinkId, number>();

  constructor(time: EventQueue) {
    this.#time = time;
  }

  /** Something happened to this leader or link now. */
  note(id: LeaderId | LinkId): void {
    this.#lastMs.set(id, this.#time.nowMs);
  }

  /** True if nothing has happened to this leader or link for so long. */
  isCalm(id: LeaderId | LinkId, forMs: number): boolean {
    return this.#time.nowMs - (this.#lastMs.get(id) ?? 0) >= forMs;
  }
}
