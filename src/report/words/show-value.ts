/**
 * Values and readings for people: on one line, never long, never with a control character.
 */

import type {Json} from '../../base/json.ts';
import {printable} from '../../base/printable.ts';
import type {Reading} from '../../core/state/reading.ts';

const LIMIT = 200;

/** Cut to a length that fits a line or two. */
export const brief = (text: string): string => (text.length > LIMIT ? `${text.slice(0, LIMIT)}…` : text);

export const showJson = (value: Json): string => printable(brief(JSON.stringify(value)));

/** `"A"`, `absent`, or `"A" | "B" | deleted`. */
export function showReading(reading: Reading): string {
  if (reading.type === 'absent') return 'absent';
  if (reading.type === 'value') return showJson(reading.value);
  return reading.siblings.map(({value}) => (value === undefined ? 'deleted' : showJson(value))).join(' | ');
}
