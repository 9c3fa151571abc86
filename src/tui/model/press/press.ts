/**
 * What one key press does: the part of the reducer that the table of bindings points at.
 */

import {complete} from '../../../command/complete.ts';
import {EMPTY, merge, missing} from '../../../core/log/version-vector.ts';
import {count} from '../../../report/words/count.ts';
import type {KeyPress} from '../input/keypress.ts';
import * as edit from '../input/prompt.ts';
import type {Binding, Context, KeyAction} from '../keys/binding.ts';
import {findBinding} from '../keys/bindings.ts';
import {FIRST_HELP_ROW, helpRows} from '../overlays/help-list.ts';
import {isAsked, isReading, ledTo, offeredBy} from '../panes/guide-lead.ts';
import {hasMoreToRead, readOn, scrolledGuide} from '../panes/guide-window.ts';
import {placeOfResolver} from '../pickers/resolver-picker.ts';
import {placeOfTopology, presentHub} from '../pickers/topology-picker.ts';
import {conditionsOf} from '../state/key-conditions.ts';
import {languageOf} from '../state/language.ts';
import type {Effect, Step, UiState, World} from '../state/state.ts';
import {become, start, withoutOverlay} from '../state/steps.ts';
import {suggestion} from '../state/try-next.ts';
import {isStoppable} from '../text/answer.ts';
import {PANES, type PaneId} from '../text/layout.ts';
import {chosen, compared, offered, opened, scrolled, toOther, toPrompt, writeHere} from './overlay-keys.ts';
import {runPasted} from './pasting.ts';
import {moved} from './selecting.ts';
import {commandFor} from './targets.ts';

const PAGE = 8;

/** Who has the keys, the most special first. */
export function contextsOf({mode, overlay, pane, filter}: UiState): Context[] {
  if (overlay?.type === 'quit' || overlay?.type === 'help' || overlay?.type === 'paste')
    return [overlay.type];
  if (mode === 'prompt') return ['prompt'];
  if (overlay?.type === 'link' || overlay?.type === 'resolvers' || overlay?.type === 'topologies')
    return [overlay.type];
  if (filter.isTyped && overlay === undefined) return ['filter'];
  return overlay === undefined ? [pane, 'panes'] : ['overlay'];
}

export function press(
  state: UiState,
  {name, text}: KeyPress,
  binding: Binding | undefined,
  world: World,
): Step {
  const [context] = contextsOf(state);
  if (context === 'filter' && text !== undefined) return filtered(state, state.filter.text + text, true);
  if (
    context === 'prompt' &&
    text !== undefined &&
    !(state.prompt.text === '' && isKeyAtEmptyPrompt(text, binding))
  )
    return typed(state, text);
  if (binding !== undefined) return carryOut(binding.does, state, world, name);
  return text !== undefined && [...text].length > 1 ? oneByOne(state, [...text], world) : become(state);
}

const isKeyAtEmptyPrompt = (text: string, binding: Binding | undefined): boolean =>
  text === '?' || binding?.does === 'answer';

/**
 * Several keys that arrived as one piece of text; one of them may give the rest to the prompt or the filter.
 */
function oneByOne(state: UiState, characters: readonly string[], world: World): Step {
  const effects: Effect[] = [];
  let next = state;
  for (const [i, character] of characters.entries()) {
    const contexts = contextsOf(next);
    const rest = characters.slice(i).join('');
    if (contexts[0] === 'prompt') return {state: typed(next, rest).state, effects};
    if (contexts[0] === 'filter')
      return {state: filtered(next, next.filter.text + rest, true).state, effects};
    const step = press(
      next,
      {name: character === ' ' ? 'space' : character, text: character},
      findBinding(contexts, character, conditionsOf(world)),
      world,
    );
    next = step.state;
    effects.push(...step.effects);
  }
  return {state: next, effects};
}

const filtered = (state: UiState, text: string, isTyped: boolean): Step =>
  become({...state, filter: {text, isTyped}});

/** A colon before a command means nothing: hands that know other programs type it. */
function typed(state: UiState, text: string): Step {
  const clean = state.prompt.text === '' ? text.replace(/^[: ]+/, '') : text;
  return become(clean === '' ? state : {...state, prompt: edit.insert(state.prompt, clean)});
}

