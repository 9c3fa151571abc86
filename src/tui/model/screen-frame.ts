/**
 * Draws the whole screen as a frame: areas of styled lines that tile it. The input is the state of the screen
 * and the view of the cluster. The drawing is pure, so a test can draw any moment at any size.
 */

import {usageAt} from '../../command/complete.ts';
import {isMeantToFail} from '../../course/guide-state.ts';
import type {ClusterView} from '../../port/view.ts';
import {drawPrompt, drawUnder, type KeyHolder} from './input/prompt-lines.ts';
import {findBinding} from './keys/bindings.ts';
import type {Selectable} from './links/selectables.ts';
import {isTimeStopped, nextLine} from './links/virtual-time.ts';
import {overlayContent} from './overlays/overlay-content.ts';
import {conflictsTitle, drawConflicts, newestFirst} from './panes/conflicts.ts';
import {drawLead} from './panes/guide-lead.ts';
import {drawGuide, guideTitle} from './panes/guide-pane.ts';
import {guidedBy, zoomedPane} from './panes/guide-window.ts';
import {drawHeader} from './panes/header.ts';
import {drawLeaders} from './panes/leader-cards.ts';
import {drawTimeline, latestFirst} from './panes/timeline.ts';
import {drawTopology, linkFigures, troubleFigures} from './panes/topology-map.ts';
import {contextsOf} from './press/contexts.ts';
import {drawKeys} from './press/keys-line.ts';

import {placeOf} from './press/selecting.ts';
import {selectedItem} from './press/targets.ts';
import {conditionsOf} from './state/key-conditions.ts';
import {languageOf} from './state/language.ts';
import {type Item, type Overlay, shownView, type UiState, type World} from './state/state.ts';
import {suggestion} from './state/try-next.ts';
import {activityRemark, drawActivities, drawStanding} from './text/activity-bars.ts';
import {answerLine, isStoppable, OUTCOME, outcomeMark, shownText} from './text/answer.ts';
import {type BoxContent, drawBox} from './text/box.ts';
import {
  inside,
  isLow,
  isTooSmall,
  type Layout,
  layOut,
  MIN_COLUMNS,
  MIN_ROWS,
  type PaneId,
  type Rect,
} from './text/layout.ts';
import {legible} from './text/legible.ts';
import {type Line, run} from './text/style.ts';
import {cut, fitBlock, fitLine, join, lineWidth, spread} from './text/text.ts';
import {paletteOf} from './text/words.ts';

export interface Area {
  readonly id: string;
  readonly rect: Rect;
  /** One line for each row of the rectangle, each as wide as the rectangle. */
  readonly lines: readonly Line[];
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Left to right within a row of areas, rows from the top; together they tile the frame. */
  readonly areas: readonly Area[];
}

/**
 * Draws the whole screen. The frame is as wide as the terminal and one row lower, so that drawing the last
 * line never scrolls. A terminal smaller than `MIN_COLUMNS` × `MIN_ROWS` gets only a request to enlarge the
 * window.
 */
export function drawFrame(state: UiState, world: World): Frame {
  const {columns, rows} = world;
  if (isTooSmall(columns, rows)) return tooSmall(columns, rows);
  const layout = layOut(columns, rows, zoomedPane(state), guidedBy(state, world));
  const middle =
    state.overlay === undefined ? panes(state, world, layout) : overlay(state, world, state.overlay, layout);
  const {header, note, prompt, under, keys} = layout.bars;
  const {view, nowMs} = shownView(state, world);
  const areas = [
    ...bar('header', header, width => drawHeader(view, nowMs, state.frozen !== undefined, width)),
    ...middle,
    ...bar('note', note, width => noteLine(state, world, width)),
    ...bar('prompt', prompt, width =>
      drawPrompt(state.prompt, world.focused, keyHolder(state, world), paletteOf(world.view), width),
    ),
    ...bar('under', under, width => underLine(state, world, width, note === undefined)),
    ...bar('keys', keys, width => drawKeys(state, world, width)),
  ];
  return {width: layout.width, height: layout.height, areas};
}

function keyHolder(state: UiState, world: World): KeyHolder {
  const contexts = contextsOf(state);
  if (contexts[0] === 'prompt') return 'prompt';
  return findBinding(contexts, 'i', conditionsOf(world))?.does === 'to-prompt' ? 'panes' : 'other';
}

function bar(id: string, rect: Rect | undefined, draw: (width: number) => Line): Area[] {
  return rect === undefined ? [] : [{id, rect, lines: [fitLine(draw(rect.width), rect.width)]}];
}

