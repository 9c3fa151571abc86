/**
 * The keys on which the user's resolver module fails, and why. Each key is reported once per reason, however
 * many operations arrive for it.
 */
import type {Key} from '../../base/ids.ts';
import type {LeaderEvent} from '../io/leader-event.ts';
import type {Fold} from './fold.ts';

/**
 * Remembers why the user's resolver module failed on each key, so that `take` returns a failure only if the
 * reason is not the one reported last. Call `clear` when the module changes.
 */
export class CustomFailures {
  readonly #reported = new Map<Key, string>();

  /** Returns the failures on these keys that were not reported yet. */
  take(fold: Fold, keys: Iterable<Key>): LeaderEvent[] {
    const events: LeaderEvent[] = [];
    for (const key of keys) {
      const reason = fold.failure(key);
      if (reason === undefined || this.#reported.get(key) === reason) continue;
      this.#reported.set(key, reason);
      events.push({type: 'custom-failed', key, reason});
    }
    return events;
  }

  /** The module changed, so its failures are reported again. */
  clear(): void {
    this.#reported.clear();
  }
}
