/**
 * Values and readings for people, on one line. `IN_FULL` is for output that another program or person may
 * copy; `compactValue` is for narrow columns.
 */
import type {LeaderId} from '../../base/ids.ts';
import {isArray, isObject, type Json} from '../../base/json.ts';
import {printable} from '../../base/printable.ts';
import type {Reading} from '../../core/state/reading.ts';
import {showClock} from './show-time.ts';

const LIMIT = 200;

/** Cuts a text to a length that fits one or two lines. */
export const brief = (text: string): string => (text.length > LIMIT ? `${text.slice(0, LIMIT)}…` : text);

/** JSON without control characters, cut to 200 characters. */
export const showJson = (value: Json): string => printable(brief(JSON.stringify(value)));

/** How values and times are written, and in which order leaders come. */
export interface Notation {
  /** On one line, without control characters. */
  value(value: Json): string;
  readonly absent: string;
  readonly deleted: string;
  /** Stands between siblings. */
  readonly between: string;
  /** What a clock says, to the millisecond; `ms` counts from 1970. */
  clock(ms: number): string;
  /** When something happened, by the clock of the lab, to the millisecond. */
  moment(ms: number): string;
  inOrder<T>(items: readonly T[], leaderOf: (item: T) => LeaderId): readonly T[];
}

/** JSON and words; times in UTC; leaders in the order in which they are given. */
export const IN_FULL: Notation = {
  value: showJson,
  absent: 'absent',
  deleted: 'deleted',
  between: ' | ',
  clock: showClock,
  moment: showClock,
  inOrder: items => items,
};

/** What a reader sees: `"A"`, `absent`, or `"A" | "B" | deleted`. */
export function showReading(reading: Reading, notation: Notation = IN_FULL): string {
  if (reading.type === 'absent') return notation.absent;
  if (reading.type === 'value') return notation.value(reading.value);
  return notation
    .inOrder(reading.siblings, ({dot}) => dot.origin)
    .map(({value}) => (value === undefined ? notation.deleted : notation.value(value)))
    .join(notation.between);
}

/**
 * The most characters of a value. It is enough for any screen, and the rest of a long value is not visited.
 */
const COMPACT_LIMIT = 400;

/**
 * Strings in quotes, a list as `[a b]`, an object as `{field: value}`. The caller escapes control characters.
 */
export const compactValue = (value: Json): string => compact(value, COMPACT_LIMIT);

function compact(value: Json, budget: number): string {
  if (typeof value === 'string') return `"${value.slice(0, budget)}"`;
  if (value === null || typeof value !== 'object') return String(value);
  if (isArray(value)) return `[${several(value, budget, compact)}]`;
  if (isObject(value)) return `{${several(Object.entries(value), budget, compactField)}}`;
  return '';
}

const compactField = ([field, value]: readonly [string, Json], budget: number): string =>
  `${field}: ${compact(value, budget)}`;

function several<T>(items: readonly T[], budget: number, show: (item: T, budget: number) => string): string {
  const parts: string[] = [];
  let left = budget;
  for (const item of items) {
    if (left <= 0) return `${parts.join(' ')} …`;
    const text = show(item, left);
    parts.push(text);
    left -= text.length + 1;
  }
  return parts.join(' ');
}
