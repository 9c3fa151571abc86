/**
 * Limits that no lab needs to exceed. Beyond them, the parsers would take minutes or run out of stack, so
 * such a file is refused before it is parsed.
 */
import type {LabError} from './lab-types.ts';

const LAB_KIB = 256;
const FRONT_MATTER_KIB = 4;
/**
 * The deepest nesting: each level of a quote or a list adds at least one character at the start of a line.
 */
const DEPTH = 100;

/**
 * The limit for one paragraph. Pairing emphasis marks takes quadratic time: 22,000 in a row take 8 s, this
 * many a few milliseconds. A word in snake_case contains marks too, so the limit is far above normal prose.
 */
const EMPHASIS_MARKS = 500;

/** Indentation, and marks of quotes and lists. */
const DEEP = new RegExp(`^(?:[ \\t>]|[-*+](?=[ \\t])|\\d{1,9}[.)](?=[ \\t])){${DEPTH + 1}}`, 'm');

export function isTooMuch(text: string): LabError | undefined {
  const long = tooLong('a lab', text, LAB_KIB);
  if (long !== undefined) return {...long, hint: 'make several labs of it'};
  return tooDeep(text) ?? tooEmphatic(text);
}

function tooDeep(text: string): LabError | undefined {
  const deep = DEEP.exec(text);
  if (deep === null) return undefined;
  const hint = `at most ${DEPTH} characters of indentation and marks of quotes and lists begin a line`;
  return {
    line: text.slice(0, deep.index).split('\n').length,
    message: 'this line is nested too deeply',
    hint,
  };
}

/** A paragraph ends at an empty line, in a list or a quote too. */
function tooEmphatic(text: string): LabError | undefined {
  let line = 1;
  let marks = 0;
  for (const [index, row] of text.split('\n').entries()) {
    if (/^[\s>]*$/.test(row)) {
      marks = 0;
      line = index + 2;
    }
    marks += row.match(/[*_~]/g)?.length ?? 0;
    if (marks > EMPHASIS_MARKS)
      return {
        line,
        message: `this paragraph has more than ${EMPHASIS_MARKS} marks of emphasis (* _ ~)`,
        hint: 'put empty lines between its parts',
      };
  }
  return undefined;
}

export const isFrontMatterTooLong = (yaml: string): LabError | undefined =>
  tooLong('a front matter', yaml, FRONT_MATTER_KIB);

function tooLong(what: string, text: string, limitKib: number): LabError | undefined {
  const kib = Math.ceil(Buffer.byteLength(text) / 1024);
  return kib > limitKib
    ? {line: 1, message: `${what} of ${kib} KiB is too long: ${limitKib} KiB at most`}
    : undefined;
}
