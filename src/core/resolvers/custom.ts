/**
 * `custom`: the user's own module, in one of two forms.
 *
 * `resolve` gets the whole frontier whenever it has more than one member: it is a function of a set, so it
 * converges whatever the module does. `merge` gets two values whenever a concurrent write arrives and its
 * result is kept, as conflict handlers in databases work; it converges only if it is commutative, associative
 * and idempotent (the laws of a join: Shapiro et al., 2011).
 *
 * If a call fails, the key reads as its siblings until the next write. The leader cannot know how the module
 * used the values. So it counts a write as lost only where this is certain: the result is one of the values,
 * and the write's value is not a part of it.
 */
import {assert} from '../../base/assert.ts';
import {fail, type Result} from '../../base/failure.ts';
import {
  canonicalJson,
  EXACT_HINT,
  isArray,
  isExact,
  isObject,
  type Json,
  jsonEquals,
} from '../../base/json.ts';
import {effectOf, type Write} from '../log/op.ts';
import {type Dot, sameDot, showDot} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import type {Reading} from '../state/reading.ts';
import type {CustomModule, CustomSibling} from './custom-module.ts';
import {fewDots, ONLY_WRITE} from './reasons.ts';
import type {Resolver, ResolverAbout} from './resolver.ts';
import {readSiblings, siblings} from './siblings.ts';

export const CUSTOM_ABOUT: ResolverAbout = {
  summary: 'your module; resolve() converges, merge() only if lawful',
  seenIn: 'conflict handlers of applications and databases',
  convergent: false,
};

/** The result of the module for concurrent writes; undefined while there is nothing for it to do. */
type Outcome = Result<Json> | undefined;

/**
 * Under `resolve`: the result for these members. Under `merge`: the members, in the order in which they were
 * merged here.
 */
interface State {
  members: readonly Write[];
  outcome: Outcome;
}

/** How one of the two forms of module gives outcomes. */
interface Form {
  readonly convergent: boolean;
  apply(state: State, write: Write, frontier: Frontier): State;
  outcome(state: State, frontier: Frontier): Outcome;
  /** `us:1 and eu:1 were given to resolve()`. */
  readonly verb: string;
  /** The members in the order in which the module was given them. */
  inOrder(state: State, frontier: Frontier): readonly Write[];
}

export function custom(module: CustomModule | undefined): Resolver {
  if (module === undefined) return withoutModule;
  return throughModule(module.form === 'resolve' ? resolving(exact(module)) : merging(exact(module)));
}

/** The module; a result with a rounded number is an error. */
function exact(module: CustomModule): CustomModule {
  const judged = (outcome: Result<Json>): Result<Json> =>
    !outcome.ok || isExact(outcome.value)
      ? outcome
      : fail('custom-range', `${module.form}() gave a number that is too large to be exact`, EXACT_HINT);
  return {
    form: module.form,
    merge: (mine, theirs, key) => judged(module.merge(mine, theirs, key)),
    resolve: (members, key) => judged(module.resolve(members, key)),
  };
}

const sameMembers = (a: readonly Write[], b: readonly Write[]): boolean =>
  a.length === b.length &&
  a.every((write, i) => write === b[i] || (b[i] !== undefined && sameDot(write.dot, b[i].dot)));

function resolving(module: CustomModule): Form {
  return {
    convergent: true,
    verb: 'resolve() was given',
    inOrder: (_state, {members}) => members,
    apply: state => state,
    outcome(state, {members}) {
      const [first] = members;
      if (first === undefined || members.length === 1) return undefined;
      if (state.outcome === undefined || !sameMembers(state.members, members)) {
        state.members = members;
        state.outcome = module.resolve(members.map(siblingOf), first.change.key);
      }
      return state.outcome;
    },
  };
}

function siblingOf({dot: {origin, seq}, wallMs, hlc, change}: Write): CustomSibling {
  const value = effectOf(change);
  return {origin, seq, wallMs, hlc, ...(value === undefined ? {deleted: true as const} : {value})};
}

