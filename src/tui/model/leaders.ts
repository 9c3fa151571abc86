/**
 * The leaders' pane: a card each while they fit side by side, else rows of one table. Every card shows the same keys on the same rows,
 * so that a difference between leaders is a difference along a row.
 */
import type {Key} from '../../base/ids.ts';
import {printable} from '../../base/printable.ts';
import type {ClusterView, KeyView, LeaderView} from '../../cluster/port.ts';
import type {BoxContent} from './box.ts';
import {inside, type Rect, shareOut} from './layout.ts';
import {type Line, run, type Tone} from './style.ts';
import {cut, fitLine, lineWidth, padEnd, padStart, spread, widthOf, windowStart} from './text.ts';
import {
  type AccentOf,
  absent,
  accentsOf,
  count,
  dotRun,
  nameRun,
  showClock,
  showReading,
  statusGlyph,
  statusTone,
  statusWords,
  vectorLine,
} from './words.ts';

const MIN_CARD_COLUMNS = 18;
const MOST_CARDS = 7;
/** How long a change stands out. */
export const CHANGED_MS = 1000;

export interface LeadersPicture {
  readonly view: ClusterView;
  readonly nowMs: number;
  readonly selected: string | undefined;
  readonly focused: boolean;
}

export const fitsCards = (leaders: number, width: number): boolean => leaders <= MOST_CARDS && width >= leaders * MIN_CARD_COLUMNS;

/** One box per leader, or one for all. */
export function drawLeaders(picture: LeadersPicture, rect: Rect): {readonly rect: Rect; readonly content: BoxContent}[] {
  const {view} = picture;
  if (!fitsCards(view.leaders.length, rect.width)) return [{rect, content: table(picture, inside(rect))}];
  const keys = sharedKeys(view.leaders, keyRows(inside(rect).height));
  let x = rect.x;
  return shareOut(rect.width, view.leaders.length).flatMap((width, i) => {
    const leader = view.leaders[i];
    if (leader === undefined) return [];
    const place = {...rect, x, width};
    x += width;
    return [{rect: place, content: card(leader, keys, picture, inside(place))}];
  });
}

/** The keys changed last anywhere, as many as fit, in the order of the alphabet so that they stay where they are. */
export function sharedKeys(leaders: readonly LeaderView[], rows: number): Key[] {
  const changed = new Map<Key, number>();
  for (const {keys} of leaders) for (const {key, changedAtMs} of keys) changed.set(key, Math.max(changed.get(key) ?? 0, changedAtMs));
  const newest = [...changed].sort(([a, at], [b, bt]) => bt - at || (a < b ? -1 : 1)).slice(0, Math.max(0, rows));
  return newest.map(([key]) => key).sort();
}

const isTall = (height: number): boolean => height >= 8;
const keyRows = (height: number): number => Math.max(0, height - (isTall(height) ? 3 : height > 3 ? 2 : 1));

function card(
  leader: LeaderView,
  keys: readonly Key[],
  {view, nowMs, selected, focused}: LeadersPicture,
  {width, height}: Rect,
): BoxContent {
  const accents = accentsOf(view);
  const order = view.leaders.map(({id}) => id);
  const vector = vectorLine(leader.vv, order, accents);
  const found = new Map(leader.keys.map(entry => [entry.key, entry]));
  const keyWidth = Math.min(Math.max(3, ...keys.map(key => widthOf(printable(key)))), Math.max(4, Math.floor(width * 0.34)));
  const rows = keys.map(key => keyRow(key, found.get(key), {keyWidth, width, nowMs, accents, isUp: leader.status === 'up'}));
  const hidden = leader.keyCount - keys.filter(key => found.has(key)).length;
  if (hidden > 0 && rows.length === keyRows(height)) rows[rows.length - 1] = [run(`… ${count(hidden + 1, 'more key')}`, 'dim')];
  const details = height > 3 ? [vector, standing(leader, view, width)] : [spread(vector, behind(leader), width)];
  return {
    title: [
      nameRun(leader.id, accents),
      run(' '),
      statusGlyph(leader.status),
      run(' '),
      run(statusWords(leader, nowMs), statusTone(leader.status)),
    ],
    lines: [...details, ...(isTall(height) ? [[]] : []), ...rows],
    focused: focused && leader.id === selected,
  };
}

function behind({behind: missing}: LeaderView): Line {
  return missing > 0 ? [run(`behind ${missing}`, 'warn')] : [];
}

