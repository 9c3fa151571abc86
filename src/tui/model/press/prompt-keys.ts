/**
 * Keys at the prompt: text, the ways to edit it, completion, enter and escape.
 */
import {complete} from '../../../command/complete.ts';
import * as edit from '../input/prompt.ts';
import type {KeyAction} from '../keys/binding.ts';
import {FIRST_HELP_ROW} from '../overlays/help-list.ts';
import {isAsked, isReading, ledTo, offeredBy} from '../panes/guide-lead.ts';
import {hasMoreToRead, readOn} from '../panes/guide-window.ts';
import {languageOf} from '../state/language.ts';
import type {Effect, Step, UiState, World} from '../state/state.ts';
import {become, start, withoutOverlay} from '../state/steps.ts';
import {suggestion} from '../state/try-next.ts';
import {isStoppable} from '../text/answer.ts';

export const EDITS: {readonly [action in KeyAction]?: (prompt: edit.Prompt) => edit.Prompt} = {
  older: prompt => edit.recall(prompt, -1),
  newer: prompt => edit.recall(prompt, 1),
  left: edit.left,
  right: edit.right,
  'word-left': edit.wordLeft,
  'word-right': edit.wordRight,
  'line-start': edit.toStart,
  'line-end': edit.toEnd,
  'erase-back': edit.eraseBack,
  'erase-forward': edit.eraseForward,
  'erase-word': edit.eraseWord,
  'erase-to-start': edit.eraseToStart,
  'erase-to-end': edit.eraseToEnd,
};

/** Drops a colon before a command: users of other programs type one out of habit. */
export function typed(state: UiState, text: string): Step {
  const clean = state.prompt.text === '' ? text.replace(/^[: ]+/, '') : text;
  return become(clean === '' ? state : {...state, prompt: edit.insert(state.prompt, clean)});
}

export function submit(state: UiState, world: World): Step {
  const text = state.prompt.text.trim();
  if (text === '') return led({...state, prompt: edit.submitted(state.prompt)}, world, 'enter');
  const left = state.overlay?.type === 'link' ? state : withoutOverlay(state);
  const next: UiState = {...left, prompt: edit.submitted(state.prompt)};
  const remember: Effect = {type: 'remember', text: state.prompt.text};
  if (text === 'help' || text === '?')
    return {state: {...next, overlay: {type: 'help', at: FIRST_HELP_ROW}}, effects: [remember]};
  // In a lab a digit is an answer. If it comes too late, the lab says that no question is open.
  const command = world.guide !== undefined && /^[1-9]$/.test(text) ? `choose ${text}` : text;
  const started = start(next, command, undefined, world);
  return {...started, effects: [remember, ...started.effects]};
}

/**
 * Enter at an empty prompt goes on with the lab or to the next message, so that a presenter only has to press
 * enter.
 */
export function led(state: UiState, world: World, key: string): Step {
  if (world.guide !== undefined && isReading(state)) return become(withoutOverlay(state));
  if (world.guide !== undefined && hasMoreToRead(state, world)) return become(readOn(state, world));
  // The lab says that the question comes first, and how to answer.
  const command = isAsked(state, world) ? 'next' : ledTo(state, world);
  if (command === undefined) return become(state);
  const left = state.overlay?.type === 'link' ? state : withoutOverlay(state);
  return start(left, command, world.guide === undefined ? undefined : key, world);
}

export function completed(state: UiState, step: -1 | 1, world: World): UiState {
  if (state.prompt.text === '' && state.prompt.cycle === undefined) {
    const offered =
      world.guide === undefined ? suggestion(state.step, world.view)?.command : offeredBy(world.guide);
    if (offered !== undefined) return {...state, prompt: edit.replaced(state.prompt, offered)};
  }
  const language = languageOf(world);
  return {
    ...state,
    prompt: edit.completed(state.prompt, step, (text, cursor) => complete(text, cursor, language)),
  };
}

/**
 * Escape at the prompt ends the first of these that there is: a completion, an open answer, a running
 * command. Otherwise it leaves the prompt.
 */
export function backOut(state: UiState): Step {
  const {prompt, overlay} = state;
  if (prompt.cycle !== undefined) {
    const {base, cursor} = prompt.cycle;
    return become({...state, prompt: {text: base, cursor, history: prompt.history}});
  }
  if (overlay !== undefined) return become(withoutOverlay(state));
  if (isStopping(state)) return {state, effects: [{type: 'interrupt'}]};
  return become({...state, mode: 'panes'});
}

/** True if escape stops a running command. */
export const isStopping = ({timeline}: UiState): boolean =>
  timeline.some(item => item.type === 'command' && item.entry === undefined && isStoppable(item.text));
