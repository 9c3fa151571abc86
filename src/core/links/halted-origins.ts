/**
 * The origins whose operations are not applied here. Under the `halt` resolver the first operation of an
 * origin that conflicts stops that origin, until somebody skips the operation or chooses another resolver.
 */
import {assert} from '../../base/assert.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {Fold} from '../fold/fold.ts';
import type {HaltedOrigin} from '../io/leader-event.ts';
import type {Arrival, Op} from '../log/op.ts';
import {covers} from '../log/version-vector.ts';

export class HaltedOrigins {
  /** At most one operation for each origin, which is its next: later ones are refused. */
  readonly #halted = new Map<LeaderId, {readonly halt: HaltedOrigin; readonly arrival: Arrival}>();

  get size(): number {
    return this.#halted.size;
  }

  has(origin: LeaderId): boolean {
    return this.#halted.has(origin);
  }

  origins(): IterableIterator<LeaderId> {
    return this.#halted.keys();
  }

  list(): readonly HaltedOrigin[] {
    return [...this.#halted.values()].map(({halt}) => halt);
  }

  add(halt: HaltedOrigin, arrival: Arrival): void {
    assert(halt.origin === arrival.op.dot.origin, 'an origin halts on an operation of its own');
    assert(!this.#halted.has(halt.origin), `${halt.origin} is halted only once`);
    this.#halted.set(halt.origin, {halt, arrival});
  }

  /** Removes this origin, or all of them if it is undefined. Returns the operations that they halted on. */
  release(origin: LeaderId | undefined): readonly Arrival[] {
    const released: Arrival[] = [];
    for (const [halted, {arrival}] of this.#halted) {
      if (origin !== undefined && origin !== halted) continue;
      this.#halted.delete(halted);
      released.push(arrival);
    }
    return released;
  }
}

/**
 * What the operation would conflict with if it were applied now: writes on the frontier of a key that its
 * origin had not seen.
 */
export function conflictWith(op: Op, fold: Fold): HaltedOrigin | undefined {
  for (const {key} of op.writes) {
    const {context, members} = fold.snapshot(key).frontier;
    const unseen = members.filter(({dot}) => !covers(op.after, dot));
    if (unseen.length > 0 && !covers(context, op.dot))
      return {origin: op.dot.origin, dot: op.dot, key, with: unseen.map(({dot}) => dot)};
  }
  return undefined;
}
