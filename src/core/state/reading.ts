/**
 * What a reader sees of a key: nothing, one value, or the siblings of an unresolved conflict.
 */
import {CLIP_BYTES, canonicalJson, clipValue, type Json, jsonEquals} from '../../base/json.ts';
import {type Dot, sameDot} from '../log/version-vector.ts';

/** One of several concurrent values; `value` absent means that this write deleted the key. */
export interface Sibling {
  readonly dot: Dot;
  readonly value?: Json;
}

export type Reading =
  | {readonly type: 'absent'}
  | {readonly type: 'value'; readonly value: Json}
  /** At least two, sorted by dot. */
  | {readonly type: 'siblings'; readonly siblings: readonly Sibling[]};

export const ABSENT: Reading = {type: 'absent'};

/**
 * True if readers get the same: equal values, or siblings with the same dots. Siblings with equal values but
 * other dots differ.
 */
export function sameReading(a: Reading, b: Reading): boolean {
  if (a.type === 'value' && b.type === 'value') return jsonEquals(a.value, b.value);
  if (a.type === 'siblings' && b.type === 'siblings') {
    return (
      a.siblings.length === b.siblings.length &&
      a.siblings.every((sibling, i) => {
        const other = b.siblings[i];
        return other !== undefined && sameDot(sibling.dot, other.dot);
      })
    );
  }
  return a.type === b.type;
}

/**
 * The reading as JSON for people and programs: `{"value":…}`, `{"siblings":[…]}` or `{"absent":true}`. A
 * deleted sibling is `{"deleted":true}`.
 */
export function readingToJson(reading: Reading): {readonly [field: string]: Json} {
  if (reading.type === 'absent') return {absent: true};
  if (reading.type === 'value') return {value: reading.value};
  return {siblings: reading.siblings.map(({value}) => (value === undefined ? {deleted: true} : value))};
}

/** That JSON as canonical text: equal readings have equal texts. */
export const readingText = (reading: Reading): string =>
  // The usual case, without the object around it. The text is the same.
  reading.type === 'value'
    ? `{"value":${canonicalJson(reading.value)}}`
    : canonicalJson(readingToJson(reading));

/**
 * The reading for messages and views: values that are too large are cut short. Siblings share the room of one
 * value.
 */
export function clipReading(reading: Reading): Reading {
  if (reading.type === 'value') return {type: 'value', value: clipValue(reading.value)};
  if (reading.type === 'absent') return reading;
  const {siblings} = reading;
  const clip = (value: Json) => clipValue(value, CLIP_BYTES / siblings.length);
  return {
    type: 'siblings',
    siblings: siblings.map(({dot, value}) => (value === undefined ? {dot} : {dot, value: clip(value)})),
  };
}
