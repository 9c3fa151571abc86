/**
 * Bytes -> text, where wrong bytes are an error: replaced by U+FFFD, different bytes would look the same.
 */
import {isUtf8} from 'node:buffer';

const NEWLINE = 0x0a;
const REPLACEMENT = '\ufffd';

export type Decoded =
  | {readonly ok: true; readonly text: string}
  /** The first character that is not UTF-8; both are counted from 1. */
  | {readonly ok: false; readonly line: number; readonly column: number};

export function decodeUtf8(bytes: Buffer): Decoded {
  if (isUtf8(bytes)) return {ok: true, text: bytes.toString('utf8')};
  let line = 1;
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const content = bytes.subarray(start, newline < 0 ? bytes.length : newline);
    // A newline is never a part of a longer character.
    if (!isUtf8(content)) return {ok: false, line, column: firstWrong(content) + 1};
    line += 1;
    start = newline + 1;
  }
}

/** How many UTF-16 units stand before the first wrong byte. */
function firstWrong(bytes: Buffer): number {
  const text = bytes.toString('utf8');
  let at = text.indexOf(REPLACEMENT);
  while (isReplacement(bytes, text, at)) at = text.indexOf(REPLACEMENT, at + 1);
  return at;
}

/** Whether the character itself stands in the bytes; all before it is right. */
function isReplacement(bytes: Buffer, text: string, at: number): boolean {
  const start = Buffer.byteLength(text.slice(0, at));
  return bytes.subarray(start, start + REPLACEMENT_BYTES.length).equals(REPLACEMENT_BYTES);
}

const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);
