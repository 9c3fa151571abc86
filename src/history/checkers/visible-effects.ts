/**
 * Finds the writes whose effect a reader gets, without the code of the resolvers: from the writes of a key,
 * their frontier and the final reading of the key. The checker `losses` uses it and lists its limits.
 *
 * If a resolver's rule is an order of writes, this file repeats the order. Other rules (documents, which
 * merge place by place; orders of arrival, which no log shows) are checked against the reading: a write is
 * shown if a value that it left is read at its place and no other write left the same value there. If another
 * write did, the result is `unsaid`.
 *
 * A hidden write on the frontier is not lost if readers get what it asked for from another write. This is
 * certain if the key reads as its exact effect. The checker does not judge partial matches. Increments never
 * get their effect from other writes.
 */
import {assertNever} from '../../base/assert.ts';
import type {LeaderId} from '../../base/ids.ts';
import {canonicalJson, isArray, isObject, type Json, jsonEquals} from '../../base/json.ts';
import {compareHlc} from '../../core/log/hybrid-clock.ts';
import {effectOf, happenedBefore, isReset, type KeyWrite, type Write} from '../../core/log/op.ts';
import {compareDots, covers, showDot} from '../../core/log/version-vector.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import type {Reading} from '../../core/state/reading.ts';
import {fieldOf, pathOf} from '../../core/state/values.ts';

/** One key at one leader. */
export interface Scene {
  /** All applied writes. */
  readonly writes: readonly Write[];
  /** Those of them that no other had seen. */
  readonly frontier: readonly Write[];
  readonly reading: Reading;
}

export type Sight = 'shown' | 'hidden' | 'unsaid';

/** Whether an order of writes says which one is shown. */
export const isOrdered = ({name}: ResolverSpec): boolean => ['lww', 'hlc', 'fww', 'priority'].includes(name);

export function sightIn(resolver: ResolverSpec, scene: Scene): (write: Write) => Sight {
  const own = ownSightIn(resolver, scene);
  return write => {
    const sight = own(write);
    if (sight === 'shown' || !scene.frontier.includes(write)) return sight;
    const others = fromOthers(write, scene.reading);
    return others === 'hidden' ? sight : others;
  };
}

/** What readers get of a write on the frontier, whichever write is shown. */
export function fromOthers({change}: Write, reading: Reading): Sight {
  if (change.type === 'incr') return 'hidden';
  if (readsAs(reading, effectOf(change))) return 'shown';
  return readsPart(reading, change) ? 'unsaid' : 'hidden';
}

function readsPart(reading: Reading, change: KeyWrite): boolean {
  if (reading.type === 'absent') return change.type === 'srem';
  return valuesOf(reading).some(value => {
    if (change.type === 'hset') return isAt(value, {path: pathOf(change.field), value: change.value});
    if ((change.type !== 'sadd' && change.type !== 'srem') || !isArray(value)) return false;
    return value.some(one => jsonEquals(one, change.element)) === (change.type === 'sadd');
  });
}

function ownSightIn(resolver: ResolverSpec, scene: Scene): (write: Write) => Sight {
  switch (resolver.name) {
    case 'lww':
    case 'hlc':
    case 'fww':
    case 'priority': {
      const winner = winnerIn(resolver, scene);
      return write => (write === winner ? 'shown' : 'hidden');
    }
    case 'siblings':
      return write => (scene.frontier.includes(write) ? 'shown' : 'hidden');
    case 'revision':
      return inRevision(scene);
    case 'apply-remote':
    case 'keep-local':
    case 'halt':
      return oneOf(rivalsIn(resolver, scene), scene.reading);
    case 'fields':
      return write => inFields(write, scene);
    case 'crdt':
      return write => inCrdt(write, scene);
    case 'custom':
      return () => 'unsaid';
    default:
      return assertNever(resolver);
  }
}

/**
 * The write that is shown alone; undefined if no order decides it, or if nothing was written. Only `lww`
 * looks beyond the frontier.
 */
