/**
 * `crdt`: every type merges by what its writes meant. Counters add up, sets are add-wins, documents merge
 * leaf by leaf, each leaf to the higher HLC, and everything else is a multi-value register. `set` and `del`
 * reset only what they had seen.
 *
 * Seen in AntidoteDB and, for counters, sets and hashes, in Redis Active-Active. In Redis the last written
 * string wins, while this resolver keeps all concurrent ones; and its JSON documents follow other rules.
 * (Shapiro et al., "A comprehensive study of CRDTs", 2011; that a reset removes exactly what it observed is
 * the observed-remove rule of their OR-set.)
 *
 * The state is a function of the set of writes applied, whatever their order: each part keeps the join of the
 * `after`s that could remove something from it, so a write that arrives after its remover is dropped.
 */

import {assert, assertNever} from '../../base/assert.ts';
import {canonicalJson, isArray, isObject, type Json, VALUE_DEPTH_LIMIT} from '../../base/json.ts';
import {addTo, sumValue} from '../../base/sum.ts';
import type {KeyWrite, Write} from '../log/op.ts';
import {
  compareDots,
  covers,
  type Dot,
  EMPTY,
  merge,
  sameDot,
  type VersionVector,
} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import {ABSENT, type Reading, type Sibling} from '../state/reading.ts';
import {pathOf, union} from '../state/values.ts';
import {Counter} from './counter.ts';
import {DocumentTree, type Leaf, leavesOf} from './document.ts';
import {fewDots} from './reasons.ts';
import type {Resolver} from './resolver.ts';

interface Element {
  readonly element: Json;
  /** The join of what its removals had seen. */
  removed: VersionVector;
  /**
   * Additions that no removal had seen. Only the last of each origin is kept, because a write that had seen
   * it had also seen those before it. An addition does not replace an addition of another origin, even one
   * that it had seen: a removal that saw only the later one must not remove both.
   */
  live: readonly Write[];
}

interface State {
  /** The join of what all `set`s and `del`s had seen. */
  reset: VersionVector;
  /** Live `set`s of values that are not documents, pairwise concurrent. */
  register: readonly Write[];
  readonly counter: Counter;
  /** By canonical text of the element. */
  readonly elements: Map<string, Element>;
  /** Made by the first write of a document. */
  document: DocumentTree | undefined;
}

const initial = (): State => ({
  reset: EMPTY,
  register: [],
  counter: new Counter(),
  elements: new Map(),
  document: undefined,
});

function apply(state: State, write: Write): State {
  const {change} = write;
  if (change.type === 'set' || change.type === 'del') return reset(state, write);
  const live = !covers(state.reset, write.dot);
  if (change.type === 'incr') {
    if (live) state.counter.add(write.dot, change.by);
  } else if (change.type === 'hset') {
    documentOf(state).put(write, pathOf(change.field), leavesOf(change.value, VALUE_DEPTH_LIMIT));
  } else if (change.type === 'sadd') {
    add(elementOf(state, change.element), write, live);
  } else {
    remove(elementOf(state, change.element), write.after);
  }
  return state;
}

function reset(state: State, write: Write): State {
  const {change, after} = write;
  const survives = (other: Write): boolean => !covers(after, other.dot);
  const live = !covers(state.reset, write.dot);
  state.reset = merge(state.reset, after);
  state.register = state.register.filter(survives);
  state.counter.reset(after);
  for (const one of state.elements.values()) one.live = one.live.filter(survives);
  state.document?.reset(after);
  if (change.type === 'set' && isObject(change.value))
    documentOf(state).add(write, [], leavesOf(change.value, VALUE_DEPTH_LIMIT));
  else if (change.type === 'set' && live)
    state.register = [...state.register, write].sort((a, b) => compareDots(a.dot, b.dot));
  return state;
}

function documentOf(state: State): DocumentTree {
  if (state.document === undefined) {
    state.document = new DocumentTree();
    state.document.reset(state.reset);
  }
  return state.document;
}

function elementOf({elements}: State, element: Json): Element {
  const text = canonicalJson(element);
  let found = elements.get(text);
  if (found === undefined) {
    found = {element, removed: EMPTY, live: []};
    elements.set(text, found);
  }
  return found;
}

function add(one: Element, write: Write, live: boolean): void {
  if (!live || covers(one.removed, write.dot)) return;
  one.live = [...one.live.filter(({dot}) => dot.origin !== write.dot.origin), write];
}

function remove(one: Element, after: VersionVector): void {
  one.live = one.live.filter(({dot}) => !covers(after, dot));
  one.removed = merge(one.removed, after);
}

const liveElements = (state: State): Element[] =>
  [...state.elements.values()].filter(({live}) => live.length > 0);

function read(state: State): Reading {
  const values = candidates(state);
  const [first] = values;
  if (first === undefined) return ABSENT;
  if (values.length === 1 && first.value !== undefined) return {type: 'value', value: first.value};
  assert(values.length > 1, 'a single value is no sibling');
  return {type: 'siblings', siblings: [...values].sort((a, b) => compareDots(a.dot, b.dot))};
}

/**
 * One candidate for each live `set`, with the increments and elements that fit it, and one for the document.
 * Increments or elements that fit no candidate are a value of their own. Usually there is one candidate.
 */
