/**
 * Maps our glyphs to ASCII, for terminals that show only ASCII. Each glyph becomes one character of the same
 * width, so borders stay in place. All other non-ASCII characters come from users' data and become JSON
 * escapes, because a terminal without UTF-8 could read their bytes as control characters.
 */

import {unitEscape} from './printable.ts';

const GLYPHS: readonly (readonly [string, string])[] = [
  ['─━–—−', '-'],
  ['│∥', '|'],
  ['╭╮╰╯', '+'],
  ['●•', '*'],
  ['○◌◇', 'o'],
  ['◐', '%'],
  ['½', '/'],
  ['■█', '#'],
  ['✔', '+'],
  ['✘✕×', 'x'],
  ['✂', '%'],
  ['≠', '!'],
  ['±', '~'],
  ['∪', 'u'],
  ['·∙', '.'],
  ['…', '~'],
  ['→▸▶›', '>'],
  ['←⇠‹', '<'],
  ['↔', '-'],
  ['↑', '^'],
  ['↓', 'v'],
  ['↗↙', '/'],
  ['↘↖', '\\'],
  ['↻', '@'],
  ['⏸', '='],
  ['“”', '"'],
  ['‘’', "'"],
  ['▁', '_'],
  ['▂', '.'],
  ['▃', '-'],
  ['▄', '='],
  ['▅', '+'],
  ['▆', '*'],
  ['▇', '%'],
];

const ASCII = new Map(
  GLYPHS.flatMap(([glyphs, character]) => [...glyphs].map(glyph => [glyph, character] as const)),
);

/**
 * The text in characters that every terminal shows: glyphs become similar characters, other characters become
 * escapes.
 */
export const ascii = (text: string): string =>
  text.replace(/[^\u0000-\u007f]/g, unit => ASCII.get(unit) ?? lineOf(unit) ?? unitEscape(unit));

const BRAILLE = 0x2800;
/** The rows of the dots of a Braille cell, in the order of its bits; the fourth row has the last two. */
const LEFT_ROWS: readonly (readonly [number, number])[] = [
  [0x01, 0],
  [0x02, 1],
  [0x04, 2],
  [0x40, 3],
];
const RIGHT_ROWS: readonly (readonly [number, number])[] = [
  [0x08, 0],
  [0x10, 1],
  [0x20, 2],
  [0x80, 3],
];

/** A piece of a line that is drawn with Braille dots: how steep it is, and which way it goes. */
function lineOf(unit: string): string | undefined {
  const bits = unit.charCodeAt(0) - BRAILLE;
  if (bits < 0 || bits > 0xff) return undefined;
  const rows = (side: readonly (readonly [number, number])[]) =>
    side.filter(([bit]) => (bits & bit) !== 0).map(([, row]) => row);
  const [left, right] = [rows(LEFT_ROWS), rows(RIGHT_ROWS)];
  if (left.length + right.length < 2) return bits === 0 ? ' ' : '.';
  if (left.length === 0 || right.length === 0) return '|';
  const mean = (of: readonly number[]): number => of.reduce((sum, row) => sum + row, 0) / of.length;
  const fall = mean(right) - mean(left);
  if (Math.abs(fall) < 0.5) return left.length > 1 && right.length > 1 ? '|' : mean(left) > 2 ? '_' : '-';
  return fall > 0 ? '\\' : '/';
}
