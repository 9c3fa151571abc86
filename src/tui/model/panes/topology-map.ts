/**
 * The topology pane: leaders as points, links as lines, operations in flight as dots that move along the
 * links. Words beside a link name its trouble, and dots show the queue that waits behind it.
 */
import type {LeaderId} from '../../../base/ids.ts';
import type {ClusterView, InFlight, LeaderView, LinkView} from '../../../port/view.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {isAmiss, isBlocked, isCut, isHeld, latency, type Pair, pairsOf, troubleOf} from '../links/pairs.ts';
import {type Selectable, selectablesIn} from '../links/selectables.ts';
import {shapeOf} from '../links/shapes.ts';
import {isTimeStopped, timeOf} from '../links/virtual-time.ts';
import {Canvas, type Point} from '../text/canvas.ts';
import {type Line, marked, run, type Tone} from '../text/style.ts';
import {cutLine, join, padEnd, windowStart} from '../text/text.ts';
import {type Palette, paletteOf, statusGlyph, statusTone} from '../text/words.ts';

/**
 * More lines than this cannot be read, unless there are enough cells for each. Then only the lines that
 * matter are drawn.
 */
const READABLE_PAIRS = 10;
const CELLS_PER_PAIR = 45;
/** With more links than this, only troubled links get a label. */
const LABELLED_PAIRS = 6;
/** With more leaders than this, a label would cover their names. */
const LABELLED_LEADERS = 9;
/** With more links than this, messages on links that are not drawn are left out too. */
const LIVELY_PAIRS = 28;

interface Drawing {
  readonly canvas: Canvas;
  readonly view: ClusterView;
  readonly nowMs: number;
  readonly selected: Selectable | undefined;
  readonly points: ReadonlyMap<LeaderId, Point>;
  readonly palette: Palette;
  /** True while virtual time stands still: no message moves out from behind a label. */
  readonly isStill: boolean;
}

/**
 * Draws the topology as a map of `width` columns and `height` rows. In fewer than six rows, or if names
 * would overlap, it lists the links instead, in at most `height` lines.
 */
export function drawTopology(
  view: ClusterView,
  nowMs: number,
  width: number,
  height: number,
  selected: Selectable | undefined,
): Line[] {
  const canvas = new Canvas(width, height);
  const points = placeLeaders(view, canvas);
  if (height < 6 || !isLegible(points, width)) return listLinks(view, nowMs, width, height, selected);
  const drawing: Drawing = {
    canvas,
    view,
    nowMs,
    selected,
    points,
    palette: paletteOf(view),
    isStill: isTimeStopped(view),
  };
  const pairs = pairsOf(view);
  // The lines of a ring or a tree can always be read.
  const most = Math.max(READABLE_PAIRS, view.leaders.length, (width * height) / CELLS_PER_PAIR);
  const isReadable = pairs.length <= most;
  const amiss = isReadable ? pairs : pairs.filter(isAmiss);
  // For a partition of many leaders the figures at the foot say more than the lines.
  const important = [
    ...(amiss.length <= most ? amiss : []),
    ...(drawing.isStill && !isReadable ? busyPairs(pairs, view, most) : []),
  ];
  const shown = pairs.filter(pair => isSelected(pair, drawing) || important.includes(pair));
  for (const pair of shown) drawPair(pair, drawing);
  for (const {id, status} of view.leaders) drawLeader(id, status, drawing);
  const troubled = shown.filter(pair => troubleOf(pair, view.leaders, nowMs) !== undefined);
  for (const pair of troubled)
    if (troubled.length <= LABELLED_PAIRS || isSelected(pair, drawing)) label(pair, drawing);
  if (pairs.length <= LABELLED_PAIRS)
    for (const pair of shown) if (!troubled.includes(pair)) label(pair, drawing);
  // Messages come last and use the free cells, so that they pass behind the labels and never move them.
  for (const pair of pairs.length <= LIVELY_PAIRS ? pairs : shown)
    for (const link of pair.links) drawTraffic(link, drawing);
  return canvas.lines();
}