function tooSmall(columns: number, rows: number): Frame {
  const rect: Rect = {x: 0, y: 0, width: columns, height: Math.max(1, rows - 1)};
  const text = [
    `leaderlab needs ${MIN_COLUMNS}×${MIN_ROWS}`,
    `this is ${columns}×${rows}`,
    'enlarge the window, or ctrl-c',
  ];
  return {
    width: rect.width,
    height: rect.height,
    areas: [
      {
        id: 'too-small',
        rect,
        lines: fitBlock(
          text.map(line => [run(line)]),
          rect.width,
          rect.height,
        ),
      },
    ],
  };
}

function panes(state: UiState, world: World, {panes: rects}: Layout): Area[] {
  return (Object.entries(rects) as [PaneId, Rect][]).flatMap(([pane, rect]) =>
    drawPane(pane, rect, state, world),
  );
}

const boxed = (id: string, rect: Rect, content: BoxContent): Area => ({
  id,
  rect,
  lines: drawBox(content, rect),
});

function drawPane(pane: PaneId, rect: Rect, state: UiState, world: World): Area[] {
  const {view, nowMs} = shownView(state, world);
  const focused = state.mode === 'panes' && state.pane === pane;
  const {width, height} = inside(rect);
  const title = (text: string): Line => [run(text, focused ? 'focus' : 'strong')];
  switch (pane) {
    case 'topology': {
      const selectable = focused ? selectedItem(state, world) : undefined;
      return [
        boxed(pane, rect, {
          title: title('topology'),
          remark: topologyRemark(view, rect.width),
          foot: topologyFoot(selectable, view, nowMs, rect.width - 4),
          lines: drawTopology(view, nowMs, width, height, selectable),
          focused,
        }),
      ];
    }
    case 'leaders': {
      const chosen = view.leaders[state.selected.leaders]?.id;
      return drawLeaders({view, nowMs, selected: chosen, focused}, rect).map(({rect: place, content}, i) =>
        boxed(`leaders-${i}`, place, content),
      );
    }
    case 'conflicts': {
      const conflicts = newestFirst(view.conflicts, state.filter.text);
      const at = focused ? placeOf(conflicts, state.selected.conflicts) : undefined;
      const lines = drawConflicts(conflicts, view, at, width, height);
      return [
        boxed(pane, rect, {
          title: [...conflictsTitle(view, focused), ...filterTitle(state, conflicts.length)],
          lines,
          focused,
        }),
      ];
    }
    case 'guide': {
      const {guide} = world;
      if (guide === undefined) return [];
      const {lines, remark, foot} = drawGuide(guide, state.selected.guide ?? 0, width, height);
      return [
        boxed(pane, rect, {title: guideTitle(guide, rect.width, focused), remark, foot, lines, focused}),
      ];
    }
    case 'timeline': {
      const at = focused ? placeOf(latestFirst(state.timeline), state.selected.timeline) : undefined;
      const lines = drawTimeline(state.timeline, view, at, width, height);
      return [
        boxed(pane, rect, {
          title: title('timeline'),
          remark: isLow(world.rows) ? activityRemark(world.view.activities) : [],
          lines,
          focused,
        }),
      ];
    }
  }
}

/** The topology's name, and `sim` if leaders are simulated. If there is room for only one, `sim` is shown. */
function topologyRemark(view: ClusterView, width: number): Line {
  const name = run(view.topology.name, 'dim');
  if (view.engine !== 'sim') return [name];
  const both: Line = [run('sim'), run(' '), name];
  return lineWidth(both) + ' topology '.length + 5 <= width ? both : both.slice(0, 1);
}

/** While time stands still, the next message matters most. */
function topologyFoot(
  selectable: Selectable | undefined,
  view: ClusterView,
  nowMs: number,
  width: number,
): Line {
  const next = nextLine(view, nowMs, width);
  const figures =
    selectable?.type === 'pair' ? linkFigures(selectable.pair, width) : troubleFigures(view, nowMs);
  const both = join([next, figures], run(' · ', 'dim'));
  return next.length > 0 && lineWidth(both) > width ? next : both;
}

/** ` /ti▏ 4 shown`: what the conflict log is filtered by. */
function filterTitle({filter: {text, isTyped}}: UiState, shown: number): Line {
  if (text === '' && !isTyped) return [];
  const cursor: Line = isTyped ? [{text: ' ', tone: 'plain', mark: 'cursor'}] : [];
  return [run(` /${cut(legible(text), 16)}`, 'key'), ...cursor, run(` ${shown} shown`, 'dim')];
}