/** Whether it lacks anything, what it does differently from the others, and its clock where there is room. */
function standing(leader: LeaderView, view: ClusterView, width: number): Line {
  const missing = leader.behind > 0 ? behind(leader) : [run(leader.opCount === 0 ? 'empty' : 'in step', 'dim')];
  const own = leader.resolver === view.resolver ? [] : [run(' '), run(leader.resolver, 'warn')];
  const refused = leader.refused > 0 ? [run(` ${leader.refused} refused`, 'warn')] : [];
  return spread([...missing, ...own, ...refused], [run(showClock(leader.hlc), 'dim')], width);
}

interface RowStyle {
  readonly keyWidth: number;
  readonly width: number;
  readonly nowMs: number;
  readonly accents: AccentOf;
  readonly isUp: boolean;
}

function keyRow(key: Key, entry: KeyView | undefined, {keyWidth, width, nowMs, accents, isUp}: RowStyle): Line {
  const name = run(`${padEnd(printable(key), keyWidth)} `, 'dim');
  if (entry === undefined) return [name, run(absent, 'dim')];
  const isNew = nowMs - entry.changedAtMs < CHANGED_MS;
  const tone: Tone = isNew ? 'changed' : isUp ? 'plain' : 'dim';
  const wide = width >= 24;
  const remark: Line =
    entry.frontierSize > 1
      ? [run(wide ? `≠ ${entry.frontierSize} sides` : `≠ ${entry.frontierSize}`, 'warn')]
      : entry.dot && width >= 22
        ? [dotRun(entry.dot, accents)]
        : [];
  return [name, ...spread([run(showReading(entry.reading), tone)], remark, width - keyWidth - 1, 5)];
}

/** All leaders in one table: a row each, its standing, and the newest keys as columns. */
function table(picture: LeadersPicture, {width, height}: Rect): BoxContent {
  const {view, nowMs, selected, focused} = picture;
  const accents = accentsOf(view);
  const nameWidth = Math.max(...view.leaders.map(({id}) => id.length), 2);
  const statusWidth = Math.max(2, ...view.leaders.map(leader => widthOf(statusWords(leader, nowMs))));
  const fixed = nameWidth + 3 + statusWidth + 1 + 7 + 2;
  const keys = sharedKeys(view.leaders, Math.min(8, Math.floor((width - fixed) / 11)));
  const keyWidths = keys.length === 0 ? [] : shareOut(width - fixed - keys.length, keys.length).map(share => Math.min(share, 30));
  const header: Line = [
    run(padEnd('', nameWidth + 3 + statusWidth + 1)),
    run(padStart('behind', 7), 'dim'),
    run('  '),
    ...keys.map((key, i) => run(`${padEnd(printable(key), keyWidths[i] ?? 0)} `, 'dim')),
  ];
  const rows = view.leaders.map((leader): Line => {
    const found = new Map(leader.keys.map(entry => [entry.key, entry]));
    const cells = keys.map((key, i) => tableCell(found.get(key), keyWidths[i] ?? 0, leader, nowMs));
    const name = {
      ...run(padEnd(leader.id, nameWidth), accents(leader.id)),
      ...(focused && leader.id === selected ? {mark: 'selected' as const} : {}),
    };
    const status = run(padEnd(statusWords(leader, nowMs), statusWidth), statusTone(leader.status));
    return [
      name,
      run(' '),
      statusGlyph(leader.status),
      run(' '),
      status,
      run(' '),
      run(padStart(String(leader.behind), 7), leader.behind > 0 ? 'warn' : 'dim'),
      run('  '),
      ...cells.flat(),
    ];
  });
  const at = view.leaders.findIndex(({id}) => id === selected);
  const start = windowStart(rows.length, height - 1, Math.max(0, at));
  const up = view.leaders.filter(({status}) => status === 'up').length;
  return {
    title: [run('leaders', focused ? 'focus' : 'strong')],
    remark: [run(`${up} of ${view.leaders.length} up`, up < view.leaders.length ? 'warn' : 'dim')],
    lines: [header, ...rows.slice(start, start + height - 1)].map(line => (lineWidth(line) > width ? fitLine(line, width) : line)),
    focused,
  };
}

function tableCell(entry: KeyView | undefined, width: number, leader: LeaderView, nowMs: number): Line {
  if (entry === undefined) return [run(`${padEnd(absent, width)} `, 'dim')];
  const text = `${entry.frontierSize > 1 ? '≠ ' : ''}${showReading(entry.reading)}`;
  const tone: Tone =
    nowMs - entry.changedAtMs < CHANGED_MS ? 'changed' : entry.frontierSize > 1 ? 'warn' : leader.status === 'up' ? 'plain' : 'dim';
  return [run(`${padEnd(cut(text, width), width)} `, tone)];
}