export function winnerIn(
  resolver: ResolverSpec,
  {writes, frontier}: Omit<Scene, 'reading'>,
): Write | undefined {
  switch (resolver.name) {
    case 'lww':
      return greatest(writes, (a, b) => a.wallMs - b.wallMs || compareDots(a.dot, b.dot));
    case 'hlc':
      return greatest(frontier, (a, b) => compareHlc(a.hlc, b.hlc) || compareDots(a.dot, b.dot));
    case 'fww':
      return greatest(frontier, (a, b) => b.wallMs - a.wallMs || compareDots(b.dot, a.dot));
    case 'priority':
      return greatest(
        frontier,
        (a, b) => placeIn(resolver.order, b) - placeIn(resolver.order, a) || compareDots(b.dot, a.dot),
      );
    default:
      return undefined;
  }
}

/** If the log says only that exactly one of these is shown: these writes. Empty if it says more, or less. */
export function rivalsIn({name}: ResolverSpec, {writes, frontier}: Omit<Scene, 'reading'>): readonly Write[] {
  if (name === 'revision') return longest(leavesOfTree(writes));
  return name === 'apply-remote' || name === 'keep-local' || name === 'halt' ? frontier : [];
}

function greatest(writes: readonly Write[], compare: (a: Write, b: Write) => number): Write | undefined {
  return writes.find(write => writes.every(other => other === write || compare(write, other) > 0));
}

const placeIn = (order: readonly LeaderId[], {dot}: Write): number =>
  order.includes(dot.origin) ? order.indexOf(dot.origin) : order.length;

/** The number of the revision that each write made: equal edits of the same revisions are one revision. */
export function revisionsOf(writes: readonly Write[]): Map<string, number> {
  const byDot = new Map(writes.map(write => [showDot(write.dot), write]));
  const [numbers, made] = [new Map<string, number>(), new Map<string, number>()];
  const numberOf = (write: Write): number => {
    const known = made.get(showDot(write.dot));
    if (known !== undefined) return known;
    const parents = editedBy(write).map(dot => {
      const parent = byDot.get(dot);
      return parent === undefined ? dot : numberOf(parent);
    });
    const text = canonicalJson([parents, effectOf(write.change) ?? 'deleted', write.change.type === 'del']);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    made.set(showDot(write.dot), number);
    return number;
  };
  for (const write of writes) numberOf(write);
  return made;
}

export const editedBy = ({after, change: {parent, saw}}: Write): string[] =>
  (parent === undefined ? saw : [parent]).filter(dot => covers(after, dot)).map(showDot);

/** CouchDB's leaves: the writes that no write has edited. */
function leavesOfTree(writes: readonly Write[]): Write[] {
  const made = revisionsOf(writes);
  const edited = new Set(writes.flatMap(editedBy).map(dot => made.get(dot)));
  return writes.filter(({dot}) => !edited.has(made.get(showDot(dot))));
}

/**
 * A delete may have removed what it read, and an equal edit may have been replaced together with another.
 * Those that do not show are `unsaid`.
 */
function inRevision({writes, reading}: Scene): (write: Write) => Sight {
  const made = revisionsOf(writes);
  const times = new Map<number | undefined, number>();
  for (const {dot} of writes) times.set(made.get(showDot(dot)), (times.get(made.get(showDot(dot))) ?? 0) + 1);
  const alike = longest(leavesOfTree(writes)).filter(({change}) => readsAs(reading, effectOf(change)));
  const isSure = new Set(alike.map(({dot}) => made.get(showDot(dot)))).size === 1;
  return write => {
    const isEqual = (times.get(made.get(showDot(write.dot))) ?? 0) > 1;
    if (alike.includes(write))
      return isSure && !(isEqual && write.change.type === 'incr') ? 'shown' : 'unsaid';
    return write.change.type === 'del' || isEqual ? 'unsaid' : 'hidden';
  };
}

/**
 * The leaves that CouchDB prefers before it compares hashes: live ones, then those with the longest history.
 */
export function longest(leaves: readonly Write[]): Write[] {
  const live = leaves.filter(({change}) => change.type !== 'del');
  const able = live.length > 0 ? live : leaves;
  const most = Math.max(...able.map(({change}) => change.generation));
  return able.filter(({change}) => change.generation === most);
}

/** The write that the key reads as. */
function oneOf(able: readonly Write[], reading: Reading): (write: Write) => Sight {
  const alike = able.filter(write => readsAs(reading, effectOf(write.change)));
  return write => (alike.includes(write) ? (alike.length === 1 ? 'shown' : 'unsaid') : 'hidden');
}

export function readsAs(reading: Reading, value: Json | undefined): boolean {
  return reading.type === 'value'
    ? value !== undefined && jsonEquals(reading.value, value)
    : reading.type === 'absent' && value === undefined;
}

