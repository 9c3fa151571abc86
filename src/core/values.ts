/**
 * Sets and documents as plain JSON: the forms that both the effects of register writes and the CRDT's readings take, so that the
 * two agree wherever nothing was concurrent. A set is an array without duplicates, sorted by canonical text.
 */
import {canonicalJson, type Json, jsonEquals} from '../base/json.ts';

const byText = (a: Json, b: Json): number => {
  const [textA, textB] = [canonicalJson(a), canonicalJson(b)];
  return textA < textB ? -1 : textA > textB ? 1 : 0;
};

export const hasElement = (set: readonly Json[], element: Json): boolean => set.some(member => jsonEquals(member, element));

/** The set with these elements too; an array that already holds them is returned as it is. */
export function union(set: readonly Json[], elements: readonly Json[]): readonly Json[] {
  const fresh = elements.filter(element => !hasElement(set, element));
  return fresh.length === 0 ? set : [...set, ...fresh].sort(byText);
}

export const without = (set: readonly Json[], element: Json): readonly Json[] => set.filter(member => !jsonEquals(member, element));