function carryOut(keyAction: KeyAction, state: UiState, world: World, key: string): Step {
  const editing = EDITS[keyAction];
  if (editing !== undefined) return become({...state, prompt: editing(state.prompt)});
  switch (keyAction) {
    case 'run':
      return submit(state, world);
    case 'complete':
    case 'complete-back':
      return become(completed(state, keyAction === 'complete' ? 1 : -1, world));
    case 'to-panes':
      return backOut(state);
    case 'to-prompt':
      return become(toPrompt(state));
    case 'next-pane':
    case 'previous-pane':
      return become({...state, pane: nextPane(state.pane, keyAction === 'next-pane' ? 1 : -1, world)});
    case 'pane-topology':
    case 'pane-leaders':
    case 'pane-conflicts':
    case 'pane-guide':
    case 'pane-timeline':
      return become({...state, pane: keyAction.slice(5) as PaneId});
    case 'back':
    case 'on':
    case 'page-back':
    case 'page-on':
    case 'first':
    case 'last':
      if (state.overlay !== undefined) return become(scrolled(state, state.overlay, STEPS[keyAction], world));
      return become(
        state.mode === 'prompt' && world.guide
          ? scrolledGuide(state, STEPS[keyAction], world)
          : moved(state, STEPS[keyAction], world),
      );
    case 'open':
      return opened(state, world, key);
    case 'compare':
      return compared(state, world, key);
    case 'pick-resolver':
      return become({
        ...state,
        overlay: {type: 'resolvers', at: placeOfResolver(world.view, undefined), scope: undefined},
      });
    case 'pick-topology':
      return become({
        ...state,
        overlay: {type: 'topologies', at: placeOfTopology(world.view), hub: presentHub(world.view)},
      });
    case 'choose':
      return chosen(state, world, key);
    case 'other-back':
    case 'other-on':
      return become(toOther(state, keyAction === 'other-on' ? 1 : -1, world));
    case 'edit-rule':
      return become(
        state.overlay?.type === 'link' ? offered(state, {command: `link ${state.overlay.pair} `}) : state,
      );
    case 'filter':
      return filtered({...state, pane: 'conflicts'}, state.filter.text, true);
    case 'filter-done':
      return filtered(state, state.filter.text, false);
    case 'filter-erase':
      return filtered(state, edit.eraseBack(edit.insert(edit.EMPTY_PROMPT, state.filter.text)).text, true);
    case 'filter-clear':
      return filtered(state, '', false);
    case 'write-here':
      return writeHere(state, world, key);
    case 'zoom':
      return become({...state, zoomed: !state.zoomed});
    case 'help':
      return become({...state, overlay: {type: 'help', at: FIRST_HELP_ROW}});
    case 'freeze':
      return become(frozen(state, world));
    case 'close':
      return become(closed(state));
    case 'run-pasted':
      return state.overlay?.type === 'paste' ? runPasted(state, state.overlay, world) : become(state);
    case 'run-selected':
      return runSelected(state, world);
    case 'quit':
      return quit(state, world);
    case 'answer':
      return start(state, `choose ${key}`, key, world);
    case 'go-on':
      return led(state, world, key);
    case 'suspend':
      return {state, effects: [{type: 'suspend'}]};
    case 'quit-now':
      return {state, effects: [{type: 'quit'}]};
    case 'stay':
      return become(withoutOverlay(state));
    default: {
      const command = commandFor(keyAction, state, world);
      return command === undefined ? become(state) : start(state, command, key, world);
    }
  }
}

