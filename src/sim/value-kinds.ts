/**
 * The kinds of values for which a user's module may be made, and small samples of each kind.
 */
import {assertNever} from '../base/assert.ts';
import type {Json} from '../base/json.ts';

export const VALUE_KINDS = ['number', 'text', 'array', 'document'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** A small value of the kind; equal numbers give equal values. */
export function sampleOf(kind: ValueKind, n: number): Json {
  switch (kind) {
    case 'number':
      return n;
    case 'text':
      return `v${n}`;
    case 'array':
      return [`v${n}`];
    case 'document':
      return {[`f${n % 3}`]: n};
    default:
      return assertNever(kind);
  }
}
