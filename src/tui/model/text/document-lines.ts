/**
 * A document of `report/` as lines of the screen: escaped, in the tones of the leaders, wrapped to a width.
 */
import {assertNever} from '../../../base/assert.ts';
import type {
  Block,
  Cell,
  Document,
  DocumentTone,
  SpanLine,
} from '../../../report/document/styled-document.ts';
import {legible} from './legible.ts';
import {type Line, type Run, run, type Tone} from './style.ts';
import {fairShare, lineWidth, splitLine, wrapLine} from './text.ts';
import type {Palette} from './words.ts';

/** Returns the spans as one line, not wrapped: legible, in the tones of the palette, without empty pieces. */
export const runsOf = (spans: SpanLine, palette: Palette): Line =>
  spans.map(({text, tone}) => run(legible(text), toneOf(tone, palette))).filter(({text}) => text !== '');

const toneOf = (tone: DocumentTone, palette: Palette): Tone =>
  typeof tone === 'string' ? tone : palette.tone(tone.leader);

/** Every line is at most `width` wide. */
export const documentLines = (document: Document, palette: Palette, width: number): Line[] =>
  document.flatMap(block => blockLines(block, palette, width));

function blockLines(block: Block, palette: Palette, width: number): Line[] {
  switch (block.type) {
    case 'line':
      return hangingLines(runsOf(block.spans, palette), block.hang, width);
    case 'table':
      return tableLines(block.rows, palette, width);
    case 'indented':
      return documentLines(block.blocks, palette, width - INDENT.text.length).map(
        (line): Line => (line.length === 0 ? [] : [INDENT, ...line]),
      );
    case 'either':
      return documentLines(fitting(block.choices, palette, width), palette, width);
    default:
      return assertNever(block);
  }
}

const INDENT: Run = run('  ');

/** The first choice that needs no wrapping, or else the last one. */
function fitting(choices: readonly Document[], palette: Palette, width: number): Document {
  const fits = (document: Document): boolean =>
    documentLines(document, palette, Number.POSITIVE_INFINITY).every(line => lineWidth(line) <= width);
  return choices.find(fits) ?? choices.at(-1) ?? [];
}

/**
 * Text that does not fit continues below, indented by `hang` columns, or by the line's own margin if `hang`
 * is too wide.
 */
function hangingLines(line: Line, hang: number, width: number): Line[] {
  if (lineWidth(line) <= width) return [line];
  const text = line.map(piece => piece.text).join('');
  const indent = text.length - text.trimStart().length;
  const [head, rest] = splitLine(line, hang <= width * MOST_HANG ? hang : indent);
  // A beginning that is more than a margin is text that wraps too, unless it is the first column of a row.
  return wrapLine(rest, width, head);
}

const MOST_HANG = 0.6;
const GAP = 2;

/** The widest columns become narrower until the table fits, and their cells wrap. */
function tableLines(rows: readonly (readonly Cell[])[], palette: Palette, width: number): Line[] {
  const cells = rows.map(row => row.map(({spans, align}) => ({line: runsOf(spans, palette), align})));
  const count = Math.max(0, ...cells.map(row => row.length));
  const natural = Array.from({length: count}, (_, i) =>
    Math.max(0, ...cells.map(row => lineWidth(row[i]?.line ?? []))),
  );
  const widest = Math.max(1, fairShare(natural, width - GAP * (count - 1)));
  const widths = natural.map(wide => Math.min(wide, widest));
  return cells.flatMap(row => {
    const blocks = row.map(({line, align}, i): Line[] => {
      const wide = widths[i] ?? 0;
      const lines = lineWidth(line) <= wide ? [line] : wrapLine(line, wide);
      return align === 'right' ? lines.map(one => [padding(wide - lineWidth(one)), ...one]) : lines;
    });
    const height = Math.max(0, ...blocks.map(block => block.length));
    return Array.from({length: height}, (_, y) =>
      rowLine(
        blocks.map(block => block[y] ?? []),
        widths,
      ),
    );
  });
}

const padding = (width: number): Run => run(' '.repeat(Math.max(0, width)));

/** One line of a row: its cells padded to their columns, without spaces at the end. */
function rowLine(cells: readonly Line[], widths: readonly number[]): Line {
  const last = cells.findLastIndex(line => line.some(({text}) => text !== ''));
  return cells.slice(0, last + 1).flatMap((line, i): Line => {
    const missing = (widths[i] ?? 0) - lineWidth(line) + GAP;
    return i === last ? line : [...line, padding(missing)];
  });
}