/** The pairs with messages in flight; if there are too many, only the pair of the next message to arrive. */
function busyPairs(pairs: readonly Pair[], view: ClusterView, most: number): readonly Pair[] {
  const busy = pairs.filter(({links}) => links.some(({inFlight}) => inFlight.length > 0));
  if (busy.length <= most) return busy;
  const next = view.virtualTime?.next?.link;
  return busy.filter(({links}) => links.some(({id}) => id === next));
}

/** `12 cut, 3 held, 1 other`, if too many links are in trouble to give each a label. */
export function troubleFigures(view: ClusterView, nowMs: number): Line {
  const troubled = pairsOf(view).filter(pair => troubleOf(pair, view.leaders, nowMs) !== undefined);
  if (troubled.length <= LABELLED_PAIRS && view.leaders.length <= LABELLED_LEADERS) return [];
  const cut = troubled.filter(isCut);
  const held = troubled.filter(pair => isHeld(pair) && !isCut(pair));
  const other = troubled.length - cut.length - held.length;
  return join(
    [
      cut.length > 0 ? [run(`✂ ${cut.length} cut`, 'bad')] : [],
      held.length > 0 ? [run(`${GLYPHS.held} ${held.length} held`, 'warn')] : [],
      other > 0 ? [run(`${other} in trouble`, 'warn')] : [],
    ],
    run(', ', 'dim'),
  );
}

function placeLeaders(
  view: ClusterView,
  {width, height}: {width: number; height: number},
): Map<LeaderId, Point> {
  const side = Math.max(...view.leaders.map(({id}) => id.length)) + 3;
  const place = ({x, y}: Point): Point => ({
    x: Math.round(x * (width - 1 - 2 * side) + side),
    y: Math.round(y * (height - 1)),
  });
  return new Map([...shapeOf(view)].map(([id, point]) => [id, place(point)]));
}

const isLeft = ({x}: Point, width: number): boolean => x < width / 2 - 1;

/** True if no name overlaps another. */
function isLegible(points: ReadonlyMap<LeaderId, Point>, width: number): boolean {
  const names = [...points].map(([id, point]) => {
    const from = isLeft(point, width) ? point.x - id.length - 1 : point.x;
    return {y: point.y, from, to: from + id.length + 2};
  });
  return names.every((a, i) => names.slice(i + 1).every(b => a.y !== b.y || a.to < b.from || b.to < a.from));
}

const pointOf = (id: LeaderId, {points}: Drawing): Point => points.get(id) ?? {x: 0, y: 0};

const along = (from: Point, to: Point, part: number): Point => ({
  x: from.x + (to.x - from.x) * part,
  y: from.y + (to.y - from.y) * part,
});

const isSelected = (pair: Pair, {selected}: Drawing): boolean =>
  selected?.type === 'pair' && selected.pair.name === pair.name;

function drawPair(pair: Pair, drawing: Drawing): void {
  const [from, to] = [pointOf(pair.a, drawing), pointOf(pair.b, drawing)];
  const blocked = pair.links.some(isBlocked);
  const trouble = troubleOf(pair, drawing.view.leaders, drawing.nowMs);
  const tone: Tone = isSelected(pair, drawing) ? 'focus' : (trouble?.tone ?? 'dim');
  if (blocked) drawing.canvas.line(from, to, tone, 3, 7);
  else drawing.canvas.line(from, to, tone);
  const [only] = pair.links;
  if (pair.links.length === 1 && only !== undefined)
    arrow(pointOf(only.from, drawing), pointOf(only.to, drawing), tone, drawing);
}

const ARROWS = ['→', '↘', '↓', '↙', '←', '↖', '↑', '↗'] as const;

/** A one-way link points at its target. A cell is twice as high as wide. */
function arrow(from: Point, to: Point, tone: Tone, {canvas}: Drawing): void {
  const turn = Math.round(Math.atan2((to.y - from.y) * 2, to.x - from.x) / (Math.PI / 4));
  const {x, y} = along(from, to, 0.72);
  canvas.text(x, y, [run(ARROWS[(turn + 8) % 8] ?? '→', tone)]);
}

