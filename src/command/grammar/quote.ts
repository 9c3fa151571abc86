/**
 * Data -> the text that reads back as that data: the counterpart of the reader's rules for words and values.
 */
import type {Json} from '../../base/json.ts';

const PLAIN = /^[A-Za-z_][\w.:/-]*$/;
/** Bare words that would not be read as themselves. */
const TAKEN = new Set(['true', 'false', 'null', 'absent']);

/** A key, field or pattern as typed: bare where that is safe, else quoted. */
export const showWord = (text: string): string => (PLAIN.test(text) ? text : JSON.stringify(text));

const PLAIN_PATH = /^[\w.~/][\w.~:/+=,-]*$/;

/** A path as typed. */
export const showPath = (path: string): string => (PLAIN_PATH.test(path) ? path : JSON.stringify(path));

/** A value as typed. */
export function showValue(value: Json): string {
  if (typeof value === 'string' && PLAIN.test(value) && !TAKEN.has(value)) return value;
  return JSON.stringify(value);
}

/** `500ms`, `10s`, `2m`: the largest unit that needs no fraction. */
export function showDuration(ms: number): string {
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  if (ms > 0 && ms % 1000 === 0) return `${ms / 1000}s`;
  return `${ms}ms`;
}

/** `1500b`, `100kb`, `2mb`: the largest unit that needs no fraction; 0 is no limit. */
export function showBandwidth(bytesPerS: number): string {
  if (bytesPerS === 0) return 'none';
  if (bytesPerS % 1_000_000 === 0) return `${bytesPerS / 1_000_000}mb`;
  return bytesPerS % 1000 === 0 ? `${bytesPerS / 1000}kb` : `${bytesPerS}b`;
}

/** A share from 0 to 1 as `5%`, to a millionth. */
export const showShare = (share: number): string => `${Math.round(share * 1_000_000) / 10_000}%`;
