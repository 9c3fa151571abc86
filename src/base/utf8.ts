/**
 * Decodes bytes to text. Wrong bytes are errors: if they were replaced by U+FFFD, different bytes would look
 * the same.
 */
import {utf8Length} from './ids.ts';

const NEWLINE = 0x0a;
const REPLACEMENT = '\ufffd';

export type Decoded =
  | {readonly ok: true; readonly text: string}
  /** The first character that is not UTF-8; both are counted from 1. */
  | {readonly ok: false; readonly line: number; readonly column: number};

/**
 * Decodes UTF-8 strictly and keeps a byte order mark. Wrong bytes give `ok: false` and the place of the first
 * one; the column counts UTF-16 units. It never throws.
 */
export function decodeUtf8(bytes: Uint8Array): Decoded {
  const text = strictly(bytes);
  if (text !== undefined) return {ok: true, text};
  let line = 1;
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const content = bytes.subarray(start, newline < 0 ? bytes.length : newline);
    // A newline is never a part of a longer character.
    if (strictly(content) === undefined) return {ok: false, line, column: firstWrong(content) + 1};
    line += 1;
    start = newline + 1;
  }
}

const strict = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
const lenient = new TextDecoder('utf-8', {ignoreBOM: true});

function strictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The number of UTF-16 units before the first wrong byte. */
function firstWrong(bytes: Uint8Array): number {
  const text = lenient.decode(bytes);
  let at = 0;
  let byte = 0;
  for (;;) {
    const next = text.indexOf(REPLACEMENT, at);
    byte += utf8Length(text.slice(at, next));
    // The text may contain this character itself.
    const end = byte + utf8Length(REPLACEMENT);
    if (strictly(bytes.subarray(byte, end)) !== REPLACEMENT) return next;
    at = next + 1;
    byte = end;
  }
}
