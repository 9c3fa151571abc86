/**
 * JSON values: what a key may hold. Equality and hashing go through one canonical text, so that the order of
 * an object's fields never makes two equal values differ.
 */
import {isShownExactly} from './decimal.ts';

export type Json = null | boolean | number | string | readonly Json[] | {readonly [field: string]: Json};

export const VALUE_LIMIT_BYTES = 1024 * 1024;
/** Deeper values are refused: recursion over a value must not be able to exhaust the stack. */
export const VALUE_DEPTH_LIMIT = 64;

/** Text with the fields of every object sorted: equal values have equal texts. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.keys(value).sort();
  const parts = fields.map(field => `${JSON.stringify(field)}:${canonicalJson(value[field] as Json)}`);
  return `{${parts.join(',')}}`;
}

/**
 * True if the values are equal as JSON: the order of the fields of an object does not count, that of an array
 * does.
 */
export const jsonEquals = (a: Json, b: Json): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && canonicalJson(a) === canonicalJson(b));

/**
 * True if the value is an array. It narrows the type to a read-only array, which `Array.isArray` does not.
 */
export const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

/** True if the value is an object with fields: not null, not an array, and not undefined. */
export const isObject = (value: Json | undefined): value is {readonly [field: string]: Json} =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether nesting stays within the limit. It stops at the limit. */
export function isShallow(value: unknown, limit = VALUE_DEPTH_LIMIT): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (limit === 0) return false;
  for (const inner of Object.values(value)) if (!isShallow(inner, limit - 1)) return false;
  return true;
}

/**
 * A copy of the object with one field set. It is safe for every field name, `__proto__` too, because nothing
 * is assigned.
 */
export const withField = (
  object: {readonly [field: string]: Json},
  field: string,
  value: Json,
): {readonly [field: string]: Json} =>
  Object.fromEntries([...Object.entries(object).filter(([name]) => name !== field), [field, value]]);

/**
 * The approximate size of the value as text, to bound memory by. It is never more than the UTF-8 text, so a
 * value whose text is within a limit is within it here too.
 */
export function approximateBytes(value: Json): number {
  if (typeof value === 'string') return value.length + 2;
  if (value === null || typeof value !== 'object') return String(value).length;
  if (isArray(value)) return value.reduce<number>((bytes, inner) => bytes + 1 + approximateBytes(inner), 1);
  let bytes = 1;
  for (const [field, inner] of Object.entries(value)) bytes += field.length + 4 + approximateBytes(inner);
  return bytes;
}

/** Whether the value holds no whole number beyond ±(2^53 − 1). JavaScript would round such a number. */
export function isExact(value: Json): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (value === null || typeof value !== 'object') return true;
  return isArray(value) ? value.every(isExact) : Object.values(value).every(isExact);
}

const MAX = Number.MAX_SAFE_INTEGER;
export const EXACT_HINT = `numbers are exact up to ±${MAX}; put a larger one in quotes to store it as text`;

/** A JavaScript number shows every decimal number of 15 digits. */
const PLAIN_CHARACTERS = 15;

/** Matches a JSON string or a number. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Reads JSON; a number that would be rounded becomes its text. Throws what `JSON.parse` throws. */
export function parseExactJson(text: string): Json {
  return JSON.parse(text.replace(TEXT_OR_NUMBER, token => (isRounded(token) ? `"${token}"` : token))) as Json;
}

/** Reads JSON of unknown shape. Returns undefined if the text is not JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The first number with a fraction in a JSON text that would be rounded. Numbers that are too large are found
 * when they are written.
 */
export const roundedFraction = (text: string): string | undefined =>
  text
    .match(TEXT_OR_NUMBER)
    ?.find(token => /^[^"]*[.eE]/.test(token) && Number.isFinite(Number(token)) && !isShownExactly(token));

function isRounded(token: string): boolean {
  const isPlain = token.length <= PLAIN_CHARACTERS && !/[eE]/.test(token);
  return !isPlain && !token.startsWith('"') && !(isShownExactly(token) && isExact(Number(token)));
}

export const CLIP_BYTES = 4096;
/** The size to which a value is cut. */
const CLIPPED_BYTES = 200;
/** The length to which a field's name is cut. */
const CLIPPED_NAME = 60;

/**
 * Cuts a large value for views and logs and keeps its type: the beginning of a text, the first elements of an
 * array, the first fields of an object. A note at the cut says how much is missing.
 */
export const clipValue = (value: Json, limitBytes = CLIP_BYTES): Json =>
  approximateBytes(value) <= limitBytes ? value : cut(value, CLIPPED_BYTES);

function cut(value: Json, roomBytes: number): Json {
  if (approximateBytes(value) <= roomBytes) return value;
  if (typeof value === 'string') return `${beginning(value, roomBytes)}… (${approximateBytes(value)} bytes)`;
  if (isArray(value)) {
    const kept = cutAll(value, element => element, roomBytes);
    return kept.length < value.length ? [...kept, `… ${value.length - kept.length} more`] : kept;
  }
  if (!isObject(value)) return value;
  const fields = Object.entries(value);
  const kept = cutAll(fields, ([, inner]) => inner, roomBytes).map((inner, i): [string, Json] => [
    cutName(fields[i]?.[0] ?? ''),
    inner,
  ]);
  const more = fields.length - kept.length;
  return Object.fromEntries(more > 0 ? [...kept, ['…', `${more} more`]] : kept);
}

/** Takes as many parts as fit, at least one, and cuts the last one to the remaining room. */
function cutAll<T>(parts: readonly T[], jsonOf: (part: T) => Json, roomBytes: number): Json[] {
  const kept: Json[] = [];
  let leftBytes = roomBytes;
  for (const part of parts) {
    if (leftBytes <= 0) break;
    kept.push(cut(jsonOf(part), leftBytes));
    leftBytes -= approximateBytes(jsonOf(part)) + 4;
  }
  return kept;
}

const cutName = (name: string): string =>
  name.length <= CLIPPED_NAME ? name : `${beginning(name, CLIPPED_NAME)}…`;

/** A character outside the basic plane is not cut in two. */
const beginning = (text: string, length: number): string =>
  text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
