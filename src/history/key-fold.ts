/**
 * One key's writes through one resolver: what a reader would see after exactly these, in this order.
 */
import type {Key} from '../base/ids.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from '../core/frontier.ts';
import {type Op, type Write, writeOf} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import type {Resolver} from '../core/resolvers/resolver.ts';
import {covers, type Dot} from '../core/version-vector.ts';

export const writesOn = (key: Key, ops: readonly Op[]): readonly Write[] =>
  ops.flatMap(op => op.writes.filter(change => change.key === key).map(change => writeOf(op, change)));

/** Writes in an order, and the frontier behind each: the same for every resolver, so it is made once. */
export interface Track {
  readonly writes: readonly Write[];
  readonly frontiers: readonly Frontier[];
}

export function trackOf(writes: readonly Write[]): Track {
  let frontier = EMPTY_FRONTIER;
  const frontiers = writes.map(write => {
    frontier = addToFrontier(frontier, write);
    return frontier;
  });
  return {writes, frontiers};
}

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

  /** One more write, and the frontier with it. */
  apply(write: Write, frontier: Frontier = addToFrontier(this.#frontier, write)): void {
    this.#frontier = frontier;
    this.#state = this.#resolver.apply(this.#state, write, frontier);
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

/** Without the writes that a leader that halts would not have applied: the one in conflict, and all behind it of the same origin. */
export function beforeHalts(writes: readonly Write[]): readonly Write[] {
  const halted = new Set<string>();
  const applied: Write[] = [];
  let frontier = EMPTY_FRONTIER;
  for (const write of writes) {
    if (halted.has(write.dot.origin)) continue;
    if (frontier.members.some(({dot}) => !covers(write.after, dot)) && !covers(frontier.context, write.dot)) {
      halted.add(write.dot.origin);
      continue;
    }
    frontier = addToFrontier(frontier, write);
    applied.push(write);
  }
  return applied;
}
