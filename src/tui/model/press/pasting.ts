/**
 * Handles a pasted text. A single command goes to the prompt. Several commands are shown first and run only
 * after the person confirms.
 */

import {commandsIn} from '../../../command/split-lines.ts';
import {count} from '../../../report/words/count.ts';
import {PASTE_LIMIT_BYTES} from '../input/input-state.ts';

import * as edit from '../input/prompt.ts';
import type {Effect, Overlay, PastedText, Step, UiState, World} from '../state/state.ts';
import {become, start, withoutOverlay} from '../state/steps.ts';
import {toPrompt} from './overlay-keys.ts';

type PasteOverlay = Extract<Overlay, {type: 'paste'}>;

const COMMANDS_LIMIT = 500;
/** Control characters other than line breaks and tabs, which pasted text must not contain. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/**
 * Puts a single command at the prompt, or into the filter while that is typed; several commands open an
 * overlay, which waits for confirmation. Nothing runs yet. A text that is too long, or has too many
 * commands, is refused in the overlay.
 */
export function pasted(state: UiState, {text, bytes}: PastedText): Step {
  if (bytes > PASTE_LIMIT_BYTES)
    return refused(
      state,
      `The text has ${kibibytes(bytes)}; the limit for pasting is ${kibibytes(PASTE_LIMIT_BYTES)}.`,
    );
  const commands = commandsIn(text.replace(CONTROLS, ''));
  const [first, ...more] = commands;
  if (commands.length > COMMANDS_LIMIT)
    return refused(
      state,
      `The text has ${count(commands.length, 'command')}; the limit for pasting is ${COMMANDS_LIMIT}.`,
    );
  if (first === undefined) return become(state);
  if (more.length > 0)
    return become({...withoutOverlay(state), overlay: {type: 'paste', commands, scroll: 0}});
  if (state.mode === 'panes' && state.filter.isTyped && state.overlay === undefined)
    return become({...state, filter: {text: state.filter.text + first, isTyped: true}});
  const ready = toPrompt(state);
  return become({...ready, prompt: edit.insert(ready.prompt, first)});
}

const kibibytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;

const refused = (state: UiState, why: string): Step =>
  become({...withoutOverlay(state), overlay: {type: 'paste', commands: [], refusal: why, scroll: 0}});

/** One after the other, as if each had been typed. */
export function runPasted(state: UiState, {commands}: PasteOverlay, world: World): Step {
  const effects: Effect[] = [];
  let next: UiState = {...withoutOverlay(state), mode: 'prompt'};
  for (const command of commands) {
    const step = start({...next, prompt: edit.remembered(next.prompt, command)}, command, undefined, world);
    next = step.state;
    effects.push({type: 'remember', text: command}, ...step.effects);
  }
  return {state: next, effects};
}