const EDITS: {readonly [action in KeyAction]?: (prompt: edit.Prompt) => edit.Prompt} = {
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

const STEPS = {
  back: -1,
  on: 1,
  'page-back': -PAGE,
  'page-on': PAGE,
  first: Number.NEGATIVE_INFINITY,
  last: Number.POSITIVE_INFINITY,
} as const;

function submit(state: UiState, world: World): Step {
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
 * Nothing typed: on with the lab, or to the next message, so that whoever shows something need only press
 * enter.
 */
function led(state: UiState, world: World, key: string): Step {
  if (world.guide !== undefined && isReading(state)) return become(withoutOverlay(state));
  if (world.guide !== undefined && hasMoreToRead(state, world)) return become(readOn(state, world));
  // The lab says that the question comes first, and how to answer.
  const command = isAsked(state, world) ? 'next' : ledTo(state, world);
  if (command === undefined) return become(state);
  const left = state.overlay?.type === 'link' ? state : withoutOverlay(state);
  return start(left, command, world.guide === undefined ? undefined : key, world);
}

function completed(state: UiState, step: -1 | 1, world: World): UiState {
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
 * Escape in the prompt takes back the nearest thing: a completion, an answer on the screen, a command that
 * runs; then it leaves.
 */
function backOut(state: UiState): Step {
  const {prompt, overlay} = state;
  if (prompt.cycle !== undefined) {
    const {base, cursor} = prompt.cycle;
    return become({...state, prompt: {text: base, cursor, history: prompt.history}});
  }
  if (overlay !== undefined) return become(withoutOverlay(state));
  if (isStopping(state)) return {state, effects: [{type: 'interrupt'}]};
  return become({...state, mode: 'panes'});
}

/** Whether escape stops a command that takes its time. */
export const isStopping = ({timeline}: UiState): boolean =>
  timeline.some(item => item.type === 'command' && item.entry === undefined && isStoppable(item.text));

function nextPane(pane: PaneId, step: -1 | 1, {guide}: World): PaneId {
  const panes = PANES.filter(one => one !== 'guide' || guide !== undefined);
  return panes[(panes.indexOf(pane) + step + panes.length) % panes.length] ?? 'topology';
}

function frozen(state: UiState, world: World): UiState {
  if (state.frozen === undefined) return {...state, frozen: {view: world.view, nowMs: world.nowMs}};
  const {frozen: _, ...thawed} = state;
  return thawed;
}

function closed(state: UiState): UiState {
  if (state.overlay !== undefined) return withoutOverlay(state);
  if (state.pane === 'conflicts' && state.filter.text !== '') return filtered(state, '', false).state;
  return state.zoomed ? {...state, zoomed: false} : {...state, mode: 'prompt'};
}

/** Where keys belong to what stands over the panes, choosing them in the help leads to where they hold. */
const WAY_TO: {readonly [context in Context]?: KeyAction} = {
  resolvers: 'pick-resolver',
  topologies: 'pick-topology',
  link: 'pane-topology',
  overlay: 'pane-timeline',
  filter: 'pane-conflicts',
};

/** A command goes to the prompt, and runs at once when nothing can follow; a key does what it does. */
function runSelected(state: UiState, world: World): Step {
  const row = state.overlay?.type === 'help' ? helpRows(conditionsOf(world))[state.overlay.at] : undefined;
  const next = withoutOverlay(state);
  if (row?.type === 'command') {
    const prompt = edit.replaced(next.prompt, row.takesMore ? `${row.name} ` : row.name);
    const ready: UiState = {...next, mode: 'prompt', prompt};
    return row.takesMore ? become(ready) : submit(ready, world);
  }
  if (row?.type !== 'key') return become(next);
  if (row.context === 'prompt') return become({...next, mode: 'prompt'});
  const way = WAY_TO[row.context];
  if (way !== undefined) return carryOut(way, {...next, mode: 'panes'}, world, '');
  const pane = PANES.find(candidate => candidate === row.context);
  return carryOut(
    row.does,
    {...next, mode: 'panes', ...(pane === undefined ? {} : {pane})},
    world,
    row.keys.split(' ')[0] ?? '',
  );
}

/**
 * Asks only where quitting loses what nobody else has: operations of a leader that is not up, in a folder
 * that goes with the lab.
 */
function quit(state: UiState, world: World): Step {
  const {leaders} = world.view;
  const live = leaders.filter(({status}) => status === 'up');
  const known = live.map(({vv}) => vv).reduce(merge, EMPTY);
  const holder = leaders.find(({status, vv}) => status !== 'up' && missing(vv, known) > 0);
  if (world.keepsData || holder === undefined) return {state, effects: [{type: 'quit'}]};
  const alone = count(missing(holder.vv, known), 'op');
  return become({
    ...state,
    overlay: {
      type: 'quit',
      why:
        `${holder.id} is ${holder.status} and holds ${alone} that no other leader has; the data goes with ` +
        'the lab',
    },
  });
}
