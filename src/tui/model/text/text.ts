/**
 * Cuts, pads, joins and wraps lines of runs. All widths are in terminal columns, as string-width measures
 * them, so that wide characters and emoji never move a border.
 */
import {head, widthOf} from '../../../report/words/cut.ts';
import {type Line, type Run, run, type Tone} from './style.ts';

/** Columns that the line takes. */
export const lineWidth = (line: Line): number => line.reduce((sum, {text}) => sum + widthOf(text), 0);

/** Cut to the width, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return width <= 0 ? '' : `${head(text, width - 1)}…`;
}

/**
 * Returns the text exactly `width` columns wide: filled up with spaces at its end, or cut with an ellipsis.
 */
export function padEnd(text: string, width: number): string {
  const fitted = cut(text, width);
  return fitted + ' '.repeat(Math.max(0, width - widthOf(fitted)));
}

/**
 * Returns the text exactly `width` columns wide: filled up with spaces at its start, or cut with an
 * ellipsis.
 */
export function padStart(text: string, width: number): string {
  const fitted = cut(text, width);
  return ' '.repeat(Math.max(0, width - widthOf(fitted))) + fitted;
}

/** The line cut to the width; a cut line ends in an ellipsis. */
export function cutLine(line: Line, width: number): Line {
  if (lineWidth(line) <= width) return line;
  const kept: Run[] = [];
  let left = width - 1;
  for (const piece of line) {
    const wide = widthOf(piece.text);
    if (wide <= left) {
      kept.push(piece);
      left -= wide;
      continue;
    }
    kept.push({...piece, text: `${head(piece.text, left)}…`});
    break;
  }
  return width <= 0 ? [] : kept;
}

/** Exactly this wide: cut, or filled up with spaces. */
export function fitLine(line: Line, width: number): Line {
  const fitted = cutLine(line, width);
  const missing = width - lineWidth(fitted);
  return missing > 0 ? [...fitted, run(' '.repeat(missing))] : fitted;
}

/**
 * `left` at the left edge and `right` at the right one. If both do not fit, `left` is cut. If less than
 * `keep` columns of `left` would remain, `right` is left out.
 */
export function spread(left: Line, right: Line, width: number, keep = 8): Line {
  const rightWidth = lineWidth(right);
  if (rightWidth === 0 || rightWidth + Math.min(keep, lineWidth(left)) + 1 > width)
    return fitLine(left, width);
  return [...fitLine(left, width - rightWidth - 1), run(' '), ...right];
}

/** Joins the lines into one, with a separator between lines that are not empty. */
export function join(lines: readonly Line[], separator: Run = run('  ')): Line {
  const filled = lines.filter(line => line.length > 0);
  return filled.flatMap((line, i) => (i === 0 ? line : [separator, ...line]));
}

/**
 * The greatest width such that the texts fit into the room if each text wider than it is cut to it.
 */
export function fairShare(widths: readonly number[], room: number): number {
  const sorted = [...widths].sort((a, b) => a - b);
  let left = room;
  for (const [i, wide] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - i));
    if (wide > share) return Math.max(0, share);
    left -= wide;
  }
  return Math.max(0, ...widths) + Math.max(0, left);
}

/** Plain text broken at spaces into lines of at most this width; a longer word is broken anywhere. */
export function wrap(text: string, width: number, tone: Tone = 'plain'): Line[] {
  const lines: string[] = [];
  let current = '';
  for (let word of text.split(' ')) {
    const candidate = current === '' ? word : `${current} ${word}`;
    if (widthOf(candidate) <= width) {
      current = candidate;
      continue;
    }
    if (current !== '') lines.push(current);
    while (widthOf(word) > width && width > 1) {
      const part = head(word, width);
      if (part === '') break;
      lines.push(part);
      word = word.slice(part.length);
    }
    current = word;
  }
  return [...lines, current].map(line => [run(line, tone)]);
}

/** The line in two: its first `width` columns, and the rest. */
export function splitLine(line: Line, width: number): readonly [Line, Line] {
  const before: Run[] = [];
  let left = width;
  for (const [i, piece] of line.entries()) {
    const wide = widthOf(piece.text);
    if (wide > left) {
      const start = head(piece.text, left);
      const parts: readonly Run[] = start === '' ? [] : [{...piece, text: start}];
      return [
        [...before, ...parts],
        [{...piece, text: piece.text.slice(start.length)}, ...line.slice(i + 1)],
      ];
    }
    before.push(piece);
    left -= wide;
  }
  return [before, []];
}

/**
 * A line broken at spaces, each word in its tone; all lines but the first begin with `margin`, and the first
 * with `head`.
 */
export function wrapLine(
  line: Line,
  width: number,
  head: Line = [],
  margin: Line = [run(' '.repeat(lineWidth(head)))],
): Line[] {
  const room = Math.max(1, width - Math.max(lineWidth(head), lineWidth(margin)));
  const lines: Run[][] = [];
  let current: Run[] = [];
  for (const word of wordsOf(line).flatMap(one => brokenWord(one, room))) {
    if (current.length > 0 && lineWidth(current) + 1 + lineWidth(word) > room) {
      lines.push(current);
      current = [];
    }
    // A space between words of the same tone has that tone.
    const gap = word[0]?.tone === current.at(-1)?.tone ? (word[0]?.tone ?? 'plain') : 'plain';
    current.push(...(current.length > 0 ? [run(' ', gap)] : []), ...word);
  }
  return [...lines, current].map((words, i) => [...(i === 0 ? head : margin), ...words]);
}

/** The words between spaces. A word may consist of several runs. */
function wordsOf(line: Line): Line[] {
  const words: Run[][] = [[]];
  for (const {text, tone} of line) {
    for (const [i, part] of text.split(' ').entries()) {
      if (i > 0) words.push([]);
      if (part !== '') words.at(-1)?.push(run(part, tone));
    }
  }
  return words.filter(word => word.length > 0);
}

/** A word that is wider than the room, in pieces. */
function brokenWord(word: Line, room: number): Line[] {
  if (lineWidth(word) <= room) return [word];
  return word.flatMap(({text, tone}) => wrap(text, room, tone));
}

/** Exactly this many lines, each exactly this wide. */
export function fitBlock(lines: readonly Line[], width: number, height: number): Line[] {
  return Array.from({length: Math.max(0, height)}, (_, i) => fitLine(lines[i] ?? [], width));
}

/** The index of the first entry to show, so that the selected entry is visible, in the middle if possible. */
export function windowStart(count: number, height: number, selected: number): number {
  if (count <= height) return 0;
  return Math.max(0, Math.min(selected - Math.floor(height / 2), count - height));
}
