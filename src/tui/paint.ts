/**
 * A frame as rows of text for the terminal.
 *
 * Ink could compose them, but it takes every cell apart and puts it together again. For a changing screen of
 * 120×36 that is ten times the work of deciding what to show. The model has measured and cut every line
 * already, so here they are only joined.
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