function merging(module: CustomModule): Form {
  /** Merges the rest into the value of those before, one after the other. */
  const mergeOn = (start: Json | undefined, rest: readonly Write[]): Outcome => {
    let outcome: Outcome;
    let mine = start;
    for (const {change} of rest) {
      outcome = module.merge(mine, effectOf(change), change.key);
      if (!outcome.ok) return outcome;
      mine = outcome.value;
    }
    return outcome;
  };
  const mergeAll = ([first, ...rest]: readonly Write[]): Outcome =>
    first && mergeOn(effectOf(first.change), rest);
  return {
    convergent: false,
    verb: 'merge() was given, in the order of arrival here,',
    inOrder: ({members}) => members,
    apply(state, write, frontier) {
      const stays = (member: Write): boolean => frontier.members.some(({dot}) => sameDot(dot, member.dot));
      const kept = state.members.filter(stays);
      const isStale = !stays(write);
      const members = isStale ? kept : [...kept, write];
      const isWhole = kept.length === state.members.length;
      if (isStale && isWhole) return state;
      // A merged value cannot be taken apart. If the write had seen some of the merged writes, the others are
      // merged again.
      const value = state.outcome?.ok ? state.outcome.value : valueOfOnly(kept);
      const goesOn =
        isWhole && !isStale && kept.length > 0 && (kept.length === 1 || state.outcome?.ok === true);
      return {members, outcome: goesOn ? mergeOn(value, [write]) : mergeAll(members)};
    },
    outcome: state => state.outcome,
  };
}

function valueOfOnly([only]: readonly Write[]): Json | undefined {
  return only && effectOf(only.change);
}

function throughModule(form: Form): Resolver<State> {
  const shows = (state: State, frontier: Frontier, dot: Dot): boolean => {
    const member = frontier.members.find(one => sameDot(one.dot, dot));
    const outcome = form.outcome(state, frontier);
    if (member === undefined || !outcome?.ok) return member !== undefined;
    return isIn(outcome.value, effectOf(member.change)) || chosen(outcome.value, frontier).length === 0;
  };
  return {
    ...CUSTOM_ABOUT,
    name: 'custom',
    convergent: form.convergent,
    madeOf: 'arrivals',
    initial: () => ({members: [], outcome: undefined}),
    apply: form.apply,
    read: (state, frontier) => readOutcome(form.outcome(state, frontier), frontier),
    shown(state, frontier) {
      if (frontier.members.length === 1) return frontier.members[0]?.dot;
      const outcome = form.outcome(state, frontier);
      const [one, ...others] = outcome?.ok ? chosen(outcome.value, frontier) : [];
      return others.length === 0 ? one?.dot : undefined;
    },
    shows,
    explain: (_key, state, frontier) => explain(form, state, frontier),
    failure(state, frontier) {
      const outcome = form.outcome(state, frontier);
      return outcome === undefined || outcome.ok ? undefined : outcome.failure.message;
    },
  };
}

const readOutcome = (outcome: Outcome, frontier: Frontier): Reading =>
  outcome?.ok ? {type: 'value', value: outcome.value} : readSiblings(frontier);

/** The members whose value is the result. */
function chosen(result: Json, {members}: Frontier): Write[] {
  return members.filter(({change}) => {
    const value = effectOf(change);
    return value !== undefined && jsonEquals(value, result);
  });
}

/** Whether the result holds the value: as itself, or all of its elements or fields. */
function isIn(result: Json, value: Json | undefined): boolean {
  if (value === undefined) return false;
  if (isArray(result) && isArray(value)) {
    const elements = new Set(result.map(canonicalJson));
    return value.every(element => elements.has(canonicalJson(element)));
  }
  if (!isObject(result) || !isObject(value)) return jsonEquals(result, value);
  return Object.entries(value).every(
    ([field, inner]) => Object.hasOwn(result, field) && isIn(result[field] as Json, inner),
  );
}

function explain(form: Form, state: State, frontier: Frontier): string {
  const {members} = frontier;
  const [only] = members;
  const outcome = form.outcome(state, frontier);
  assert(only !== undefined, 'a key that was written has a frontier');
  if (members.length === 1) return `${showDot(only.dot)} ${ONLY_WRITE}`;
  if (outcome === undefined || !outcome.ok) {
    return (
      `${fewDots(members, ' and ')} are kept as siblings: ` +
      `${outcome?.failure.message ?? 'the module was not asked'}`
    );
  }
  const same = chosen(outcome.value, frontier);
  const made = same.length > 0 ? `gave the value of ${fewDots(same, ' and ')}` : 'gave a value of its own';
  return `${form.verb} ${fewDots(form.inOrder(state, frontier), ' and ')} and ${made}`;
}

/** The module is missing, for example when a recording is read on another machine. */
const withoutModule: Resolver<null> = {
  ...CUSTOM_ABOUT,
  name: 'custom',
  convergent: true,
  madeOf: 'frontier',
  initial: () => null,
  apply: () => null,
  read: (_state, frontier) => siblings.read(null, frontier),
  shown: (_state, frontier) => siblings.shown(null, frontier),
  shows: (_state, frontier, dot, change) => siblings.shows(null, frontier, dot, change),
  explain: (key, _state, frontier) => `the module is not loaded, so ${siblings.explain(key, null, frontier)}`,
};
