/**
 * What a switch of the resolver makes of one key: the state that the resolver would have, had it been there from the start. It is made from
 * as few of the key's writes as the resolver allows, since a log of a million operations has to be seen anew within a second.
 */
import {assertNever, must} from '../base/assert.ts';
import type {Key} from '../base/ids.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from './frontier.ts';
import {isReset, type Op, type Write, writeOf} from './op.ts';
import type {Resolver} from './resolvers/resolver.ts';
import {covers, dominates, EMPTY, merge} from './version-vector.ts';

/** A key's history, as far as it does not depend on the resolver. */
export interface KeyHistory {
  /** Where in the log its writes stand, in the order of arrival. */
  readonly places: readonly number[];
  /** The last of them that had seen all before it, as an index of `places`. */
  readonly lastAlone: number;
  /** The last `set` or `del` among them, in the same way; -1 where there is none. */
  readonly lastReset: number;
  /** Behind all of them. */
  readonly frontier: Frontier;
}

export function stateAnew(resolver: Resolver, key: Key, history: KeyHistory, ops: readonly Op[]): unknown {
  const writeAt = (place: number): Write => writeTo(key, must(ops[place], 'the operations are those that were folded'));
  switch (resolver.madeOf) {
    case 'frontier':
      return resolver.initial();
    case 'writes':
      return fromWrites(resolver, history, writeAt);
    case 'arrivals':
      return fromArrivals(resolver, history, writeAt);
    default:
      return assertNever(resolver.madeOf);
  }
}

function writeTo(key: Key, op: Op): Write {
  const [only] = op.writes;
  const change = op.writes.length === 1 ? only : op.writes.find(write => write.key === key);
  return writeOf(op, must(change, 'the operation writes to the key'));
}

type WriteAt = (place: number) => Write;

/** From the last write that had seen all before it: with one member on the frontier, the state depends on that write alone. */
function fromArrivals(resolver: Resolver, {places, lastAlone}: KeyHistory, writeAt: WriteAt): unknown {
  let state = resolver.initial();
  let frontier = EMPTY_FRONTIER;
  for (let i = lastAlone; i < places.length; i++) {
    const write = writeAt(must(places[i], 'a place of the key'));
    frontier = addToFrontier(frontier, write);
    state = resolver.apply(state, write, frontier);
  }
  return state;
}

function fromWrites(resolver: Resolver, history: KeyHistory, writeAt: WriteAt): unknown {
  const {places, frontier} = history;
  let state = resolver.initial();
  for (const place of resolver.resets ? notReset(history, writeAt) : places) state = resolver.apply(state, writeAt(place), frontier);
  return state;
}

/**
 * Where the writes stand that are not wholly undone by a `set` or `del`: those that none of them had seen, and those that had seen more
 * than it, which they may have removed themselves. Looks backwards, and at no write behind the last reset.
 */
function notReset({places, lastAlone, lastReset}: KeyHistory, writeAt: WriteAt): number[] {
  const needed: number[] = [];
  let undone = EMPTY;
  for (let i = lastReset; i >= 0; i--) {
    const place = must(places[i], 'a place of the key');
    const {dot, after, change} = writeAt(place);
    const isUndone = covers(undone, dot) && dominates(undone, after);
    if (!isUndone) needed.push(place);
    if (isReset(change)) undone = merge(undone, after);
    // Everything before this one is among what it had seen.
    if (i === lastAlone && dominates(undone, after)) break;
  }
  return [...needed.reverse(), ...places.slice(lastReset + 1)];
}
