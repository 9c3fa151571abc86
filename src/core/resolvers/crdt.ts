/**
 * `crdt`: every type merges by what its writes meant. Counters add up, sets are add-wins, the fields of a document go to the higher
 * HLC each, and everything else is a multi-value register. `set` and `del` reset what they had seen, and only that.
 *
 * Seen in Redis Active-Active and AntidoteDB. (Shapiro et al., "A comprehensive study of CRDTs", 2011; that a reset removes
 * exactly what it observed is the observed-remove rule of their OR-set.)
 *
 * The state is a function of the set of writes applied, whatever their order: each part keeps the join of the `after`s that
 * could remove something from it, so a write that arrives after its remover is dropped as it would have been removed before.
 */

import type {LeaderId} from '../../base/ids.ts';
import {canonicalJson, isArray, isObject, type Json, withField} from '../../base/json.ts';
import {compareHlc} from '../hlc.ts';
import type {KeyWrite, Write} from '../op.ts';
import {ABSENT, type Reading, type Sibling} from '../reading.ts';
import {union} from '../values.ts';
import {compareDots, covers, type Dot, EMPTY, merge, sameDot, showDot, type VersionVector} from '../version-vector.ts';
import type {Resolver} from './resolver.ts';

/** Writes to one element or one field: its own small frontier. */
interface Part {
  context: VersionVector;
  /** The live additions of an element, or the concurrent writes of a field. */
  live: readonly Write[];
}

interface State {
  /** The join of what all `set`s and `del`s had seen. */
  reset: VersionVector;
  /** Live `set`s, pairwise concurrent. */
  register: readonly Write[];
  increments: Write[];
  /** By origin: in floating point a sum depends on its order, and only that within one origin is the same everywhere. */
  sums: Map<LeaderId, number>;
  /** By canonical text of the element. */
  readonly elements: Map<string, Part & {readonly element: Json}>;
  readonly fields: Map<string, Part>;
}

const initial = (): State => ({reset: EMPTY, register: [], increments: [], sums: new Map(), elements: new Map(), fields: new Map()});

const byOf = (change: KeyWrite): number => (change.type === 'incr' ? change.by : 0);

const addTo = (sums: Map<LeaderId, number>, {dot: {origin}, change}: Write): unknown =>
  sums.set(origin, (sums.get(origin) ?? 0) + byOf(change));

/** The counter: what each origin added, in the order of their names. */
const sumOf = ({sums}: State): number => [...sums.keys()].sort().reduce((sum, origin) => sum + (sums.get(origin) ?? 0), 0);

function apply(state: State, write: Write): State {
  const {change} = write;
  if (change.type === 'set' || change.type === 'del') return reset(state, write);
  const live = !covers(state.reset, write.dot);
  if (change.type === 'incr') {
    if (live) {
      state.increments.push(write);
      addTo(state.sums, write);
    }
  } else if (change.type === 'hset') {
    addToPart(part(state.fields, change.field, {}), write, live);
  } else {
    addToPart(part(state.elements, canonicalJson(change.element), {element: change.element}), write, live && change.type === 'sadd');
  }
  return state;
}

function reset(state: State, write: Write): State {
  const survives = (other: Write): boolean => !covers(write.after, other.dot);
  const isLive = write.change.type === 'set' && !covers(state.reset, write.dot);
  state.reset = merge(state.reset, write.after);
  state.register = state.register.filter(survives);
  if (isLive) state.register = [...state.register, write].sort((a, b) => compareDots(a.dot, b.dot));
  if (!state.increments.every(survives)) {
    state.increments = state.increments.filter(survives);
    state.sums = new Map();
    for (const increment of state.increments) addTo(state.sums, increment);
  }
  for (const parts of [state.elements, state.fields]) for (const one of parts.values()) one.live = one.live.filter(survives);
  return state;
}

function part<Extra extends object>(parts: Map<string, Part & Extra>, name: string, extra: Extra): Part {
  let found = parts.get(name);
  if (found === undefined) {
    found = {context: EMPTY, live: [], ...extra};
    parts.set(name, found);
  }
  return found;
}

function addToPart(one: Part, write: Write, live: boolean): void {
  one.live = one.live.filter(other => !covers(write.after, other.dot));
  if (live && !covers(one.context, write.dot)) one.live = [...one.live, write];
  one.context = merge(one.context, write.after);
}

/** Of the concurrent writes of a field, the one with the highest HLC shows. */
function fieldWinner(field: Part): Write | undefined {
  return field.live.reduce<Write | undefined>((best, write) => (best === undefined || above(write, best) ? write : best), undefined);
}

const above = (a: Write, b: Write): boolean => (compareHlc(a.hlc, b.hlc) || compareDots(a.dot, b.dot)) > 0;

function read(state: State): Reading {
  const values = candidates(state);
  const [first] = values;
  if (first === undefined) return ABSENT;
  if (values.length === 1 && first.value !== undefined) return {type: 'value', value: first.value};
  return {type: 'siblings', siblings: [...values].sort((a, b) => compareDots(a.dot, b.dot))};
}

