/**
 * Makes text from outside safe to draw: `printable`, and without characters whose width differs between
 * terminals. Joined emoji, flags, keycaps and emoji presentation take one, two or eight columns, depending on
 * the terminal. Drawn in their parts they take the same columns everywhere, so no border moves.
 */
import {ascii} from '../../../base/ascii.ts';
import {printable} from '../../../base/printable.ts';

/**
 * Joiners, presentation selectors, skin tones, the keycap, and other characters without a width of their own.
 */
const DISPUTED = /[\u{1f3fb}-\u{1f3ff}\u20e3\p{Default_Ignorable_Code_Point}]/gu;
const FLAG_LETTER = /[\u{1f1e6}-\u{1f1ff}]/gu;

/** A property of the terminal, like its colours: set once before the first frame, valid for all text. */
let isAscii = false;

/**
 * Makes `legible` return only ASCII from now on, so that text is measured as an ASCII terminal shows it.
 * Call it before the first frame; it cannot be undone.
 */
export function drawInAscii(): void {
  isAscii = true;
}

/**
 * Returns the text safe to draw: control characters as escapes, emoji and flags in their parts. It may be
 * shorter or longer than the original, so measure the result.
 */
export function legible(text: string): string {
  const shown = printable(text).replace(DISPUTED, '').replace(FLAG_LETTER, letter);
  return isAscii ? ascii(shown) : shown;
}

const letter = (indicator: string): string =>
  String.fromCharCode((indicator.codePointAt(0) ?? 0) - 0x1f1e6 + 65);
