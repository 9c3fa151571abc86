/**
 * A frame to rows of text for the terminal.
 *
 * Ink could compose them, and did: it takes every cell apart and puts it together again, which for a screen
 * of 120×36 that changes is ten times the work of deciding what to show. The model has measured and cut every
 * line already, so they only need to be joined.
 */
import type {Frame} from './model/screen-frame.ts';
import type {Line} from './model/text/style.ts';
import type {Painter} from './palette.ts';

/**
 * Lines painted once are not painted again: the store hands out the same ones for areas that have not
 * changed.
 */
export function composer(paint: Painter): (frame: Frame) => string[] {
  const painted = new WeakMap<Line, string>();
  const textOf = (line: Line): string => {
    const known = painted.get(line);
    if (known !== undefined) return known;
    const text = paint(line);
    painted.set(line, text);
    return text;
  };
  return ({height, areas}) => {
    const rows = Array.from({length: height}, () => '');
    // Areas come from left to right.
    for (const {rect, lines} of areas)
      for (const [i, line] of lines.entries()) rows[rect.y + i] += textOf(line);
    return rows.map(row => row.trimEnd());
  };
}
