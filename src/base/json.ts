/**
 * JSON values: what a key may hold. Equality and hashing go through one canonical text, so that the order of an object's
 * fields never makes two equal values differ.
 */

export type Json = null | boolean | number | string | readonly Json[] | {readonly [field: string]: Json};

export const VALUE_LIMIT_BYTES = 1024 * 1024;
/** Deeper values are refused: recursion over a value must not be able to exhaust the stack. */
export const VALUE_DEPTH_LIMIT = 64;

/** Text with the fields of every object sorted: equal values have equal texts. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.keys(value).sort();
  return `{${fields.map(field => `${JSON.stringify(field)}:${canonicalJson(value[field] as Json)}`).join(',')}}`;
}

export const jsonEquals = (a: Json, b: Json): boolean => a === b || canonicalJson(a) === canonicalJson(b);

export const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

export const isObject = (value: Json | undefined): value is {readonly [field: string]: Json} =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether nesting stays within the limit; stops looking at the limit. */
export function isShallow(value: unknown, limit = VALUE_DEPTH_LIMIT): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (limit === 0) return false;
  for (const inner of Object.values(value)) if (!isShallow(inner, limit - 1)) return false;
  return true;
}

/** A copy of the object with one field set; safe for any field name (`__proto__` too), since no assignment happens. */
export const withField = (object: {readonly [field: string]: Json}, field: string, value: Json): {readonly [field: string]: Json} =>
  Object.fromEntries([...Object.entries(object).filter(([name]) => name !== field), [field, value]]);

/**
 * The size of the value's text, near enough to bound memory by. Never more than its UTF-8: what is within the limit as text is within
 * it here.
 */
export function approximateBytes(value: Json): number {
  if (typeof value === 'string') return value.length + 2;
  if (value === null || typeof value !== 'object') return String(value).length;
  if (isArray(value)) return value.reduce<number>((bytes, inner) => bytes + 1 + approximateBytes(inner), 1);
  let bytes = 1;
  for (const [field, inner] of Object.entries(value)) bytes += field.length + 4 + approximateBytes(inner);
  return bytes;
}

/** Whole numbers beyond ±(2^53 − 1) are rounded by whoever reads them as a number: whether the value holds none. */
export function isExact(value: Json): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (value === null || typeof value !== 'object') return true;
  return isArray(value) ? value.every(isExact) : Object.values(value).every(isExact);
}

export const EXACT_HINT = `numbers are exact up to ±${Number.MAX_SAFE_INTEGER}; put a larger one in quotes to store it as text`;

/** A text in JSON, or a number. Of a number that is whole and has no exponent the sign and the digits are all of it. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Reads JSON; a whole number that would be rounded becomes the text of its digits. Throws what `JSON.parse` throws. */
export function parseExactJson(text: string): Json {
  const exact = text.replace(TEXT_OR_NUMBER, token => (/^-?\d{16,}$/.test(token) && !isExact(Number(token)) ? `"${token}"` : token));
  return JSON.parse(exact) as Json;
}

const CLIP_BYTES = 4096;

/** For pictures and logs: a value too large for one is shown by its beginning and its size. */
export function clipValue(value: Json): Json {
  const bytes = approximateBytes(value);
  return bytes <= CLIP_BYTES ? value : `${JSON.stringify(value).slice(0, 200)}… (${bytes} bytes)`;
}