const QUEUE_SHOWN = 4;

function drawTraffic(link: LinkView, drawing: Drawing): void {
  const [from, to] = [pointOf(link.from, drawing), pointOf(link.to, drawing)];
  const tone = drawing.palette.tone(link.from);
  if (isBlocked(link)) {
    let left = Math.min(QUEUE_SHOWN, link.waiting);
    for (let part = 0.42; part > 0 && left > 0; part -= 0.05)
      if (dotAt(from, to, part, '•', tone, drawing)) left--;
    // In virtual time, messages in flight on a connecting link do arrive, and the screen may show them for
    // long.
    if (timeOf(drawing.view) === 'real') return;
  }
  for (const message of link.inFlight) {
    const forth = message.direction === 'forth';
    const [start, end] = forth ? [from, to] : [to, from];
    const part = progress(message, drawing.nowMs);
    const [glyph, shade] = forth ? ([GLYPHS.on, tone] as const) : (['∙', 'dim'] as const);
    if (drawing.isStill) stillDot(start, end, part, glyph, shade, drawing);
    else dotAt(start, end, part, glyph, shade, drawing);
  }
}

/** The share of its way that a message has covered, from 0 to 1. */
const progress = ({sentAtMs, dueAtMs}: InFlight, nowMs: number): number =>
  Math.max(0, Math.min(1, (nowMs - sentAtMs) / Math.max(1, dueAtMs - sentAtMs)));

/** The way begins and ends at a small distance from the leaders. */
const onWay = (part: number): number => 0.08 + part * 0.84;

/**
 * Draws the dot in the nearest free cell of the line, because a label or another message would hide it.
 */
function stillDot(from: Point, to: Point, part: number, glyph: string, tone: Tone, {canvas}: Drawing): void {
  const cells = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
  const place = Math.round(onWay(part) * cells);
  for (let off = 0; off < cells; off++) {
    for (const at of [place + off, place - off]) {
      const {x, y} = along(from, to, at / cells);
      if (at <= 0 || at >= cells || !canvas.isFree(Math.round(x), Math.round(y), 1)) continue;
      canvas.text(x, y, [run(glyph, tone)]);
      return;
    }
  }
}

/** Never draws over a leader's glyph. Returns whether the cell was free. */
function dotAt(from: Point, to: Point, part: number, glyph: string, tone: Tone, {canvas}: Drawing): boolean {
  const {x, y} = along(from, to, onWay(part));
  if (!canvas.isFree(Math.round(x), Math.round(y), 1)) return false;
  canvas.text(x, y, [run(glyph, tone)]);
  return true;
}

function drawLeader(id: LeaderId, status: LeaderView['status'], drawing: Drawing): void {
  const {canvas, selected, palette} = drawing;
  const {x, y} = pointOf(id, drawing);
  const isChosen = selected?.type === 'leader' && selected.leader.id === id;
  const name = {...run(id, palette.tone(id)), ...(isChosen ? {mark: 'selected' as const} : {})};
  const left = isLeft({x, y}, canvas.width);
  const glyph = statusGlyph(status);
  const word = status === 'up' || status === 'starting' ? [] : [run(' '), run(status, statusTone(status))];
  if (left) canvas.text(x - id.length - 1, y, [name, run(' '), glyph]);
  else canvas.text(x, y, [glyph, run(' '), name, ...(y === 0 ? word : [])]);
}

/**
 * Puts the label at the middle of the line, on the outer side, where the cells are free; beside a horizontal
 * line, which it would hide.
 */
