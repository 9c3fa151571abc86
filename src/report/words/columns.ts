/**
 * Tables and columns of text for people.
 */
import stringWidth from 'string-width';
import {broken} from './cut.ts';

/** A text and the edge of its column that it touches. */
export interface AlignedText {
  readonly text: string;
  readonly align: 'left' | 'right';
}

/** Rows with their columns below each other, two spaces apart; nothing follows the last cell of a row. */
export function columns(rows: readonly (readonly AlignedText[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, {text}] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, stringWidth(text));
  return rows.map(row =>
    row
      .map(({text, align}, i) => {
        const padding = ' '.repeat((widths[i] ?? 0) - stringWidth(text));
        return align === 'right' ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks a text at spaces into lines of at most this width. A longer word is broken anywhere. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ').flatMap(one => broken(one, width))) {
    const last = lines.at(-1) ?? '';
    const longer = last === '' ? word : `${last} ${word}`;
    if (stringWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
