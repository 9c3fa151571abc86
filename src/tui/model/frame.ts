/**
 * One picture of the whole screen: the state of the screen and the view of the cluster -> areas of styled lines that tile it. Pure, so
 * that a test can draw any moment at any size.
 */

import {usageAt} from '../../command/complete.ts';
import {answerLine, answerLines, OUTCOME} from './answer.ts';
import {bindingsOf, type Context, showKey} from './bindings.ts';
import {type BoxContent, drawBox} from './box.ts';
import {conflictTitle, drawConflicts, drawStory, newestFirst} from './conflicts.ts';
import {drawHeader} from './header.ts';
import {drawHelp} from './help-list.ts';
import {languageOf} from './language.ts';
import {inside, isTooSmall, type Layout, layOut, MIN_COLUMNS, MIN_ROWS, type PaneId, type Rect} from './layout.ts';
import {drawLeaders} from './leaders.ts';
import {legible} from './legible.ts';
import {contextsOf, placeOf} from './press.ts';
import {drawPrompt, drawUnder} from './prompt-lines.ts';
import {type Item, type Overlay, shownView, type UiState, type World} from './state.ts';
import {type Line, run} from './style.ts';
import {commandFor, selectedSpot} from './targets.ts';
import {fitBlock, fitLine, lineWidth} from './text.ts';
import {drawTimeline, latestFirst} from './timeline.ts';
import {drawTopology} from './topology.ts';
import {suggestion} from './try-next.ts';
import {accentsOf, showTime} from './words.ts';

export interface Area {
  readonly id: string;
  readonly rect: Rect;
  /** As many as the rectangle is high, each as wide as it. */
  readonly lines: readonly Line[];
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Left to right within a row of areas, rows from the top; together they tile the frame. */
  readonly areas: readonly Area[];
}

export function drawFrame(state: UiState, world: World): Frame {
  const {columns, rows} = world;
  if (isTooSmall(columns, rows)) return tooSmall(columns, rows);
  const layout = layOut(columns, rows, state.zoomed ? state.pane : undefined);
  const middle = state.overlay === undefined ? panes(state, world, layout) : overlay(state, world, state.overlay, layout);
  const {header, note, prompt, under, keys} = layout.bars;
  const {view, nowMs} = shownView(state, world);
  const areas = [
    ...bar('header', header, width => drawHeader(view, nowMs, state.frozen !== undefined, width)),
    ...middle,
    ...bar('note', note, () => noteLine(state, world)),
    ...bar('prompt', prompt, width =>
      drawPrompt(state.prompt, world.focused, contextsOf(state)[0] === 'prompt', accentsOf(world.view), width),
    ),
    ...bar('under', under, width => underLine(state, world, width, note === undefined)),
    ...bar('keys', keys, width => keysLine(state, world, width)),
  ];
  return {width: layout.width, height: layout.height, areas};
}

function bar(id: string, rect: Rect | undefined, draw: (width: number) => Line): Area[] {
  return rect === undefined ? [] : [{id, rect, lines: [fitLine(draw(rect.width), rect.width)]}];
}

function tooSmall(columns: number, rows: number): Frame {
  const rect: Rect = {x: 0, y: 0, width: columns, height: Math.max(1, rows - 1)};
  const text = [`leaderlab needs ${MIN_COLUMNS}×${MIN_ROWS}`, `this is ${columns}×${rows}`, 'enlarge the window, or ctrl-c'];
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
  return (Object.entries(rects) as [PaneId, Rect][]).flatMap(([pane, rect]) => drawPane(pane, rect, state, world));
}

const boxed = (id: string, rect: Rect, content: BoxContent): Area => ({id, rect, lines: drawBox(content, rect)});

