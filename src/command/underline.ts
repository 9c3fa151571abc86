/**
 * Shows the error in a command: the text, and a caret with the message under the offending character.
 */
import stringWidth from 'string-width';
import type {Failure} from '../base/failure.ts';
import {printable} from '../base/printable.ts';

/** Of a long text, only this much before and after the caret is shown. */
const REACH = 60;

/** Two lines, or three if there is a hint. `caret` is an offset in `text`. */
export function underline(text: string, caret: number, failure: Failure): string[] {
  const from = Math.max(0, caret - REACH);
  const before = `${from > 0 ? '…' : ''}${printable(text.slice(from, caret))}`;
  const after = `${printable(text.slice(caret, caret + REACH))}${caret + REACH < text.length ? '…' : ''}`;
  const margin = ' '.repeat(stringWidth(before));
  const lines = [`${before}${after}`, `${margin}^ ${printable(failure.message)}`];
  return failure.hint === undefined ? lines : [...lines, `${margin}  ${printable(failure.hint)}`];
}
