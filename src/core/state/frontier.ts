/**
 * The frontier of a key: the applied writes that no other applied write had seen. If there is more than one,
 * the key has a conflict, and the members are siblings. So the frontier *detects* conflicts; resolvers only
 * decide what to show.
 *
 * The rule does not depend on the order of arrival: the context is the join of the `after`s of all writes
 * applied to the key. An arriving write drops the members that its own `after` covers, and joins unless the
 * context covers it, that is, unless some write that had seen it arrived first. (Preguiça et al., "Dotted
 * Version Vectors", 2010, applied to whole histories.)
 */
import {assert} from '../../base/assert.ts';
import type {Write} from '../log/op.ts';
import {
  compareDots,
  covers,
  dominates,
  EMPTY,
  merge,
  sameDot,
  type VersionVector,
} from '../log/version-vector.ts';

export interface Frontier {
  /** The join of the `after`s of all writes applied to the key. It never shrinks. */
  readonly context: VersionVector;
  /**
   * Sorted by dot, each once. Pairwise concurrent: an arriving write drops what it had seen, and it joins
   * only if no applied write had seen it. Empty only before the first write, or if two writes had seen each
   * other, which takes a reused dot.
   */
  readonly members: readonly Write[];
}

export const EMPTY_FRONTIER: Frontier = {context: EMPTY, members: []};

/**
 * Returns the frontier after one more write to the key: the members that the write had seen are removed, and
 * the write joins unless one that had seen it was there first. The order of writes does not matter. Nothing
 * is changed in place. (Preguiça et al., "Dotted Version Vectors", 2010.)
 */
export function addToFrontier(frontier: Frontier, write: Write): Frontier {
  if (sawAll(frontier, write)) return {context: write.after, members: [write]};
  const kept = frontier.members.filter(({dot}) => !covers(write.after, dot));
  const members = covers(frontier.context, write.dot) ? kept : insertByDot(kept, write);
  return {context: merge(frontier.context, write.after), members};
}

/**
 * The usual case, which needs no comparing and no sorting: the write had seen all writes to the key, and all
 * that these had seen.
 */
const sawAll = ({context, members}: Frontier, {dot, after}: Write): boolean =>
  members.length < 2 &&
  (members[0] === undefined || covers(after, members[0].dot)) &&
  !covers(context, dot) &&
  dominates(after, context);

/**
 * Whether the write that led to this frontier had seen all writes to the key, and all that these had seen.
 */
export const leftAlone = ({context, members}: Frontier, write: Write): boolean =>
  members.length === 1 && members[0] === write && context === write.after;

function insertByDot(members: readonly Write[], write: Write): Write[] {
  const place = members.findIndex(member => compareDots(member.dot, write.dot) > 0);
  const before = place < 0 ? members.at(-1) : members[place - 1];
  assert(before === undefined || !sameDot(before.dot, write.dot), '3: a write joins the frontier once');
  return place < 0 ? [...members, write] : [...members.slice(0, place), write, ...members.slice(place)];
}