function candidates(state: State): Sibling[] {
  const added = liveElements(state);
  const elements = added.map(({element}) => element);
  const found: Sibling[] = state.register.map(({dot, change}) => {
    const base = change.type === 'set' ? change.value : null;
    if (typeof base === 'number') return {dot, value: sumValue(addTo(state.counter.sum, base))};
    return {dot, value: isArray(base) ? setOn(state, base, dot, elements) : base};
  });
  const counted = state.register.some(
    ({change}) => change.type === 'set' && typeof change.value === 'number',
  );
  const fits = (test: (value: Json) => boolean): boolean =>
    found.some(({value}) => value !== undefined && test(value));
  const alone: Sibling[] = [];
  const lastIncrement = state.counter.last;
  if (lastIncrement && !counted) alone.push({dot: lastIncrement, value: sumValue(state.counter.sum)});
  const lastAdded = highest(added.flatMap(({live}) => live.map(({dot}) => dot)));
  if (lastAdded && !fits(isArray)) alone.push({dot: lastAdded, value: union([], elements)});
  const document = state.document?.visible();
  const lastPut = highest(document?.shown.map(({dot}) => dot) ?? []);
  if (document && lastPut) alone.push({dot: lastPut, value: document.value});
  return [...found, ...alone];
}

/**
 * An array that was `set`, without the elements that a write which had seen it removed, and with those added.
 */
function setOn(state: State, base: readonly Json[], dot: Dot, added: readonly Json[]): readonly Json[] {
  const kept = base.filter(element => {
    const known = state.elements.get(canonicalJson(element));
    return known === undefined || !covers(known.removed, dot);
  });
  return union(kept, added);
}

function highest(dots: readonly Dot[]): Dot | undefined {
  let found = dots[0];
  for (const dot of dots) if (found !== undefined && compareDots(dot, found) > 0) found = dot;
  return found;
}

/** The writes that contribute to the reading. If there are several, at least two of them. */
function* contributors({register, counter, elements, document}: State): Generator<Dot> {
  for (const {dot} of register) yield dot;
  yield* counter.ends();
  for (const {live} of elements.values()) for (const {dot} of live) yield dot;
  for (const {dot} of document?.visible()?.shown ?? []) yield dot;
}

function shown(state: State, {members}: Frontier): Dot | undefined {
  let one: Dot | undefined;
  for (const dot of contributors(state)) {
    if (one !== undefined && !sameDot(dot, one)) return undefined;
    one = dot;
  }
  if (one === undefined) return members.length === 1 ? members[0]?.dot : undefined;
  return members.find(({dot}) => one !== undefined && sameDot(dot, one))?.dot;
}

/**
 * Every live write is shown, except leaves of a document that lose to a higher HLC. A removal always counts
 * as shown, because its effect is that something is absent.
 */
function shows(state: State, dot: Dot, change: KeyWrite): boolean {
  const isIt = (write: Write): boolean => sameDot(write.dot, dot);
  switch (change.type) {
    case 'del':
    case 'srem':
      return true;
    case 'incr':
      return !covers(state.reset, dot);
    case 'sadd':
      return state.elements.get(canonicalJson(change.element))?.live.some(isIt) ?? false;
    case 'hset':
      return state.document?.shows(dot, ...leavesOn(change)) ?? false;
    case 'set':
      if (!isObject(change.value)) return state.register.some(isIt);
      return state.document?.shows(dot, ...leavesOn(change)) ?? false;
    default:
      return assertNever(change);
  }
}

/** The place in the document that a write wrote to, and the leaves that it put there. */
function leavesOn(change: KeyWrite): [at: readonly string[], leaves: readonly Leaf[]] {
  if (change.type === 'hset') return [pathOf(change.field), leavesOf(change.value, VALUE_DEPTH_LIMIT)];
  return [
    [],
    change.type === 'set' && isObject(change.value) ? leavesOf(change.value, VALUE_DEPTH_LIMIT) : [],
  ];
}

function explain(state: State): string {
  const reasons = state.document?.explain(5) ?? [];
  const {count} = state.counter;
  const sum = sumValue(state.counter.sum);
  if (count > 0)
    reasons.push(count === 1 ? `1 increment adds ${sum}` : `${count} increments add up to ${sum}`);
  if (liveElements(state).length > 0)
    reasons.push('elements: whatever was added and not seen by a removal stays');
  if (state.register.length > 1)
    reasons.push(`${fewDots(state.register, ' and ')} had not seen each other: both values are kept`);
  if (reasons.length === 0 && state.document?.visible())
    reasons.push('different fields were written: all of them show');
  if (reasons.length === 0) reasons.push('a removal takes away only what it had seen');
  return reasons.join('; ');
}

export const crdt: Resolver<State> = {
  name: 'crdt',
  summary: 'counters add up, sets are add-wins, documents merge by leaf',
  seenIn: 'AntidoteDB; Redis Active-Active (counters, sets, hashes)',
  convergent: true,
  madeOf: 'writes',
  resets: true,
  mergeDepth: VALUE_DEPTH_LIMIT,
  initial,
  apply,
  read,
  shown,
  shows: (state, _frontier, dot, change) => shows(state, dot, change),
  hides: ({change}) => change.type !== 'incr',
  mayReturn: ({document}, {dot, change}) => document?.holds(dot, ...leavesOn(change)) ?? false,
  explain: (_key, state) => explain(state),
};
