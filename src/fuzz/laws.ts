/**
 * The laws that a user's module must keep, checked before any history on all small values of a kind. A
 * `merge` must be commutative, associative and idempotent (a join: Shapiro et al., "Conflict-free Replicated
 * Data Types", 2011). Both forms must be deterministic and return JSON in time. A module may be made for
 * numbers only, so each kind of value is checked separately.
 */
import {key, leaderId} from '../base/ids.ts';
import {canonicalJson, type Json} from '../base/json.ts';
import type {CustomModule, CustomSibling} from '../core/resolvers/custom-module.ts';
import {sampleOf, VALUE_KINDS, type ValueKind} from '../sim/value-kinds.ts';

export interface LawVerdict {
  readonly kind: ValueKind;
  /** `fails`: the module throws, takes too long or returns no JSON, so the siblings are kept. */
  readonly status: 'holds' | 'broken' | 'fails';
  /** The proof: `not commutative: merge(1, 2) = 1, but merge(2, 1) = 2`. Empty if the laws hold. */
  readonly text: string;
}

const KEY = key('key');
const VALUES = [1, 2, 3, 4];

/** One verdict for each kind of value. */
export const checkLaws = (module: CustomModule): readonly LawVerdict[] =>
  VALUE_KINDS.map(kind => {
    const reason = failureFor(module, kind);
    if (reason !== undefined) return {kind, status: 'fails', text: reason};
    const broken = brokenFor(module, kind);
    return broken === undefined ? {kind, status: 'holds', text: ''} : {kind, status: 'broken', text: broken};
  });

const poolOf = (kind: ValueKind): Json[] => VALUES.map(n => sampleOf(kind, n));

function failureFor(module: CustomModule, kind: ValueKind): string | undefined {
  const values = poolOf(kind);
  for (const a of values) {
    for (const b of values) {
      const result =
        module.form === 'merge' ? module.merge(a, b, KEY) : module.resolve([a, b].map(siblingOf), KEY);
      if (!result.ok) return result.failure.message;
    }
  }
  return undefined;
}

function siblingOf(value: Json, i: number): CustomSibling {
  const wallMs = 1000 + i;
  return {origin: leaderId(['us', 'eu', 'ap'][i] ?? 'sa'), seq: 1, wallMs, hlc: {wallMs, logical: 0}, value};
}

function brokenFor(module: CustomModule, kind: ValueKind): string | undefined {
  const values = poolOf(kind);
  if (module.form === 'resolve') {
    const siblings = values.slice(0, 3).map(siblingOf);
    const [once, again] = [module.resolve(siblings, KEY), module.resolve(siblings, KEY)].map(text);
    return once === again
      ? undefined
      : `not deterministic: for ${show(values.slice(0, 3))} it gave ${once}, and then ${again}`;
  }
  const merge = (a: Json, b: Json): Json | undefined => {
    const result = module.merge(a, b, KEY);
    return result.ok ? result.value : undefined;
  };
  return brokenLaw(merge, values);
}

type Merge = (a: Json, b: Json) => Json | undefined;

/** The simplest broken law: a random module breaks every law, and its finding should be that it is random. */
function brokenLaw(merge: Merge, values: readonly Json[]): string | undefined {
  const call = (a: Json, b: Json): string => `merge(${one(a)}, ${one(b)}) = ${one(merge(a, b))}`;
  for (const a of values) {
    for (const b of values) {
      const [once, again] = [one(merge(a, b)), one(merge(a, b))];
      if (once !== again)
        return `not deterministic: merge(${one(a)}, ${one(b)}) gave ${once}, and then ${again}`;
    }
  }
  for (const a of values)
    for (const b of values)
      if (one(merge(a, b)) !== one(merge(b, a))) return `not commutative: ${call(a, b)}, but ${call(b, a)}`;
  for (const a of values) if (one(merge(a, a)) !== one(a)) return `not idempotent: ${call(a, a)}`;
  return brokenTriple(merge, values);
}

function brokenTriple(merge: Merge, values: readonly Json[]): string | undefined {
  for (const a of values) {
    for (const b of values) {
      for (const c of values) {
        const [ab, bc] = [merge(a, b), merge(b, c)];
        if (ab === undefined || bc === undefined) continue;
        const [left, right] = [one(merge(ab, c)), one(merge(a, bc))];
        if (left === right) continue;
        const [x, y, z] = [a, b, c].map(one);
        return (
          `not associative: merge(merge(${x}, ${y}), ${z}) = ${left}, but merge(${x}, merge(${y}, ${z})) ` +
          `= ${right}`
        );
      }
    }
  }
  return undefined;
}

const one = (value: Json | undefined): string => (value === undefined ? 'no JSON' : canonicalJson(value));

const show = (values: readonly Json[]): string => values.map(one).join(', ');

const text = (result: ReturnType<CustomModule['resolve']>): string =>
  result.ok ? one(result.value) : result.failure.message;
