/**
 * Sets and documents as plain JSON: the forms that both the effects of register writes and the CRDT's
 * readings take, so that the two agree wherever nothing was concurrent. A set is an array without duplicates,
 * sorted by canonical text.
 */
import {
  canonicalJson,
  isObject,
  type Json,
  jsonEquals,
  VALUE_DEPTH_LIMIT,
  withField,
} from '../../base/json.ts';

const byText = (a: Json, b: Json): number => {
  const [textA, textB] = [canonicalJson(a), canonicalJson(b)];
  return textA < textB ? -1 : textA > textB ? 1 : 0;
};

/** True if the set holds an element that is equal as JSON. */
export const hasElement = (set: readonly Json[], element: Json): boolean =>
  set.some(member => jsonEquals(member, element));

/** The set with these elements too; an array that already holds them is returned as it is. */
export function union(set: readonly Json[], elements: readonly Json[]): readonly Json[] {
  const fresh = elements.filter(element => !hasElement(set, element));
  return fresh.length === 0 ? set : [...set, ...fresh].sort(byText);
}

/** Returns a new array without the element. It does not fail if the element is not there. */
export const without = (set: readonly Json[], element: Json): readonly Json[] =>
  set.filter(member => !jsonEquals(member, element));

/**
 * The names that lead to a field: `address.city` is the field `city` of the document in `address`. A path
 * with an empty name, or one deeper than any value may be, counts as one name with dots.
 */
export function pathOf(field: string): readonly string[] {
  const names = field.split('.');
  return names.length < VALUE_DEPTH_LIMIT && names.every(name => name !== '') ? names : [field];
}

/** The own field of that name; `undefined` where there is none. */
export const fieldOf = (object: {readonly [field: string]: Json}, field: string): Json | undefined =>
  Object.hasOwn(object, field) ? object[field] : undefined;

/** The document with the value at the path; a plain value on the way is replaced by a document. */
export function withPath(
  object: {readonly [field: string]: Json},
  path: readonly string[],
  value: Json,
): {readonly [field: string]: Json} {
  const [field, ...rest] = path;
  if (field === undefined) return object;
  if (rest.length === 0) return withField(object, field, value);
  const inner = fieldOf(object, field);
  return withField(object, field, withPath(isObject(inner) ? inner : {}, rest, value));
}
