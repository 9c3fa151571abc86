/**
 * The state of one key under another resolver: the state that this resolver would have if it had been in use
 * from the start. It is made from as few writes of the key as the resolver allows, because a log of a million
 * operations must be folded again within a second.
 */
import {assert, assertNever} from '../../base/assert.ts';
import {isReset, type Write} from '../log/op.ts';
import {covers, dominates, EMPTY, merge} from '../log/version-vector.ts';
import type {Resolver} from '../resolvers/resolver.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from '../state/frontier.ts';
import type {Revisions} from '../state/revisions.ts';

/** The part of a key's history that does not depend on the resolver. */
export interface KeyHistory {
  /** All writes to the key and the revisions that they edited. */
  readonly revisions: Revisions;
  /** The index of the last write that had seen all writes before it. */
  readonly lastAlone: number;
  /** The index of the last `set` or `del`; -1 if there is none. */
  readonly lastReset: number;
  /** The `del` with the highest HLC. */
  readonly newestDelete: Write | undefined;
  /** The frontier after all writes. */
  readonly frontier: Frontier;
}

export function resolvedState(resolver: Resolver, history: KeyHistory): unknown {
  switch (resolver.madeOf) {
    case 'frontier':
      return resolver.initial();
    case 'revisions':
      return history.revisions;
    case 'writes':
      return fromWrites(resolver, history);
    case 'arrivals':
      return fromArrivals(resolver, history);
    default:
      return assertNever(resolver.madeOf);
  }
}

/**
 * Starts with the last write that had seen all before it: with one member on the frontier, the state depends
 * on that write alone.
 */
function fromArrivals(resolver: Resolver, {revisions: {writes}, lastAlone}: KeyHistory): unknown {
  let state = resolver.initial();
  let frontier = EMPTY_FRONTIER;
  assert(lastAlone < writes.length, 'a key that is folded was written');
  for (const write of writes.slice(lastAlone)) {
    frontier = addToFrontier(frontier, write);
    state = resolver.apply(state, write, frontier);
  }
  return state;
}

function fromWrites(resolver: Resolver, history: KeyHistory): unknown {
  let state = resolver.initial();
  for (const write of resolver.resets ? notReset(history) : history.revisions.writes)
    state = resolver.apply(state, write, history.frontier);
  return state;
}

/**
 * The writes that a `set` or `del` does not wholly undo: those that no reset had seen; those that had
 * themselves seen more than the resets, and may have removed it; and the newest delete. Goes backwards from
 * the last reset; all writes after it are needed.
 */
function notReset({revisions: {writes}, lastAlone, lastReset, newestDelete}: KeyHistory): readonly Write[] {
  const needed: Write[] = [];
  let undone = EMPTY;
  assert(lastReset < writes.length && lastAlone < writes.length, 'the last of its kind was applied');
  for (let i = lastReset; i >= 0; i--) {
    const write = writes[i] as Write;
    const isUndone = covers(undone, write.dot) && dominates(undone, write.after);
    if (!isUndone) needed.push(write);
    if (isReset(write.change)) undone = merge(undone, write.after);
    // All earlier writes are among those that this one had seen.
    if (i === lastAlone && dominates(undone, write.after)) break;
  }
  if (lastReset < 0) return writes;
  // It may remove writes that none of them had seen.
  if (newestDelete !== undefined && !needed.includes(newestDelete)) needed.push(newestDelete);
  return [...needed.reverse(), ...writes.slice(lastReset + 1)];
}
