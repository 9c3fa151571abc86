/**
 * What no lab needs, and what makes those who read it take minutes or run out of stack. It is refused before they begin.
 */
import type {LabError} from './lab.ts';

const LAB_KIB = 256;
const FRONT_MATTER_KIB = 4;
/** Quotes in quotes and lists in lists begin their lines with a character or more for each. */
const DEPTH = 100;

/** Indentation, and marks of quotes and lists. */
const DEEP = new RegExp(`^(?:[ \\t>]|[-*+](?=[ \\t])|\\d{1,9}[.)](?=[ \\t])){${DEPTH + 1}}`, 'm');

export function isTooMuch(text: string): LabError | undefined {
  const long = tooLong('a lab', text, LAB_KIB);
  if (long !== undefined) return {...long, hint: 'make several labs of it'};
  const deep = DEEP.exec(text);
  if (deep === null) return undefined;
  const hint = `at most ${DEPTH} characters of indentation and marks of quotes and lists begin a line`;
  return {line: text.slice(0, deep.index).split('\n').length, message: 'this line is nested too deeply', hint};
}

export const isFrontMatterTooLong = (yaml: string): LabError | undefined => tooLong('a front matter', yaml, FRONT_MATTER_KIB);

function tooLong(what: string, text: string, limitKib: number): LabError | undefined {
  const kib = Math.ceil(Buffer.byteLength(text) / 1024);
  return kib > limitKib ? {line: 1, message: `${what} of ${kib} KiB is too long: ${limitKib} KiB at most`} : undefined;
}