/** A value that a write left somewhere in a document; the whole value of the key has the empty path. */
interface Left {
  readonly path: readonly string[];
  readonly value: Json;
}

/**
 * Each field is decided by itself. A value that is not a document is one whole value; any write that had seen
 * it replaces it.
 */
function inFields(write: Write, scene: Scene): Sight {
  const {frontier} = scene;
  if (frontier.includes(write) && write.change.type === 'del') return 'shown';
  const isDocument =
    write.change.type === 'hset' || (write.change.type === 'set' && isObject(write.change.value));
  if (!frontier.includes(write) && !isDocument) return 'hidden';
  return asLeft(write, scene, fieldsLeft);
}

function fieldsLeft({change}: Write): Left[] {
  if (change.type === 'hset') {
    const [field = change.field] = pathOf(change.field);
    return [
      {
        path: [field],
        value: (isObject(change.effect) ? fieldOf(change.effect, field) : undefined) ?? change.value,
      },
    ];
  }
  const value = effectOf(change);
  if (value === undefined) return [];
  return change.type === 'set' && isObject(value) ? leavesOf(value, [], 1) : [{path: [], value}];
}

/**
 * Counters, sets and registers are decided exactly; documents by the reading. A removal counts as shown,
 * because its effect is an absence.
 */
function inCrdt(write: Write, scene: Scene): Sight {
  const {change} = write;
  const {writes} = scene;
  const removed = writes.some(other => isReset(other.change) && happenedBefore(write, other));
  switch (change.type) {
    case 'del':
    case 'srem':
      return 'shown';
    case 'incr':
      return removed ? 'hidden' : 'shown';
    case 'sadd':
      return removed || writes.some(other => takesElement(other, write, change.element)) ? 'hidden' : 'shown';
    case 'set':
      if (!isObject(change.value)) return removed ? 'hidden' : 'shown';
      return asLeft(write, scene, leavesLeft);
    case 'hset':
      return asLeft(write, scene, leavesLeft);
    default:
      return assertNever(change);
  }
}

/**
 * A removal that had seen the addition; or a later addition by the same leader, which then stands for both.
 */
function takesElement(other: Write, added: Write, element: Json): boolean {
  const {change} = other;
  if (
    !('element' in change) ||
    !jsonEquals(change.element, element) ||
    !happenedBefore(added, other) ||
    other === added
  )
    return false;
  return change.type === 'srem' || other.dot.origin === added.dot.origin;
}

const leavesLeft = ({change}: Write): Left[] =>
  change.type === 'hset'
    ? leavesOf(change.value, pathOf(change.field))
    : change.type === 'set'
      ? leavesOf(change.value, [])
      : [];

function leavesOf(value: Json, path: readonly string[], depth = Number.POSITIVE_INFINITY): Left[] {
  if (depth === 0 || !isObject(value) || Object.keys(value).length === 0) return [{path, value}];
  return Object.entries(value).flatMap(([field, inner]) => leavesOf(inner, [...path, field], depth - 1));
}

/** Decides by the values that are read where the write left its own. An empty document shows nowhere. */
function asLeft(write: Write, {writes, reading}: Scene, leftBy: (write: Write) => readonly Left[]): Sight {
  const left = leftBy(write);
  if (left.some(({value}) => canonicalJson(value) === '{}')) return 'unsaid';
  const seen = left.filter(one => valuesOf(reading).some(value => isAt(value, one)));
  if (seen.length === 0) return 'hidden';
  const isAlone = (one: Left): boolean =>
    !writes.some(other => other !== write && leftBy(other).some(another => sameLeft(one, another)));
  return seen.some(isAlone) ? 'shown' : 'unsaid';
}

function valuesOf(reading: Reading): Json[] {
  if (reading.type === 'value') return [reading.value];
  return reading.type === 'siblings'
    ? reading.siblings.flatMap(({value}) => (value === undefined ? [] : [value]))
    : [];
}

function isAt(whole: Json, {path, value}: Left): boolean {
  let part: Json | undefined = whole;
  for (const field of path) part = part !== undefined && isObject(part) ? fieldOf(part, field) : undefined;
  return part !== undefined && jsonEquals(part, value);
}

const sameLeft = (a: Left, b: Left): boolean =>
  a.path.join('\0') === b.path.join('\0') && jsonEquals(a.value, b.value);
