/**
 * The layout: from columns × rows to rectangles that tile the screen. It does not depend on the content, so
 * no event moves a border; only a resize or a zoom does.
 *
 *     header                                          1 row
 *     topology │ leaders                              the upper panes
 *     conflicts │ timeline                            the lower panes; with a lab open, conflicts │ guide
 *     note: what to try, or what the last command came to   (not in a low window)
 *     prompt                                          1 row
 *     under: completions, usage or the error          1 row
 *     keys                                            1 row
 */

export const MIN_COLUMNS = 60;
export const MIN_ROWS = 16;

export const PANES = ['topology', 'leaders', 'conflicts', 'guide', 'timeline'] as const;
export type PaneId = (typeof PANES)[number];
type BarId = 'header' | 'note' | 'prompt' | 'under' | 'keys';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly bars: {readonly [bar in BarId]?: Rect};
  /** Everything between the header and the bars below: the area of the panes, or of an overlay. */
  readonly middle: Rect;
  /** Only the zoomed pane, or else four panes. */
  readonly panes: {readonly [pane in PaneId]?: Rect};
}

/** True if the terminal has too few columns or rows for the layout. */
export const isTooSmall = (columns: number, rows: number): boolean =>
  columns < MIN_COLUMNS || rows < MIN_ROWS;

/** Without the note above the prompt. */
export const isLow = (rows: number): boolean => rows < 19;

/**
 * Present if a lab is open, with the number of leaders at its start. `pane` says whether the guide or the
 * timeline is shown; the borders are the same for both.
 */
export interface Guided {
  readonly pane: 'guide' | 'timeline';
  readonly leaders: number;
}

/** One row of the terminal stays free, so that drawing the last line never scrolls. */
export function layOut(columns: number, rows: number, zoomed?: PaneId, guided?: Guided): Layout {
  const width = columns;
  const height = rows - 1;
  const low = isLow(rows);
  const bar = (y: number): Rect => ({x: 0, y, width, height: 1});
  const bottom = height - (low ? 3 : 4);
  const bars = {
    header: bar(0),
    ...(low ? {} : {note: bar(bottom)}),
    prompt: bar(height - 3),
    under: bar(height - 2),
    keys: bar(height - 1),
  };
  const area: Rect = {x: 0, y: 1, width, height: bottom - 1};
  return {
    width,
    height,
    bars,
    middle: area,
    panes: zoomed === undefined ? fourPanes(area, guided) : {[zoomed]: area},
  };
}

function fourPanes(
  {x, y, width, height}: Rect,
  guided: Guided | undefined,
): {readonly [pane in PaneId]?: Rect} {
  const upper = Math.max(6, guided === undefined ? Math.round(height * 0.56) : rowsBesideLab(height, guided));
  const topology = clamp(Math.round(width * 0.27), 25, 52);
  const conflicts =
    guided === undefined
      ? clamp(Math.round(width * 0.56), 32, width - 26)
      : clamp(Math.round(width * 0.46), 26, Math.max(26, width - 54));
  return {
    topology: {x, y, width: topology, height: upper},
    leaders: {x: x + topology, y, width: width - topology, height: upper},
    conflicts: {x, y: y + upper, width: conflicts, height: height - upper},
    [guided?.pane ?? 'timeline']: {
      x: x + conflicts,
      y: y + upper,
      width: width - conflicts,
      height: height - upper,
    },
  };
}

/**
 * A lab has much text to read, so it gets the rows that the other panes can spare. A table of leaders needs
 * one row for each.
 */
function rowsBesideLab(height: number, {leaders}: Guided): number {
  return clamp(leaders + 3, Math.round(height * 0.4), Math.round(height * 0.45));
}

/** Divides the columns as evenly as possible, wider parts first. */
export function shareOut(width: number, parts: number): number[] {
  const base = Math.floor(width / parts);
  return Array.from({length: parts}, (_, i) => base + (i < width % parts ? 1 : 0));
}

/** Narrow panes have no padding. */
export const padding = (width: number): number => (width >= 26 ? 1 : 0);

/** The part of a pane inside its border and padding. */
export function inside({x, y, width, height}: Rect): Rect {
  const side = 1 + padding(width);
  return {x: x + side, y: y + 1, width: width - 2 * side, height: height - 2};
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));
