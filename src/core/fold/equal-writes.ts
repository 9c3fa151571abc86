/**
 * Decides when a write that a resolver does not show is not lost, because the shown write gives readers the
 * same effect.
 *
 * - An increment never gets its effect from another write. Two increments should add up, even if both leave
 *   the same number.
 * - Otherwise a write whose effect equals what is read is not lost. Values are equal as JSON, in whatever
 *   order their fields stand; two deletes are equal. So a `set` of a document equals an `hset` that leaves
 *   the same document.
 * - `hset`, `sadd` and `srem` ask for one part of a value. They are also not lost if readers get that part:
 *   the field holds the value, or the element is in the set (for `srem`: is not in it). This holds only if
 *   the shown write had seen everything that the other had seen; otherwise readers miss that part.
 * - Where documents merge part by part, a document is not lost if each of its parts is read.
 *
 * Only writes on the frontier are compared. A lost write stays lost when somebody later asks for the same
 * again.
 */
import {assertNever} from '../../base/assert.ts';
import {isArray, isObject, type Json, jsonEquals} from '../../base/json.ts';
import {effectOf, type KeyWrite, type Write} from '../log/op.ts';
import {covers, type Dot, sameDot} from '../log/version-vector.ts';
import {leavesOf} from '../resolvers/document.ts';
import type {Resolver} from '../resolvers/resolver.ts';
import type {Frontier} from '../state/frontier.ts';
import {sawOf} from '../state/losses.ts';
import type {Reading} from '../state/reading.ts';
import {fieldOf, hasElement, pathOf} from '../state/values.ts';

/** The value that a reader sees, and the write that made it, if there is one such write. */
export interface Shown {
  readonly reading: Reading;
  readonly shown: Dot | undefined;
  readonly frontier: Frontier;
}

/** Whether readers get what the write asked for although the resolver does not show it. */
export function isGiven(
  write: Write,
  {reading, shown, frontier}: Shown,
  {mergeDepth}: Pick<Resolver, 'mergeDepth'>,
): boolean {
  const {change} = write;
  if (change.type === 'incr' || !frontier.members.some(({dot}) => sameDot(dot, write.dot))) return false;
  if (mergeDepth !== undefined && isDocument(change))
    return valuesIn(reading).some(value => hasParts(value, change, mergeDepth));
  const winner = frontier.members.find(({dot}) => shown !== undefined && sameDot(dot, shown));
  return winner === undefined ? isEffect(reading, change) : gives(winner, write);
}

/** Whether the whole effect of one write includes what the other asked for. */
export function gives(shown: Write, asked: Write): boolean {
  const {change} = asked;
  if (change.type === 'incr') return false;
  const [given, wanted] = [effectOf(shown.change), effectOf(change)];
  if (sameEffect(given, wanted)) return true;
  return sawOf(asked).every(dot => covers(shown.after, dot)) && hasPart(given, change);
}

/** Of the writes that this one replaces: those that its writer saw only through equal writes. */
export function seenInOthers({members}: Frontier, write: Write): readonly Dot[] {
  const saw = sawOf(write);
  const isSeen = ({dot}: Write): boolean => saw.some(other => sameDot(other, dot));
  const seen = members.filter(isSeen);
  return members
    .filter(
      member => covers(write.after, member.dot) && !isSeen(member) && seen.some(one => gives(one, member)),
    )
    .map(({dot}) => dot);
}

const sameEffect = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : jsonEquals(a, b);

const isEffect = (reading: Reading, change: KeyWrite): boolean =>
  reading.type !== 'siblings' &&
  sameEffect(reading.type === 'value' ? reading.value : undefined, effectOf(change));

const isDocument = (change: KeyWrite): boolean =>
  change.type === 'hset' || (change.type === 'set' && isObject(change.value));

/** Whether the value holds the part that the write asked for. `set` and `del` ask for the whole. */
function hasPart(value: Json | undefined, change: KeyWrite): boolean {
  switch (change.type) {
    case 'set':
    case 'del':
    case 'incr':
      return false;
    case 'sadd':
      return value !== undefined && isArray(value) && hasElement(value, change.element);
    case 'srem':
      return value === undefined || (isArray(value) && !hasElement(value, change.element));
    case 'hset':
      return isAt(value, pathOf(change.field), change.value);
    default:
      return assertNever(change);
  }
}

/**
 * Whether every part of the written document is read at its place. Below the merge depth, one write wins as a
 * whole.
 */
function hasParts(value: Json, change: KeyWrite, depth: number): boolean {
  if (change.type === 'set')
    return leavesOf(change.value, depth).every(leaf => isAt(value, leaf.path, leaf.value));
  if (change.type !== 'hset') return false;
  const path = pathOf(change.field);
  const place = path.slice(0, depth);
  const part = path.length === place.length ? change.value : partAt(change.effect, place);
  return (
    part !== undefined &&
    leavesOf(part, depth - place.length).every(leaf => isAt(value, [...place, ...leaf.path], leaf.value))
  );
}

const isAt = (whole: Json | undefined, path: readonly string[], value: Json): boolean => {
  const part = partAt(whole, path);
  return part !== undefined && jsonEquals(part, value);
};

function partAt(whole: Json | undefined, path: readonly string[]): Json | undefined {
  let part = whole;
  for (const name of path) part = isObject(part) ? fieldOf(part, name) : undefined;
  return part;
}

function valuesIn(reading: Reading): readonly Json[] {
  if (reading.type === 'value') return [reading.value];
  return reading.type === 'siblings'
    ? reading.siblings.flatMap(({value}) => (value === undefined ? [] : [value]))
    : [];
}
