/**
 * Turns a frame into rows of text for the terminal.
 *
 * Ink does not compose the rows, because it splits and rejoins every cell. For a changing screen of 120×36
 * that takes ten times as long as building the frame. The model has already measured and cut every line, so
 * this file only joins them.
 */

import type {Painter} from './colours.ts';
import type {Frame} from './model/screen-frame.ts';
import type {Line} from './model/text/style.ts';

/**
 * Returns a function that keeps painted lines: the store returns the same lines for areas that have not
 * changed, so they are painted once.
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
