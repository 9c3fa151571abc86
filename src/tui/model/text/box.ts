/**
 * Draws a pane as lines: a rounded border around the content. The border carries a title at the upper left, a
 * remark at the upper right and a remark at the foot. The pane that has the keys also has a marker before its
 * title, not only a colour.
 */
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {inside, padding, type Rect} from './layout.ts';
import {type Line, run, type Tone} from './style.ts';
import {cutLine, fitLine, lineWidth} from './text.ts';

export interface BoxContent {
  readonly title: Line;
  readonly remark?: Line;
  /** In the lower border, at its left. */
  readonly foot?: Line;
  readonly lines: readonly Line[];
  readonly focused: boolean;
}

/**
 * Draws the content in a border of the rectangle's size. Lines that are too wide are cut, missing lines are
 * blank, and surplus lines are left out. The remark is left out if it does not fit beside the title.
 */
export function drawBox(
  {title, remark = [], foot = [], lines, focused}: BoxContent,
  {width, height}: Rect,
): Line[] {
  const tone: Tone = focused ? 'focus' : 'border';
  const pad = padding(width) > 0 ? ' ' : '';
  const [left, right] = [run(`│${pad}`, tone), run(`${pad}│`, tone)];
  const room = inside({x: 0, y: 0, width, height}).width;
  const body = Array.from(
    {length: Math.max(0, height - 2)},
    (_, i): Line => [left, ...fitLine(lines[i] ?? [], room), right],
  );
  return [topBorder(title, remark, width, focused, tone), ...body, bottomBorder(foot, width, tone)];
}

function topBorder(title: Line, remark: Line, width: number, focused: boolean, tone: Tone): Line {
  const left: Line = cutLine(
    [run(focused ? `╭${GLYPHS.pointer}` : '╭ ', tone), ...title, run(' ', tone)],
    width - 1,
  );
  const room = width - 1 - lineWidth(left);
  const right: Line =
    remark.length > 0 && lineWidth(remark) + 3 <= room ? [run(' ', tone), ...remark, run(' ─', tone)] : [];
  return [...left, run('─'.repeat(Math.max(0, room - lineWidth(right))), tone), ...right, run('╮', tone)];
}

function bottomBorder(foot: Line, width: number, tone: Tone): Line {
  const left: Line =
    foot.length === 0 ? [run('╰', tone)] : cutLine([run('╰ ', tone), ...foot, run(' ', tone)], width - 1);
  return [...left, run('─'.repeat(width - 1 - lineWidth(left)), tone), run('╯', tone)];
}