function label(pair: Pair, drawing: Drawing): void {
  const {canvas, view, nowMs} = drawing;
  const trouble = troubleOf(pair, view.leaders, nowMs);
  const words = trouble?.words ?? [latency(pair.links)];
  if (trouble === undefined && latency(pair.links) === '0 ms') return;
  const tone: Tone = isSelected(pair, drawing) ? 'focus' : (trouble?.tone ?? 'dim');
  const [from, to] = [pointOf(pair.a, drawing), pointOf(pair.b, drawing)];
  const middle = along(from, to, 0.5);
  const wide = Math.max(...words.map(widthOf)) + 2;
  const lean = middle.x < canvas.width / 2 - 2 ? 0.72 : middle.x > canvas.width / 2 + 2 ? 0.28 : 0.5;
  const x = Math.max(0, Math.min(Math.round(middle.x - wide * lean), canvas.width - wide));
  const top = Math.round(middle.y - (words.length - 1) / 2);
  const around = [top, top - 1, top + 1, top - 2, top + 2];
  const beside =
    middle.y < canvas.height / 2 ? [from.y + 1, from.y - words.length] : [from.y - words.length, from.y + 1];
  for (const row of from.y === to.y ? [...beside, ...around] : around) {
    const y = Math.max(0, Math.min(row, canvas.height - words.length));
    if (!words.every((_, i) => canvas.isFree(x, y + i, wide))) continue;
    words.forEach((word, i) => {
      canvas.text(x, y + i, [run(` ${word} `, tone)]);
    });
    return;
  }
  // There are no free cells, for example among many labels. Trouble is still written, over whatever is there.
  if (trouble === undefined || view.leaders.length > LABELLED_LEADERS) return;
  const y = Math.max(0, Math.min(top, canvas.height - words.length));
  for (const [i, word] of words.entries()) canvas.text(x, y + i, [run(` ${word} `, tone)]);
}

/** The selected link in figures: how many messages passed, and how many were lost. */
export function linkFigures({links}: Pair, width: number): Line {
  const figures = links
    .map(
      ({id, delivered, dropped}) => `${id} ${delivered}${dropped > 0 ? ` ${GLYPHS.failed}${dropped}` : ''}`,
    )
    .join(', ');
  const whole = `${figures} msg`;
  return [run(widthOf(whole) <= width ? whole : figures, 'focus')];
}

/** Lists the links, those in trouble first, if there are too many leaders to draw or too little room. */
function listLinks(
  view: ClusterView,
  nowMs: number,
  width: number,
  height: number,
  selected: Selectable | undefined,
): Line[] {
  const pairs = selectablesIn(view).flatMap(selectable =>
    selectable.type === 'pair' ? [selectable.pair] : [],
  );
  const troubled = pairs.filter(pair => troubleOf(pair, view.leaders, nowMs) !== undefined);
  const head = listHead(view, pairs.length > height ? pairs.length : 0, troubled.length, selected);
  const room = height - head.length;
  const at = pairs.findIndex(pair => selected?.type === 'pair' && selected.pair.name === pair.name);
  const start = windowStart(pairs.length, room, Math.max(0, at));
  const nameWidth = Math.max(5, ...pairs.map(({name}) => name.length));
  const rows = pairs.slice(start, start + room).map((pair, i): Line => {
    const trouble = troubleOf(pair, view.leaders, nowMs);
    const line: Line = [
      run(padEnd(pair.name, nameWidth)),
      run(' '),
      run(trouble?.words.map(briefly).join(' ') ?? latency(pair.links), trouble?.tone ?? 'dim'),
    ];
    return cutLine(start + i === at ? marked(line, 'selected') : line, width);
  });
  return [...head, ...rows];
}

/** The selected leader, which is shown above its links. */
function listHead(
  view: ClusterView,
  pairs: number,
  troubled: number,
  selected: Selectable | undefined,
): Line[] {
  if (selected?.type === 'leader') {
    const {id, status} = selected.leader;
    return [
      [
        {...run(id, paletteOf(view).tone(id)), mark: 'selected'},
        run(' '),
        statusGlyph(status),
        run(` ${status}`, statusTone(status)),
      ],
    ];
  }
  if (pairs === 0) return [];
  const well = troubled === 0 ? run('all well', 'dim') : run(`${troubled} in trouble`, 'warn');
  return [[run(`${pairs} links, `, 'dim'), well]];
}

/** Without its age: `✂ cut`. */
const briefly = (word: string): string => word.replace(/(cut|hold) \d.*/, '$1');
