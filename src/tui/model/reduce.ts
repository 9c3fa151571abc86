/**
 * The reducer of the screen: from an event, the state and the world to the next state and effects. It never
 * waits and never throws.
 */

import {assertNever} from '../../base/assert.ts';
import type {Entry} from '../../session/session-result.ts';
import {refused} from './input/prompt.ts';
import {findBinding} from './keys/bindings.ts';
import {timeOf} from './links/virtual-time.ts';
import {contextsOf} from './press/contexts.ts';
import {pasted} from './press/pasting.ts';
import {press} from './press/press.ts';
import {conditionsOf} from './state/key-conditions.ts';
import {noticed} from './state/notices.ts';
import {
  appended,
  type Item,
  type Step,
  shownView,
  type UiEvent,
  type UiState,
  type World,
} from './state/state.ts';
import {advance} from './state/try-next.ts';
import {isLong} from './text/answer.ts';
import {paletteOf} from './text/words.ts';

/**
 * Returns the state after the event and the effects that the caller must carry out, in their order. It
 * carries out none itself.
 */
export function reduce(state: UiState, event: UiEvent, world: World): Step {
  switch (event.type) {
    case 'key':
      return press(
        state,
        event.press,
        findBinding(contextsOf(state), event.press.name, conditionsOf(world)),
        world,
      );
    case 'pasted':
      return pasted(state, event.pasted);
    case 'answered':
      return {
        state: answered(state, event.id, event.entry, world),
        effects: event.entry.result?.type === 'quit' ? [{type: 'quit'}] : [],
      };
    case 'observed':
      return {state: observed(state, event.entry, event.atMs, world), effects: []};
    case 'refreshed':
      return {state: refreshed(state, world), effects: []};
    default:
      return assertNever(event);
  }
}

/** Puts text that is not a command back at the prompt, unless something else was typed meanwhile. */
function restoredToPrompt(state: UiState, {text, caret, failure}: Entry): UiState {
  if (caret === undefined || failure === undefined || state.prompt.text !== '' || state.mode !== 'prompt')
    return state;
  return {...state, prompt: refused(state.prompt, text, caret, failure)};
}

function answered(state: UiState, id: number, entry: Entry, world: World): UiState {
  const item = state.timeline.find(candidate => candidate.id === id);
  // In virtual time a command lets time pass or takes it back, so its answer belongs to the time when it
  // ended.
  const when = timeOf(world.view) === 'virtual' ? {atMs: world.nowMs} : {};
  // A command typed in the words of another system is shown from now on as the command that ran.
  const ended = {entry, text: entry.text, ...when};
  const timeline = state.timeline.map(candidate =>
    candidate.id === id && candidate.type === 'command' ? {...candidate, ...ended} : candidate,
  );
  const next = stepped({...state, timeline}, entry, world);
  // The answer to a command of a person or a lab is shown in full. The answer to another key's command is
  // only in the timeline.
  if (item?.type !== 'command' || !(item.key === undefined || item.key === 'enter')) return next;
  return restoredToPrompt(item.isOpened ? next : opened(next, id, entry, world), entry);
}

function opened(state: UiState, id: number, entry: Entry, {view, columns}: World): UiState {
  if (entry.result?.type === 'explained')
    return {...state, overlay: {type: 'story', conflict: entry.result.conflict.id, item: id, scroll: 0}};
  return isLong(entry, paletteOf(view), columns)
    ? {...state, overlay: {type: 'answer', item: id, scroll: 0}}
    : state;
}

function observed(state: UiState, entry: Entry, atMs: number | undefined, world: World): UiState {
  const item: Item = {
    type: 'command',
    id: state.nextId,
    text: entry.text,
    entry,
    ...(atMs === undefined ? {} : {atMs}),
  };
  return stepped(appended(state, item), entry, world);
}

/** Moves to the next suggestion if the suggested step was done. */
function stepped(state: UiState, entry: Entry, world: World): UiState {
  return {...state, step: advance(state.step, world.view, entry.status === 'ok' ? entry.action : undefined)};
}

function refreshed(state: UiState, world: World): UiState {
  const {view} = world;
  if (view === state.seen) return state;
  const next = noticed(state, view, world.nowMs);
  const leaders = shownView(state, world).view.leaders.length;
  const selected = {...state.selected, leaders: Math.max(0, Math.min(state.selected.leaders, leaders - 1))};
  return {...next, selected, seen: view, step: advance(state.step, view, undefined)};
}
