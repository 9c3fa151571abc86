/**
 * Finds the end of a JSON value inside a longer text, or the very character at which it stops being JSON
 * (`JSON.parse` tells neither). It only scans; `JSON.parse` makes the value. Depth is limited, so recursion
 * is safe on any text.
 */
import {VALUE_DEPTH_LIMIT} from '../../base/json.ts';
import {Refusal} from './refusal.ts';

const HINT = 'JSON puts text in double quotes; to store it all as plain text, put it in single quotes';
const SPACE = /[ \t\n\r]*/y;
const LITERAL = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The offset just after the value that starts at `start`. */
export const scanJson = (text: string, start: number): number => scanValue(text, start, VALUE_DEPTH_LIMIT);

/** The offset just after the double-quoted string that starts at `start`. */
export function scanString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    at = match(PLAIN, text, at) ?? at;
    if (at >= text.length) throw new Refusal(start, 'this quote is never closed', 'add the closing "');
    if (text[at] === '"') return at + 1;
    const after = match(ESCAPE, text, at);
    if (after === undefined) throw new Refusal(at, ...badCharacter(text[at]));
    at = after;
  }
}

const badCharacter = (char: string | undefined): [string, string] =>
  char === '\\'
    ? [
        'unknown escape in a quoted text',
        'the escapes are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u0000; for a backslash write \\\\',
      ]
    : ['a control character cannot stand in a quoted text', 'write it as an escape, such as \\t or \\n'];

function scanValue(text: string, start: number, depth: number): number {
  const char = text[start];
  if (char === '"') return scanString(text, start);
  if (char === '{' || char === '[') {
    if (depth === 0)
      throw new Refusal(start, `a value can be nested ${VALUE_DEPTH_LIMIT} levels deep, and this is deeper`);
    return scanContainer(text, start, depth - 1, char === '{');
  }
  const end = match(NUMBER, text, start);
  if (end === undefined) {
    const literal = match(LITERAL, text, start);
    if (literal === undefined) throw new Refusal(start, 'expected a JSON value', HINT);
    return literal;
  }
  if (!Number.isFinite(Number(text.slice(start, end)))) throw new Refusal(start, 'this number is too large');
  return end;
}

function scanContainer(text: string, open: number, depth: number, object: boolean): number {
  const close = object ? '}' : ']';
  let at = skip(text, open + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    if (object) at = scanName(text, at, open);
    refuseEnd(text, at, open);
    at = skip(text, scanValue(text, at, depth));
    refuseEnd(text, at, open);
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new Refusal(at, `expected , or ${close}`, HINT);
    at = skip(text, at + 1);
  }
}

/** `"name" :` and the space after it. */
function scanName(text: string, start: number, open: number): number {
  refuseEnd(text, start, open);
  if (text[start] !== '"') throw new Refusal(start, 'expected the name of a field, in double quotes', HINT);
  const colon = skip(text, scanString(text, start));
  refuseEnd(text, colon, open);
  if (text[colon] !== ':') throw new Refusal(colon, 'expected : after the name of the field', HINT);
  return skip(text, colon + 1);
}

function refuseEnd(text: string, at: number, open: number): void {
  if (at >= text.length) throw new Refusal(open, `this ${text[open]} is never closed`, HINT);
}

const skip = (text: string, at: number): number => match(SPACE, text, at) ?? at;

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
