/**
 * On which keys the person's module fails, and why: told once per key and reason, however many operations
 * come upon it.
 */
import type {Key} from '../../base/ids.ts';
import type {LeaderEvent} from '../io/leader-event.ts';
import type {Fold} from './fold.ts';

export class CustomFailures {
  readonly #told = new Map<Key, string>();

  /** What is new on these keys. */
  take(fold: Fold, keys: Iterable<Key>): LeaderEvent[] {
    const events: LeaderEvent[] = [];
    for (const key of keys) {
      const reason = fold.failure(key);
      if (reason === undefined || this.#told.get(key) === reason) continue;
      this.#told.set(key, reason);
      events.push({type: 'custom-failed', key, reason});
    }
    return events;
  }

  /** Another module, or another version of it: what it fails on is told again. */
  clear(): void {
    this.#told.clear();
  }
}
