/**
 * Effects that may only happen once everything that was applied before them is persisted (invariant 2). They
 * are released in their order.
 */
import {assert} from '../../base/assert.ts';
import type {Failure} from '../../base/failure.ts';
import type {Key} from '../../base/ids.ts';
import type {Effect} from '../io/input-effect.ts';
import type {RequestId} from '../io/leader-event.ts';
import type {OpLog} from '../log/log.ts';

interface HeldEffect {
  /** The effect waits until this many arrivals are persisted. */
  readonly count: number;
  readonly effect: Effect;
  readonly readKey?: Key;
}

/**
 * Holds effects until everything that was applied before them is persisted (invariant 2), and releases them
 * in their order. If the disk refuses the operations, `refuse` answers the requests that waited and drops all
 * other effects.
 */
export class PendingPersist {
  readonly #log: OpLog;
  readonly #release: (effect: Effect) => void;
  /** In their order, so `count` never falls. At the end of a step each `count` is above `persistedCount`. */
  #waiting: HeldEffect[] = [];

  constructor(log: OpLog, release: (effect: Effect) => void) {
    this.#log = log;
    this.#release = release;
  }

  /**
   * Releases the effect now if everything applied is persisted, otherwise as soon as it is. `readKey`: the
   * key that a reply is about.
   */
  whenPersisted(effect: Effect, readKey?: Key): void {
    const count = this.#log.arrivals.length;
    assert((this.#waiting.at(-1)?.count ?? 0) <= count, 'what waits longest waits for the fewest arrivals');
    if (count === this.#log.persistedCount) this.#release(effect);
    else this.#waiting.push(readKey === undefined ? {count, effect} : {count, effect, readKey});
  }

  /** Call this after more of the log was persisted. */
  settle(): void {
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter(({count}) => count <= this.#log.persistedCount);
    this.#waiting = this.#waiting.slice(ready.length);
    const next = this.#waiting[0]?.count ?? Number.POSITIVE_INFINITY;
    assert(next > this.#log.persistedCount, '2: no effect waits for what is persisted');
    for (const {effect} of ready) this.#release(effect);
  }

  /**
   * The disk refused what these effects waited for. Reads are answered again from what is left; changes are
   * refused.
   */
  refuse(failure: Failure, read: (request: RequestId, key: Key) => Effect): void {
    const {arrivals, persistedCount} = this.#log;
    assert(arrivals.length === persistedCount, 'the log has dropped what the disk refused');
    const refused = this.#waiting;
    this.#waiting = [];
    for (const {effect, readKey} of refused) {
      if (effect.type !== 'reply') continue;
      if (readKey !== undefined) this.#release(read(effect.request, readKey));
      else
        this.#release(
          effect.reply.type === 'skipped' ? {...effect, reply: {type: 'refused', failure}} : effect,
        );
    }
  }
}
