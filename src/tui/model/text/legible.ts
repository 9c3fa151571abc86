/**
 * Text from outside as it goes to the screen: `printable`, and without what terminals disagree about. Joined
 * emoji, flags, keycaps and emoji presentation are as wide as one, two or eight columns depending on the
 * terminal; drawn in their parts they are as wide everywhere, and no border moves.
 */
import {ascii} from '../../../base/ascii.ts';
import {printable} from '../../../base/printable.ts';

/** Joiners, presentation selectors, skin tones, the keycap, and whatever else has no width of its own. */
const DISPUTED = /[\u{1f3fb}-\u{1f3ff}\u20e3\p{Default_Ignorable_Code_Point}]/gu;
const FLAG_LETTER = /[\u{1f1e6}-\u{1f1ff}]/gu;

/** A property of the terminal, like its colours: set once before the first frame, valid for all text. */
let isAscii = false;

export function drawInAscii(): void {
  isAscii = true;
}

export function legible(text: string): string {
  const shown = printable(text).replace(DISPUTED, '').replace(FLAG_LETTER, letter);
  return isAscii ? ascii(shown) : shown;
}

const letter = (indicator: string): string =>
  String.fromCharCode((indicator.codePointAt(0) ?? 0) - 0x1f1e6 + 65);
