/**
 * Styled text: a tone says what a piece of text means, not how it looks; `tui/colours.ts` maps tones to
 * colours. A glyph or a word always says the same as the tone, so that the screen is readable without colour.
 */

const ACCENT_COUNT = 8;

/** A leader's own tone, by its place in the cluster. */
export type Accent = `accent-${number}`;

export type Tone =
  | 'plain'
  /** Secondary: units, times, hints. */
  | 'dim'
  | 'strong'
  | 'border'
  /** The border and title of the pane that has the keys. */
  | 'focus'
  | 'good'
  | 'warn'
  | 'bad'
  /** A key to press. */
  | 'key'
  /** Changed within the last second. */
  | 'changed'
  | Accent;

/**
 * A mark in addition to the tone: the selected entry, the prompt's cursor, the badge that says who gets the
 * keys.
 */
export type Mark = 'selected' | 'cursor' | 'badge';

export interface Run {
  readonly text: string;
  readonly tone: Tone;
  readonly mark?: Mark;
}

export type Line = readonly Run[];

/** Returns a piece of text in a tone, without a mark. */
export const run = (text: string, tone: Tone = 'plain'): Run => ({text, tone});

/**
 * Returns the tone for a place in the cluster, from 0. There are eight tones, so from the ninth leader on
 * they repeat.
 */
export const accent = (index: number): Accent =>
  `accent-${((index % ACCENT_COUNT) + ACCENT_COUNT) % ACCENT_COUNT}`;

/** Returns the line with the mark on every piece, in place of earlier marks. */
export const marked = (line: Line, mark: Mark): Line => line.map(({text, tone}) => ({text, tone, mark}));