/**
 * One candidate per live `set`, with increments, elements and fields added to those they fit; what fits none stands as a value of
 * its own. Usually there is one.
 */
function candidates(state: State): Sibling[] {
  const added = [...state.elements.values()].filter(({live}) => live.length > 0);
  const fields = [...state.fields].flatMap(([name, field]) => {
    const winner = fieldWinner(field);
    return winner?.change.type === 'hset' ? [{name, value: winner.change.value, dot: winner.dot}] : [];
  });
  const found: Sibling[] = state.register.map(({dot, change}) => {
    const base = change.type === 'set' ? change.value : null;
    if (typeof base === 'number') return {dot, value: base + sumOf(state)};
    if (isArray(base)) return {dot, value: setOn(state, base, dot, added)};
    return {dot, value: isObject(base) ? fields.reduce((object, {name, value}) => withField(object, name, value), base) : base};
  });
  const fits = (test: (value: Json) => boolean): boolean => found.some(({value}) => value !== undefined && test(value));
  const alone: Sibling[] = [];
  const lastIncrement = highest(state.increments.map(({dot}) => dot));
  if (lastIncrement && !fits(value => typeof value === 'number')) alone.push({dot: lastIncrement, value: sumOf(state)});
  const lastAdded = highest(added.flatMap(({live}) => live.map(({dot}) => dot)));
  if (lastAdded && !fits(isArray)) {
    alone.push({
      dot: lastAdded,
      value: union(
        [],
        added.map(({element}) => element),
      ),
    });
  }
  const lastField = highest(fields.map(({dot}) => dot));
  if (lastField && !fits(isObject)) {
    alone.push({
      dot: lastField,
      value: fields.reduce<{readonly [field: string]: Json}>((object, {name, value}) => withField(object, name, value), {}),
    });
  }
  return [...found, ...alone];
}

/** An array that was `set`, less the elements removed since by a write that had seen it, with those added. */
function setOn(state: State, base: readonly Json[], dot: Dot, added: readonly {readonly element: Json}[]): readonly Json[] {
  const kept = base.filter(element => {
    const known = state.elements.get(canonicalJson(element));
    return known === undefined || known.live.length > 0 || !covers(known.context, dot);
  });
  return union(
    kept,
    added.map(({element}) => element),
  );
}

const highest = (dots: readonly Dot[]): Dot | undefined => [...dots].sort(compareDots).at(-1);

function shown(state: State): Dot | undefined {
  const [only, ...others] = state.register;
  const merged = state.increments.length + state.elements.size + state.fields.size > 0;
  return only !== undefined && others.length === 0 && !merged ? only.dot : undefined;
}

/** All that is live, less the writes of a field that a higher HLC beats. Of a removal nothing is to be seen but what it took away. */
function shows(state: State, dot: Dot, change: KeyWrite): boolean {
  if (change.type === 'del' || change.type === 'srem') return true;
  if (covers(state.reset, dot)) return false;
  if (change.type === 'set' || change.type === 'incr') return true;
  if (change.type === 'sadd') {
    return state.elements.get(canonicalJson(change.element))?.live.some(write => sameDot(write.dot, dot)) ?? false;
  }
  const field = state.fields.get(change.field);
  const winner = field && fieldWinner(field);
  return winner !== undefined && sameDot(winner.dot, dot);
}

function explain(state: State): string {
  const reasons: string[] = [];
  for (const [name, field] of state.fields) {
    const winner = fieldWinner(field);
    const losers = field.live.filter(write => winner && !sameDot(write.dot, winner.dot)).map(({dot}) => dot);
    if (winner && losers.length > 0) {
      reasons.push(`field ${name}: ${showDot(winner.dot)} has a higher HLC than ${losers.map(showDot).join(', ')}`);
    }
  }
  if (state.increments.length > 0) reasons.push(`${state.increments.length} increments add up to ${sumOf(state)}`);
  if ([...state.elements.values()].some(({live}) => live.length > 0))
    reasons.push('elements: whatever was added and not seen by a removal stays');
  if (state.register.length > 1)
    reasons.push(`${state.register.map(({dot}) => showDot(dot)).join(' and ')} had not seen each other: both values are kept`);
  if (reasons.length === 0) reasons.push('a removal takes away only what it had seen');
  return reasons.join('; ');
}

export const crdt: Resolver<State> = {
  name: 'crdt',
  summary: 'counters add up, sets are add-wins, the rest keeps every value',
  seenIn: 'Redis Active-Active, AntidoteDB',
  convergent: true,
  madeOf: 'writes',
  initial,
  apply,
  read,
  shown,
  shows: (state, _frontier, dot, change) => shows(state, dot, change),
  hides: ({change}) => change.type !== 'incr',
  explain: (_key, state) => explain(state),
};
