/**
 * What one key press does: the part of the reducer for the actions of the table of keys.
 */

import type {KeyPress} from '../input/keypress.ts';
import * as edit from '../input/prompt.ts';
import type {Binding, Context, KeyAction} from '../keys/binding.ts';
import {findBinding} from '../keys/bindings.ts';
import {FIRST_HELP_ROW, helpRows} from '../overlays/help-list.ts';
import {scrolledGuide} from '../panes/guide-window.ts';
import {placeOfResolver} from '../pickers/resolver-picker.ts';
import {placeOfTopology, presentHub} from '../pickers/topology-picker.ts';
import {conditionsOf} from '../state/key-conditions.ts';
import type {Effect, Step, UiState, World} from '../state/state.ts';
import {become, start, withoutOverlay} from '../state/steps.ts';
import {PANES, type PaneId} from '../text/layout.ts';
import {contextsOf} from './contexts.ts';
import {chosen, compared, offered, opened, scrolled, toOther, toPrompt, writeHere} from './overlay-keys.ts';
import {closed, filtered, frozen, nextPane, quit} from './pane-keys.ts';
import {runPasted} from './pasting.ts';
import {backOut, completed, EDITS, led, submit, typed} from './prompt-keys.ts';
import {moved} from './selecting.ts';
import {commandFor} from './targets.ts';

/** `binding` is the binding that applies to the key, if there is one. */
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

/** `key` is the name of the key that was pressed. */
type Handler = (state: UiState, world: World, key: string) => Step;

/** An action without a handler runs a command, which `commandFor` returns. */
function carryOut(keyAction: KeyAction, state: UiState, world: World, key: string): Step {
  const editing = EDITS[keyAction];
  if (editing !== undefined) return become({...state, prompt: editing(state.prompt)});
  const handler = HANDLERS[keyAction];
  if (handler !== undefined) return handler(state, world, key);
  const command = commandFor(keyAction, state, world);
  return command === undefined ? become(state) : start(state, command, key, world);
}

const PAGE = 8;

/** Scrolls the open overlay by this many rows, or else moves the selection. */
const scrolling =
  (step: number): Handler =>
  (state, world) => {
    if (state.overlay !== undefined) return become(scrolled(state, state.overlay, step, world));
    return become(
      state.mode === 'prompt' && world.guide ? scrolledGuide(state, step, world) : moved(state, step, world),
    );
  };

const toPane =
  (pane: PaneId): Handler =>
  state =>
    become({...state, pane});

const HANDLERS: {readonly [action in KeyAction]?: Handler} = {
  run: submit,
  complete: (state, world) => become(completed(state, 1, world)),
  'complete-back': (state, world) => become(completed(state, -1, world)),
  'to-panes': backOut,
  'to-prompt': state => become(toPrompt(state)),

  'next-pane': (state, world) => become({...state, pane: nextPane(state.pane, 1, world)}),
  'previous-pane': (state, world) => become({...state, pane: nextPane(state.pane, -1, world)}),
  'pane-topology': toPane('topology'),
  'pane-leaders': toPane('leaders'),
  'pane-conflicts': toPane('conflicts'),
  'pane-guide': toPane('guide'),
  'pane-timeline': toPane('timeline'),

  back: scrolling(-1),
  on: scrolling(1),
  'page-back': scrolling(-PAGE),
  'page-on': scrolling(PAGE),
  first: scrolling(Number.NEGATIVE_INFINITY),
  last: scrolling(Number.POSITIVE_INFINITY),

  open: opened,
  compare: compared,
  'pick-resolver': (state, {view}) =>
    become({...state, overlay: {type: 'resolvers', at: placeOfResolver(view, undefined), scope: undefined}}),
  'pick-topology': (state, {view}) =>
    become({...state, overlay: {type: 'topologies', at: placeOfTopology(view), hub: presentHub(view)}}),
  choose: chosen,
  'other-back': (state, world) => become(toOther(state, -1, world)),
  'other-on': (state, world) => become(toOther(state, 1, world)),
  'edit-rule': state =>
    become(state.overlay?.type === 'link' ? offered(state, {command: `link ${state.overlay.pair} `}) : state),

  filter: state => filtered({...state, pane: 'conflicts'}, state.filter.text, true),
  'filter-done': state => filtered(state, state.filter.text, false),
  'filter-erase': state =>
    filtered(state, edit.eraseBack(edit.insert(edit.EMPTY_PROMPT, state.filter.text)).text, true),
  'filter-clear': state => filtered(state, '', false),

  'write-here': writeHere,
  zoom: state => become({...state, zoomed: !state.zoomed}),
  help: state => become({...state, overlay: {type: 'help', at: FIRST_HELP_ROW}}),
  freeze: (state, world) => become(frozen(state, world)),
  close: state => become(closed(state)),
  'run-pasted': (state, world) =>
    state.overlay?.type === 'paste' ? runPasted(state, state.overlay, world) : become(state),
  'run-selected': (state, world) => runSelected(state, world),
  answer: (state, world, key) => start(state, `choose ${key}`, key, world),
  'go-on': led,

  quit,
  'quit-now': state => ({state, effects: [{type: 'quit'}]}),
  suspend: state => ({state, effects: [{type: 'suspend'}]}),
  stay: state => become(withoutOverlay(state)),
};

/** If keys belong to an overlay, choosing them in the help opens that overlay. */
const WAY_TO: {readonly [context in Context]?: KeyAction} = {
  resolvers: 'pick-resolver',
  topologies: 'pick-topology',
  link: 'pane-topology',
  overlay: 'pane-timeline',
  filter: 'pane-conflicts',
};

/**
 * Puts the selected command at the prompt, and runs it at once if it takes no arguments. A selected key does
 * its action.
 */
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