function drawPane(pane: PaneId, rect: Rect, state: UiState, world: World): Area[] {
  const {view, nowMs} = shownView(state, world);
  const focused = state.mode === 'panes' && state.pane === pane;
  const {width, height} = inside(rect);
  const title = (text: string): Line => [run(text, focused ? 'focus' : 'strong')];
  switch (pane) {
    case 'topology': {
      const spot = focused ? selectedSpot(state, world) : undefined;
      return [
        boxed(pane, rect, {
          title: title('topology'),
          remark: [run(view.topology, 'dim')],
          lines: drawTopology(view, nowMs, width, height, spot),
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
      const at = focused ? placeOf(newestFirst(view.conflicts), state.selected.conflicts) : undefined;
      const remark: Line = view.lostCount > 0 ? [run(`✘ ${view.lostCount} lost`, 'bad')] : [];
      const name = view.conflictCount === 0 ? 'conflicts' : `conflicts ${view.conflictCount}`;
      return [boxed(pane, rect, {title: title(name), remark, lines: drawConflicts(view, at, width, height), focused})];
    }
    case 'timeline': {
      const at = focused ? placeOf(latestFirst(state.timeline), state.selected.timeline) : undefined;
      return [boxed(pane, rect, {title: title('timeline'), lines: drawTimeline(state.timeline, view, at, width, height), focused})];
    }
  }
}

/** Over all panes: what one thing is about, in full. */
function overlay(state: UiState, world: World, shown: Overlay, {panes: rects}: Layout): Area[] {
  const all = Object.values(rects);
  const [x, y] = [Math.min(...all.map(rect => rect.x)), Math.min(...all.map(rect => rect.y))];
  const rect = {x, y, width: Math.max(...all.map(r => r.x + r.width)) - x, height: Math.max(...all.map(r => r.y + r.height)) - y};
  const {width, height} = inside(rect);
  const {title, lines} = overlayContent(state, world, shown, width, height);
  const scroll = shown.type === 'story' || shown.type === 'answer' ? Math.min(shown.scroll, Math.max(0, lines.length - height)) : 0;
  const rest = lines.length - height - scroll;
  const remark: Line = rest > 0 ? [run(`${rest} more ↓`, 'dim')] : [];
  const content = lines.slice(scroll, scroll + height);
  return [boxed('overlay', rect, {title: [run(title, 'focus')], remark, lines: content, focused: true})];
}

function overlayContent(
  state: UiState,
  world: World,
  shown: Overlay,
  width: number,
  height: number,
): {readonly title: string; readonly lines: readonly Line[]} {
  const {view} = shownView(state, world);
  switch (shown.type) {
    case 'help':
      return {title: 'help', lines: drawHelp(shown.at, width, height)};
    case 'story': {
      const conflict = view.conflicts.find(({id}) => id === shown.conflict);
      if (conflict === undefined) return {title: 'conflict', lines: [[run('no longer in the log')]]};
      return {title: conflictTitle(conflict), lines: drawStory(conflict, view, width)};
    }
    case 'answer': {
      const item = state.timeline.find(({id}) => id === shown.item);
      if (item?.type !== 'command' || item.entry === undefined) return {title: 'answer', lines: []};
      const when = item.atMs === undefined ? '' : ` · ${showTime(item.atMs)}`;
      return {title: `${legible(item.text)}${when}`, lines: answerLines(item.entry, accentsOf(view), width)};
    }
    case 'quit':
      return {
        title: 'quit?',
        lines: [[], [run(legible(shown.why), 'warn')], [], [run('y', 'key'), run(' quit and lose them   '), run('n', 'key'), run(' stay')]],
      };
  }
}

const latestCommand = ({timeline}: UiState): Extract<Item, {type: 'command'}> | undefined =>
  timeline.findLast((item): item is Extract<Item, {type: 'command'}> => item.type === 'command');

/** Above the prompt: what could be tried next. */
function noteLine(state: UiState, world: World): Line {
  const next = suggestion(state.step, world.view);
  if (next === undefined) return [];
  return [
    run(' try: ', 'dim'),
    run(next.command, 'key'),
    run(`   ${next.why}`, 'dim'),
    ...(state.prompt.text === '' && contextsOf(state)[0] === 'prompt' ? [run('   (tab takes it)', 'dim')] : []),
  ];
}

/** Under the prompt: help with what is being typed; else what the last command came to. */
function underLine(state: UiState, world: World, width: number, alone: boolean): Line {
  const typing = drawUnder(state.prompt, world.focused, text => usageAt(text, languageOf(world.view)), languageOf(world.view), width);
  if (typing.length > 0) return typing;
  const last = latestCommand(state);
  const outcome = last === undefined ? [] : outcomeLine(last, world);
  return alone && outcome.length === 0 ? noteLine(state, world) : outcome;
}

function outcomeLine({entry, text}: Extract<Item, {type: 'command'}>, world: World): Line {
  if (entry === undefined) return [run(' '), OUTCOME.running, run(` ${legible(text)}`, 'dim'), run('   esc stops waiting', 'dim')];
  const answer = answerLine(entry, accentsOf(world.view));
  return [run(' '), OUTCOME[entry.status], run(' '), run(`${legible(entry.text)}  `, 'dim'), ...answer];
}

const NAMES: {readonly [context in Context]: string} = {
  prompt: 'prompt',
  panes: 'panes',
  topology: 'topology',
  leaders: 'leaders',
  conflicts: 'conflicts',
  timeline: 'timeline',
  overlay: 'reading',
  help: 'help',
  quit: 'quit?',
};

/** The last line: who has the keys, and what they do now; what does not fit is in the help. */
function keysLine(state: UiState, world: World, width: number): Line {
  const contexts = contextsOf(state);
  const line: Line[] = [[run(' '), {text: ` ${NAMES[contexts[0] ?? 'prompt']} `, tone: 'focus', mark: 'badge'}]];
  let used = lineWidth(line.flat());
  const hints = contexts
    .flatMap(context => bindingsOf([context]))
    .flatMap(({keys, hint, deed}) => {
      const command = commandFor(deed, state, world);
      if (hint === undefined || (['kill', 'pause', 'cut', 'hold'].includes(deed) && command === undefined)) return [];
      const says =
        deed === 'undo'
          ? world.undoable === undefined
            ? undefined
            : `undo: ${world.undoable}`
          : deed === 'freeze' && state.frozen
            ? 'unfreeze'
            : (command ?? hint);
      return says === undefined ? [] : [{key: showKey(keys[0] ?? ''), says}];
    });
  const arrows = contexts.includes('panes') ? [{key: '←→', says: 'select'}] : [];
  for (const {key, says} of [...arrows, ...hints]) {
    const part: Line = [run('  '), run(key, 'key'), run(` ${legible(says)}`, 'dim')];
    if (used + lineWidth(part) > width) continue;
    used += lineWidth(part);
    line.push(part);
  }
  return line.flat();
}