/** The overlay that covers all panes. */
function overlay(state: UiState, world: World, shown: Overlay, {middle: rect}: Layout): Area[] {
  const {width, height} = inside(rect);
  const {title, lines} = overlayContent(state, world, shown, width, height);
  const scroll = 'scroll' in shown ? Math.min(shown.scroll, Math.max(0, lines.length - height)) : 0;
  const rest = lines.length - height - scroll;
  const remark: Line = rest > 0 ? [run(`${rest} more ↓`, 'dim')] : [];
  const content = lines.slice(scroll, scroll + height);
  return [boxed('overlay', rect, {title: [run(title, 'focus')], remark, lines: content, focused: true})];
}

const latestCommand = ({timeline}: UiState): Extract<Item, {type: 'command'}> | undefined =>
  timeline.findLast((item): item is Extract<Item, {type: 'command'}> => item.type === 'command');

/**
 * The line above the prompt: the progress of running activities, or else the next thing to do. Beside a load
 * that stands still, the next thing to do is shown too if there is room.
 */
function noteLine(state: UiState, world: World, width: number): Line {
  const {activities} = world.view;
  if (activities.length === 0) return nextThing(state, world, width);
  if (!standsStill(state, world)) return drawActivities(activities, width);
  const [standing, next] = [drawStanding(activities, width), nextThing(state, world, width)];
  const [first, second] = world.guide === undefined ? [standing, next] : [next, standing];
  const both = join([first, second]);
  if (lineWidth(both) <= width) return both;
  return first.length > 0 ? first : second;
}

/** True if only loads are running and no command lets time pass. */
const standsStill = ({timeline}: UiState, {view}: World): boolean =>
  isTimeStopped(view) &&
  view.activities.every(({label}) => label.startsWith('load ')) &&
  !timeline.some(item => item.type === 'command' && item.entry === undefined);

/** The lab's next step, or a suggestion. A remark that does not fit is left out. */
function nextThing(state: UiState, world: World, width: number): Line {
  if (world.guide !== undefined) return drawLead(state, world, world.guide, width);
  const next = suggestion(state.step, world.view);
  if (next === undefined) return [];
  const what: Line = [run(' try: ', 'dim'), run(next.command, 'key')];
  const why = run(`   ${next.why}`, 'dim');
  const taken = next.command === 'step' && isTimeStopped(world.view) ? 'enter does it' : 'tab takes it';
  const how =
    state.prompt.text === '' && contextsOf(state)[0] === 'prompt' ? [run(`   (${taken})`, 'dim')] : [];
  return [[...what, why, ...how], [...what, ...how], what].find(line => lineWidth(line) <= width) ?? what;
}

/** The line under the prompt: help with what is being typed, or else the answer to the last command. */
function underLine(state: UiState, world: World, width: number, alone: boolean): Line {
  const typing = drawUnder(
    state.prompt,
    world.focused,
    text => usageAt(text, languageOf(world)),
    languageOf(world),
    width,
  );
  if (typing.length > 0) return typing;
  const last = latestCommand(state);
  const outcome = last === undefined ? [] : outcomeLine(last, world);
  if (!alone) return outcome;
  // One line must show both. A success makes room for the next thing to do, because the timeline shows the
  // success too. A failure stays, cut if necessary.
  const next = noteLine(state, world, width);
  const both = join([outcome, next]);
  if (lineWidth(both) <= width) return both;
  const isToRead = last !== undefined && last.entry?.status !== 'ok' && world.guide?.redoing === undefined;
  if (!isToRead) return next.length > 0 ? next : outcome;
  return lineWidth(next) + LEAST_OUTCOME < width ? spread(outcome, next, width) : outcome;
}

/** Columns that an outcome needs to be understood. */
const LEAST_OUTCOME = 24;

function outcomeLine({entry, text, key}: Extract<Item, {type: 'command'}>, world: World): Line {
  if (entry === undefined) {
    return [
      run(' '),
      OUTCOME.running,
      run(` ${legible(text)}`, 'dim'),
      run(isStoppable(text) ? '   esc stops waiting' : '', 'dim'),
    ];
  }
  const answer = answerLine(entry, paletteOf(world.view));
  const {mark, words} = outcomeMark(
    entry.status,
    world.guide !== undefined && isMeantToFail(world.guide.state, entry),
  );
  const lead = words === '' ? [] : [run(answer.length === 0 ? words : `${words}: `, mark.tone)];
  const command = shownText(entry.text, entry, key);
  return [
    run(' '),
    mark,
    run(' '),
    ...(command === '' ? [] : [run(`${command}  `, 'dim')]),
    ...lead,
    ...answer,
  ];
}
