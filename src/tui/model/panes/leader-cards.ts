/**
 * The leaders' pane: one card for each leader if they fit side by side, else rows of one table. Every card
 * shows the same keys on the same rows, so that a difference between leaders is a difference along a row.
 */

import type {Key} from '../../../base/ids.ts';
import type {ClusterView, KeyView, LeaderView} from '../../../port/view.ts';
import {count} from '../../../report/words/count.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {showReading} from '../../../report/words/show-value.ts';
import type {BoxContent} from '../text/box.ts';
import {inside, type Rect, shareOut} from '../text/layout.ts';
import {legible} from '../text/legible.ts';
import {type Line, type Run, run, type Tone} from '../text/style.ts';
import {join, padEnd, spread} from '../text/text.ts';
import {
  absent,
  dotRun,
  isOut,
  nameRun,
  type Palette,
  paletteOf,
  showAge,
  showHlc,
  statusGlyph,
  statusTone,
  statusWord,
  statusWords,
  vectorLine,
} from '../text/words.ts';
import {alarmsOf, clockSetting, ownResolver} from './leader-alarms.ts';
import {type DrawnLeaders, drawTable, isChanged, sharedKeys} from './leader-table.ts';

const MIN_CARD_COLUMNS = 18;
const MOST_CARDS = 7;

const fitsCards = (leaders: number, width: number): boolean =>
  leaders <= MOST_CARDS && width >= leaders * MIN_CARD_COLUMNS;

/** One box per leader, or one for all. */
export function drawLeaders(
  picture: DrawnLeaders,
  rect: Rect,
): {readonly rect: Rect; readonly content: BoxContent}[] {
  const {view} = picture;
  if (!fitsCards(view.leaders.length, rect.width)) return [{rect, content: drawTable(picture, inside(rect))}];
  const keys = sharedKeys(view.leaders, keyRows(inside(rect).height), picture.nowMs);
  let x = rect.x;
  return shareOut(rect.width, view.leaders.length).flatMap((width, i) => {
    const leader = view.leaders[i];
    if (leader === undefined) return [];
    const place = {...rect, x, width};
    x += width;
    return [{rect: place, content: card(leader, keys, picture, inside(place))}];
  });
}

const isTall = (height: number): boolean => height >= 8;
const keyRows = (height: number): number => Math.max(0, height - (isTall(height) ? 3 : height > 3 ? 2 : 1));

function card(
  leader: LeaderView,
  keys: readonly Key[],
  {view, nowMs, selected, focused}: DrawnLeaders,
  {width, height}: Rect,
): BoxContent {
  const palette = paletteOf(view);
  const order = view.leaders.map(({id}) => id);
  const vector = vectorLine(leader.vv, order, palette);
  const found = new Map(leader.keys.map(entry => [entry.key, entry]));
  const keyWidth = Math.min(
    Math.max(3, ...keys.map(key => widthOf(legible(key)))),
    Math.max(4, Math.floor(width * (width < 20 ? 0.45 : 0.34))),
  );
  const rows = keys.map(key =>
    keyRow(key, found.get(key), {keyWidth, width, nowMs, palette, isUp: leader.status === 'up'}),
  );
  const hidden = leader.keyCount - keys.filter(key => found.has(key)).length;
  if (hidden > 0 && rows.length === keyRows(height))
    rows[rows.length - 1] = [run(`… ${count(hidden + 1, 'more key')}`, 'dim')];
  const alarms = alarmsOf(leader);
  const first = spread(vector, clockSetting(leader), width);
  const own = ownResolver(leader, view);
  const isNarrow = width < 20;
  // There is no room for both. The glyph already says that a leader is up.
  const status: Line =
    isNarrow && leader.status === 'up' && own.length > 0
      ? own
      : [run(statusText(leader, nowMs, isNarrow), statusTone(leader.status))];
  const details =
    height <= 3
      ? [spread(vector, behind(leader), width)]
      : [
          first,
          standing(leader, statusInStep(leader, view, isNarrow), isTall(height) ? [] : alarms, nowMs, width),
        ];
  return {
    title: [nameRun(leader.id, palette), run(' '), statusGlyph(leader.status), run(' '), ...status],
    remark: isNarrow ? [] : own,
    lines: [...details, ...(isTall(height) ? [alarms] : []), ...rows],
    focused: focused && leader.id === selected,
  };
}

const statusText = (leader: LeaderView, nowMs: number, isNarrow: boolean): string =>
  isNarrow ? statusWord(leader) : statusWords(leader, nowMs);

function behind({behind: missing}: LeaderView): Line {
  return missing > 0 ? [run(`behind ${missing}`, 'warn')] : [];
}

/**
 * For a leader that lacks no operation. If the leader cannot be asked, the card says only that it shows the
 * last known state.
 */
function statusInStep(leader: LeaderView, {convergence}: ClusterView, isNarrow: boolean): Run {
  if (isOut(leader)) return run('last known', 'dim');
  if (leader.opCount === 0) return run('empty', 'dim');
  const isApart = convergence.type === 'diverged' && convergence.missingOps === 0;
  return isApart
    ? run(isNarrow ? `${GLYPHS.differs} values` : 'values differ', 'warn')
    : run('in step', 'dim');
}

/** What the leader lacks, what is wrong with it, and its clock if there is room. */
function standing(leader: LeaderView, calm: Run, alarms: Line, nowMs: number, width: number): Line {
  const missing = leader.behind > 0 ? behind(leader) : [calm];
  return spread(
    join([missing, alarms], run(' ')),
    [run(width < 20 && isOut(leader) ? showAge(nowMs - leader.sinceMs) : showHlc(leader.hlc), 'dim')],
    width,
    width,
  );
}

interface RowStyle {
  readonly keyWidth: number;
  readonly width: number;
  readonly nowMs: number;
  readonly palette: Palette;
  readonly isUp: boolean;
}

function keyRow(
  key: Key,
  entry: KeyView | undefined,
  {keyWidth, width, nowMs, palette, isUp}: RowStyle,
): Line {
  const name = run(`${padEnd(legible(key), keyWidth)} `, 'dim');
  if (entry === undefined) return [name, run(absent, 'dim')];
  const isNew = isChanged(entry, nowMs);
  const tone: Tone = isNew ? 'changed' : isUp ? 'plain' : 'dim';
  return [
    name,
    ...spread(
      [run(showReading(entry.reading, palette), tone)],
      keyRemark(entry, width, palette),
      width - keyWidth - 1,
      4,
    ),
  ];
}

/**
 * The remark beside a value: that the key is in conflict, unless the value shows that itself; else the write
 * that is shown.
 */
function keyRemark({frontierSize, reading, dot}: KeyView, width: number, palette: Palette): Line {
  const isRoomy = width >= 22;
  if (frontierSize > 1 && reading.type === 'siblings')
    return isRoomy ? [run(`${GLYPHS.differs} ${frontierSize}`, 'warn')] : [];
  if (frontierSize > 1)
    return [
      run(
        isRoomy ? `${GLYPHS.differs} ${frontierSize} siblings` : `${GLYPHS.differs} ${frontierSize}`,
        'warn',
      ),
    ];
  return dot !== undefined && isRoomy ? [dotRun(dot, palette)] : [];
}
