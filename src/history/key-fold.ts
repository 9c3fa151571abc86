/**
 * One key's writes through one resolver: what a reader would see after exactly these, in this order.
 */
import type {Key} from '../base/ids.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from '../core/frontier.ts';
import {type Op, type Write, writeOf} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import type {Resolver} from '../core/resolvers/resolver.ts';
import {covers, type Dot} from '../core/version-vector.ts';

export interface KeyFold {
  /** The writes that were folded. */
  readonly applied: readonly Write[];
  readonly frontier: Frontier;
  readonly reading: Reading;
  /** Whether a reader gets the effect of this write. */
  shows(dot: Dot): boolean;
  /** Why the reading is as it is. */
  explain(key: Key): string;
}

export const writesOn = (key: Key, ops: readonly Op[]): readonly Write[] =>
  ops.flatMap(op => op.writes.filter(change => change.key === key).map(change => writeOf(op, change)));

export function foldKey(resolver: Resolver, applied: readonly Write[]): KeyFold {
  let frontier = EMPTY_FRONTIER;
  let state = resolver.initial();
  for (const write of applied) {
    frontier = addToFrontier(frontier, write);
    state = resolver.apply(state, write, frontier);
  }
  return {
    applied,
    frontier,
    reading: resolver.read(state, frontier),
    shows: dot => resolver.shows(state, frontier, dot),
    explain: key => resolver.explain(key, state, frontier),
  };
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
