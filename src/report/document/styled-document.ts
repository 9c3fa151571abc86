/**
 * The answer to a command as a document: lines of styled spans, tables, indented blocks. There is one
 * document, and two renderers: `plain-text.ts` for `run`, and `tui/model` for the screen, which wraps it to
 * its width.
 *
 * Spans hold unescaped text; the renderer escapes it. Tones say what a text means, never how it looks.
 */
import type {LeaderId} from '../../base/ids.ts';

/** `{leader}`: the leader's own tone, for its name and the names of its operations. */
export type DocumentTone =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'key'
  | 'good'
  | 'warn'
  | 'bad'
  | {readonly leader: LeaderId};

export interface Span {
  readonly text: string;
  readonly tone: DocumentTone;
}

/** Spans beside each other. */
export type SpanLine = readonly Span[];

/** One column in one row of a table. */
export interface Cell {
  readonly spans: SpanLine;
  readonly align?: 'right';
}

export type Block =
  /** If it is wrapped, the lines after the first begin `hang` columns further right. */
  | {readonly type: 'line'; readonly spans: SpanLine; readonly hang: number}
  /** The renderer aligns the columns. A row may end early. */
  | {readonly type: 'table'; readonly rows: readonly (readonly Cell[])[]}
  | {readonly type: 'indented'; readonly blocks: Document}
  /** The first of these that fits the width, or else the last. */
  | {readonly type: 'either'; readonly choices: readonly Document[]};

export type Document = readonly Block[];

/** Returns a piece of text with a tone. The text is not escaped yet: the renderer does that. */
export const span = (text: string, tone: DocumentTone = 'plain'): Span => ({text, tone});

/** A line of one text, or of spans. */
export const line = (content: string | SpanLine, hang = 0): Block => ({
  type: 'line',
  spans: typeof content === 'string' ? [span(content)] : content,
  hang,
});

export const EMPTY_LINE: Block = line([]);

/**
 * Returns a table of these rows. The renderer aligns its columns; a row may have fewer cells than others.
 */
export const table = (rows: readonly (readonly Cell[])[]): Block => ({type: 'table', rows});

/** A cell of one text, or of spans. */
export const cell = (content: string | SpanLine, tone: DocumentTone = 'plain'): Cell => ({
  spans: typeof content === 'string' ? [span(content, tone)] : content,
});

/** A cell whose text ends at the right edge of its column. */
export const number = (text: string, tone: DocumentTone = 'plain'): Cell => ({
  spans: [span(text, tone)],
  align: 'right',
});

/** Returns the blocks as one block, which the renderer indents. */
export const indented = (blocks: Document): Block => ({type: 'indented', blocks});

/** Joins lines into one, with a separator between those that are not empty. */
export function joined(lines: readonly SpanLine[], separator: Span): SpanLine {
  const filled = lines.filter(spans => spans.length > 0);
  return filled.flatMap((spans, i) => (i === 0 ? spans : [separator, ...spans]));
}
