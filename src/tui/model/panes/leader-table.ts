/**
 * Leaders as rows of a table: for many of them, and for narrow windows. The newest keys are its columns.
 */

import type {Key} from '../../../base/ids.ts';
import type {ClusterView, KeyView, LeaderView} from '../../../port/view.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {showReading} from '../../../report/words/show-value.ts';
import type {BoxContent} from '../text/box.ts';
import {type Rect, shareOut} from '../text/layout.ts';
import {legible} from '../text/legible.ts';
import {type Line, type Run, run, type Tone} from '../text/style.ts';
import {fitLine, join, lineWidth, padEnd, padStart, windowStart} from '../text/text.ts';
import {
  absent,
  type Palette,
  paletteOf,
  statusGlyph,
  statusTone,
  statusWord,
  statusWords,
} from '../text/words.ts';
import {alarmsOf, clockSetting, ownResolver} from './leader-alarms.ts';

/** How long a change is highlighted. */
export const CHANGED_MS = 1000;

/** Virtual time may have been taken back: a change far in the future is not recent. */
export const isChanged = ({changedAtMs}: KeyView, nowMs: number): boolean =>
  Math.abs(nowMs - changedAtMs) < CHANGED_MS;

export interface DrawnLeaders {
  readonly view: ClusterView;
  readonly nowMs: number;
  readonly selected: string | undefined;
  readonly focused: boolean;
}

/**
 * Keys changed within this time count as changed together, so that those of a load do not push each other
 * out.
 */
const TOGETHER_MS = 5000;
const inOrder = new Intl.Collator('en', {numeric: true}).compare;
const isOfLoad = (key: Key): boolean => key.startsWith('load:');

/**
 * The keys that changed last at any leader, as many as fit. They are sorted by name, so that they keep their
 * columns; keys of a load come last.
 */
export function sharedKeys(leaders: readonly LeaderView[], most: number, nowMs: number): Key[] {
  const changed = new Map<Key, number>();
  for (const {keys} of leaders)
    for (const {key, changedAtMs} of keys) changed.set(key, Math.max(changed.get(key) ?? 0, changedAtMs));
  const since = ([, atMs]: readonly [Key, number]): number => (nowMs - atMs < TOGETHER_MS ? nowMs : atMs);
  const byName = (a: Key, b: Key): number =>
    Number(isOfLoad(a)) - Number(isOfLoad(b)) || inOrder(a, b) || (a < b ? -1 : 1);
  const newest = [...changed]
    .sort((a, b) => since(b) - since(a) || byName(a[0], b[0]))
    .slice(0, Math.max(0, most));
  return newest.map(([key]) => key).sort(byName);
}

const MIN_KEY_COLUMNS = 7;
const MOST_KEY_COLUMNS = 30;

interface Columns {
  readonly name: number;
  readonly status: number;
  readonly behind: number;
  /** How bad a leader's trouble is; 0 if it has none. */
  readonly remarks: number;
  readonly keys: readonly {readonly key: Key; readonly width: number}[];
}

export function drawTable(picture: DrawnLeaders, {width, height}: Rect): BoxContent {
  const {view, nowMs, selected, focused} = picture;
  const roomy = width >= 56;
  const words = (leader: LeaderView): string => (roomy ? statusWords(leader, nowMs) : statusWord(leader));
  const columns = shareColumns(picture, words, roomy, width);
  const palette = paletteOf(view);
  const rows = view.leaders.map(leader => row(leader, columns, words(leader), picture, palette));
  const start = windowStart(
    rows.length,
    height - 1,
    Math.max(
      0,
      view.leaders.findIndex(({id}) => id === selected),
    ),
  );
  const hidden = rows.length - start - (height - 1);
  const up = view.leaders.filter(({status}) => status === 'up').length;
  return {
    title: [run('leaders', focused ? 'focus' : 'strong')],
    remark: [
      run(`${up} of ${view.leaders.length} up`, up < view.leaders.length ? 'warn' : 'dim'),
      run(start > 0 ? ` · ${start} ↑` : '', 'dim'),
      run(hidden > 0 ? ` · ${hidden} ↓` : '', 'dim'),
    ],
    lines: [heading(columns), ...rows.slice(start, start + height - 1)],
    focused,
  };
}

function shareColumns(
  {view, nowMs}: DrawnLeaders,
  words: (leader: LeaderView) => string,
  roomy: boolean,
  width: number,
): Columns {
  const name = Math.max(...view.leaders.map(({id}) => id.length));
  const status = Math.max(...view.leaders.map(leader => widthOf(words(leader))));
  const behind = roomy ? 6 : Math.max(...view.leaders.map(leader => String(leader.behind).length)) + 1;
  const widest = Math.max(...view.leaders.map(leader => lineWidth(remarksOf(leader, view))));
  const remarks = widest === 0 ? 0 : Math.min(widest, Math.max(8, Math.floor(width * 0.22))) + 2;
  const room = width - (name + 1 + 1 + 1 + status + 1 + behind + remarks);
  const keys = sharedKeys(view.leaders, Math.min(8, Math.floor(room / (MIN_KEY_COLUMNS + 2))), nowMs);
  const widths =
    keys.length === 0 ? [] : shareOut(room, keys.length).map(share => Math.min(share - 2, MOST_KEY_COLUMNS));
  return {name, status, behind, remarks, keys: keys.map((key, i) => ({key, width: widths[i] ?? 0}))};
}

const remarksOf = (leader: LeaderView, view: ClusterView): Line =>
  join([alarmsOf(leader), ownResolver(leader, view), clockSetting(leader)], run(' '));

const heading = ({name, status, behind, remarks, keys}: Columns): Line => [
  run(' '.repeat(name + 3 + status + 1)),
  run(padStart(behind >= 6 ? 'behind' : '', behind), 'dim'),
  run(' '.repeat(remarks)),
  ...keys.map(({key, width}) => run(`  ${padEnd(legible(key), width)}`, 'dim')),
];

function row(
  leader: LeaderView,
  columns: Columns,
  words: string,
  {view, nowMs, selected, focused}: DrawnLeaders,
  palette: Palette,
): Line {
  const found = new Map(leader.keys.map(entry => [entry.key, entry]));
  const name = run(padEnd(leader.id, columns.name), palette.tone(leader.id));
  const behind = columns.behind >= 6 || leader.behind === 0 ? String(leader.behind) : `−${leader.behind}`;
  return [
    focused && leader.id === selected ? {...name, mark: 'selected'} : name,
    run(' '),
    statusGlyph(leader.status),
    run(' '),
    run(`${padEnd(words, columns.status)} `, statusTone(leader.status)),
    run(padStart(behind, columns.behind), leader.behind > 0 ? 'warn' : 'dim'),
    ...(columns.remarks === 0 ? [] : [run('  '), ...fitLine(remarksOf(leader, view), columns.remarks - 2)]),
    ...columns.keys.map(({key, width}) => cell(found.get(key), width, leader, nowMs, palette)),
  ];
}

function cell(
  entry: KeyView | undefined,
  width: number,
  leader: LeaderView,
  nowMs: number,
  palette: Palette,
): Run {
  if (entry === undefined) return run(`  ${padEnd(absent, width)}`, 'dim');
  const isConflict = entry.frontierSize > 1;
  const text = `${isConflict ? `${GLYPHS.differs} ` : ''}${showReading(entry.reading, palette)}`;
  const tone: Tone = isChanged(entry, nowMs)
    ? 'changed'
    : isConflict
      ? 'warn'
      : leader.status === 'up'
        ? 'plain'
        : 'dim';
  return run(`  ${padEnd(text, width)}`, tone);
}
