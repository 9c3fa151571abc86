/**
 * The screen's reducer: an event and the world as it is -> the next state and what is to be done. It never waits and never throws.
 */

import {assertNever} from '../../base/assert.ts';
import type {ClusterView, Notice} from '../../cluster/port.ts';
import type {Entry} from '../../lab/result.ts';
import {isLong} from './answer.ts';
import {findBinding} from './bindings.ts';
import {legible} from './legible.ts';
import {contextsOf, press} from './press.ts';
import {refused} from './prompt.ts';
import {appended, type Item, type Step, shownView, type UiEvent, type UiState, type World} from './state.ts';
import type {Tone} from './style.ts';
import {advance} from './try-next.ts';
import {castOf} from './words.ts';

/** Longer than operations take to the farthest leader, on all but the slowest links. */
const TOGETHER_MS = 5000;

type NoticeItem = Extract<Item, {type: 'notice'}>;

export function reduce(state: UiState, event: UiEvent, world: World): Step {
  switch (event.type) {
    case 'key':
      return press(state, event.press, findBinding(contextsOf(state), event.press.name), world);
    case 'answered':
      return {state: answered(state, event.id, event.entry, world), effects: event.entry.result?.type === 'quit' ? [{type: 'quit'}] : []};
    case 'observed':
      return {state: observed(state, event.entry, event.atMs, world), effects: []};
    case 'looked':
      return {state: looked(state, world), effects: []};
    default:
      return assertNever(event);
  }
}

/** Text that is no command comes back to the prompt, unless something else is being typed by now. */
function givenBack(state: UiState, {text, caret, failure}: Entry): UiState {
  if (caret === undefined || failure === undefined || state.prompt.text !== '' || state.mode !== 'prompt') return state;
  return {...state, prompt: refused(state.prompt, text, caret, failure)};
}

function answered(state: UiState, id: number, entry: Entry, world: World): UiState {
  const item = state.timeline.find(candidate => candidate.id === id);
  const timeline = state.timeline.map(candidate =>
    candidate.id === id && candidate.type === 'command' ? {...candidate, entry} : candidate,
  );
  const next = stepped({...state, timeline}, entry, world);
  // An answer that was asked for by hand is shown in full; one that a key asked for is in the timeline.
  return item?.type === 'command' && item.key === undefined ? givenBack(opened(next, id, entry, world), entry) : next;
}

function opened(state: UiState, id: number, entry: Entry, {view, columns}: World): UiState {
  if (entry.result?.type === 'explained')
    return {...state, overlay: {type: 'story', conflict: entry.result.conflict.id, item: id, scroll: 0}};
  return isLong(entry, castOf(view), columns) ? {...state, overlay: {type: 'answer', item: id, scroll: 0}} : state;
}

function observed(state: UiState, entry: Entry, atMs: number | undefined, world: World): UiState {
  const item: Item = {type: 'command', id: state.nextId, text: entry.text, entry, ...(atMs === undefined ? {} : {atMs})};
  return stepped(appended(state, item), entry, world);
}

/** Whether what was done is what was suggested. */
function stepped(state: UiState, entry: Entry, world: World): UiState {
  return {...state, step: advance(state.step, world.view, entry.status === 'ok' ? entry.action : undefined)};
}

function looked(state: UiState, world: World): UiState {
  const {view} = world;
  if (view === state.seen) return state;
  const noticed = notices(state, view, world.nowMs);
  const leaders = shownView(state, world).view.leaders.length;
  const selected = {...state.selected, leaders: Math.max(0, Math.min(state.selected.leaders, leaders - 1))};
  return {...noticed, selected, seen: view, step: advance(state.step, view, undefined)};
}

/** What leaders have to say belongs in the timeline, and so does a leader that died although nobody killed it. */
function notices(state: UiState, view: ClusterView, nowMs: number): UiState {
  let next = state;
  const last = state.seen?.notices.at(-1);
  const fresh = view.notices.slice(last === undefined ? 0 : view.notices.indexOf(last) + 1);
  for (const notice of fresh) next = noted(next, notice);
  for (const leader of view.leaders) {
    const before = state.seen?.leaders.find(({id}) => id === leader.id);
    if (before === undefined || before.status === leader.status || !(leader.cause ?? '').startsWith('crashed')) continue;
    const tone: Tone = 'bad';
    next = appended(next, {type: 'notice', id: next.nextId, atMs: nowMs, leaders: [leader.id], text: legible(leader.cause ?? ''), tone});
  }
  return next;
}

/** On a line of its own, unless another leader has just said the same: of a module that fails everywhere one line is enough. */
function noted(state: UiState, {atMs, leader, text: said}: Notice): UiState {
  const text = legible(said);
  const leaders = leader === undefined ? [] : [leader];
  const same = state.timeline.findLast((item): item is NoticeItem => item.type === 'notice' && item.text === text);
  if (same === undefined || atMs - same.atMs >= TOGETHER_MS || leaders.every(id => same.leaders.includes(id))) {
    return appended(state, {type: 'notice', id: state.nextId, atMs, leaders, text, tone: 'warn'});
  }
  const joined: NoticeItem = {...same, leaders: [...same.leaders, ...leaders]};
  return {...state, timeline: state.timeline.map(item => (item === same ? joined : item))};
}
