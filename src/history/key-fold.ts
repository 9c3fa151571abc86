/**
 * One key's writes through one resolver: what a reader would see after exactly these, in this order.
 */
import type {Key} from '../base/ids.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from '../core/frontier.ts';
import {type Op, type Write, writeOf} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import type {Resolver} from '../core/resolvers/resolver.ts';
import type {Dot} from '../core/version-vector.ts';

export const writesOn = (key: Key, ops: readonly Op[]): readonly Write[] =>
  ops.flatMap(op => op.writes.filter(change => change.key === key).map(change => writeOf(op, change)));

export class KeyFold {
  readonly #resolver: Resolver;
  #state: unknown;
  #frontier = EMPTY_FRONTIER;

  constructor(resolver: Resolver) {
    this.#resolver = resolver;
    this.#state = resolver.initial();
  }

  get frontier(): Frontier {
    return this.#frontier;
  }

  /** One more write. */
  apply(write: Write): void {
    this.#frontier = addToFrontier(this.#frontier, write);
    this.#state = this.#resolver.apply(this.#state, write, this.#frontier);
  }

  reading(): Reading {
    return this.#resolver.read(this.#state, this.#frontier);
  }

  /** Whether a reader gets the effect of this write. */
  shows({dot, change}: Pick<Write, 'dot' | 'change'>): boolean {
    return this.#resolver.shows(this.#state, this.#frontier, dot, change);
  }

  /** Writes that nothing has replaced, and that no reader gets all the same. */
  hidden(): readonly Dot[] {
    return this.#frontier.members.filter(write => !this.shows(write)).map(({dot}) => dot);
  }

  explain(key: Key): string {
    return this.#resolver.explain(key, this.#state, this.#frontier);
  }
}
