/**
 * What one key press does: the part of the reducer that the table of bindings points at.
 */
import {complete} from '../../command/complete.ts';
import {EMPTY, merge, missing} from '../../core/version-vector.ts';
import {isStoppable} from './answer.ts';
import {type Binding, type Context, type Deed, findBinding} from './bindings.ts';
import {newestFirst} from './conflicts.ts';
import {FIRST_HELP_ROW, HELP_ROWS, nextHelpRow} from './help-list.ts';
import type {KeyPress} from './keypress.ts';
import {languageOf} from './language.ts';
import {PANES, type PaneId} from './layout.ts';
import {nextPair} from './link-inspector.ts';
import * as edit from './prompt.ts';
import {type Choice, nextScope, placeOfResolver, RESOLVER_ROWS, resolverChoice} from './resolver-picker.ts';
import {nameOf, type Spot, spotsOf} from './spots.ts';
import {appended, type Effect, type Overlay, type Step, shownView, type UiState, type World} from './state.ts';
import {commandFor, selectedConflict, selectedLeader, selectedSpot} from './targets.ts';
import {latestFirst} from './timeline.ts';
import {nextHub, placeOfTopology, presentHub, TOPOLOGY_ROWS, topologyChoice} from './topology-picker.ts';
import {suggestion} from './try-next.ts';
import {count} from './words.ts';

const PAGE = 8;

/** Who has the keys, the most special first. */
export function contextsOf({mode, overlay, pane, filter}: UiState): Context[] {
  if (overlay?.type === 'quit' || overlay?.type === 'help') return [overlay.type];
  if (mode === 'prompt') return ['prompt'];
  if (overlay?.type === 'link' || overlay?.type === 'resolvers' || overlay?.type === 'topologies') return [overlay.type];
  if (filter.isTyped && overlay === undefined) return ['filter'];
  return overlay === undefined ? [pane, 'panes'] : ['overlay'];
}

export function press(state: UiState, {name, text}: KeyPress, binding: Binding | undefined, world: World): Step {
  const [context] = contextsOf(state);
  if (context === 'filter' && text !== undefined) return filtered(state, state.filter.text + text, true);
  if (context === 'prompt' && text !== undefined && !(text === '?' && state.prompt.text === '')) return typed(state, text);
  if (binding !== undefined) return carryOut(binding.deed, state, world, name);
  return text !== undefined && [...text].length > 1 ? oneByOne(state, [...text], world) : become(state);
}

/** Several keys that arrived as one piece of text; one of them may give the rest to the prompt or the filter. */
function oneByOne(state: UiState, characters: readonly string[], world: World): Step {
  const effects: Effect[] = [];
  let next = state;
  for (const [i, character] of characters.entries()) {
    const contexts = contextsOf(next);
    const rest = characters.slice(i).join('');
    if (contexts[0] === 'prompt') return {state: typed(next, rest).state, effects};
    if (contexts[0] === 'filter') return {state: filtered(next, next.filter.text + rest, true).state, effects};
    const step = press(next, {name: character === ' ' ? 'space' : character, text: character}, findBinding(contexts, character), world);
    next = step.state;
    effects.push(...step.effects);
  }
  return {state: next, effects};
}

const become = (state: UiState): Step => ({state, effects: []});

const filtered = (state: UiState, text: string, isTyped: boolean): Step => become({...state, filter: {text, isTyped}});

/** A colon before a command means nothing: hands that know other programs type it. */
function typed(state: UiState, text: string): Step {
  const clean = state.prompt.text === '' ? text.replace(/^[: ]+/, '') : text;
  return become(clean === '' ? state : {...state, prompt: edit.insert(state.prompt, clean)});
}

function carryOut(deed: Deed, state: UiState, world: World, key: string): Step {
  const editing = EDITS[deed];
  if (editing !== undefined) return become({...state, prompt: editing(state.prompt)});
  switch (deed) {
    case 'run':
      return submit(state, world);
    case 'complete':
    case 'complete-back':
      return become(completed(state, deed === 'complete' ? 1 : -1, world));
    case 'to-panes':
      return backOut(state);
    case 'to-prompt':
      return become(toPrompt(state));
    case 'next-pane':
    case 'previous-pane':
      return become({...state, pane: neighbour(state.pane, deed === 'next-pane' ? 1 : -1)});
    case 'pane-topology':
    case 'pane-leaders':
    case 'pane-conflicts':
    case 'pane-timeline':
      return become({...state, pane: deed.slice(5) as PaneId});
    case 'back':
    case 'on':
    case 'page-back':
    case 'page-on':
    case 'first':
    case 'last':
      return become(moved(state, STEPS[deed], world));
    case 'open':
      return opened(state, world, key);
    case 'compare':
      return compared(state, world, key);
    case 'pick-resolver':
      return become({...state, overlay: {type: 'resolvers', at: placeOfResolver(world.view, undefined), scope: undefined}});
    case 'pick-topology':
      return become({...state, overlay: {type: 'topologies', at: placeOfTopology(world.view), hub: presentHub(world.view)}});
    case 'choose':
      return chosen(state, world, key);
    case 'other-back':
    case 'other-on':
      return become(toOther(state, deed === 'other-on' ? 1 : -1, world));
    case 'edit-rule':
      return become(state.overlay?.type === 'link' ? offered(state, {command: `link ${state.overlay.pair} `}) : state);
    case 'filter':
      return filtered(state, state.filter.text, true);
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
    case 'run-selected':
      return runSelected(state, world);
    case 'quit':
      return quit(state, world);
    case 'quit-now':
      return {state, effects: [{type: 'quit'}]};
    case 'stay':
      return become(withoutOverlay(state));
    default: {
      const command = commandFor(deed, state, world);
      return command === undefined ? become(state) : start(state, command, key, world);
    }
  }
}

const EDITS: {readonly [deed in Deed]?: (prompt: edit.Prompt) => edit.Prompt} = {
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

function withoutOverlay({overlay: _, ...state}: UiState): UiState {
  return state;
}

/** Sends the command off; its line in the timeline says `running` until the answer. */
function start(state: UiState, text: string, key: string | undefined, world: World): Step {
  const id = state.nextId;
  const item = {type: 'command' as const, id, text, atMs: world.nowMs, ...(key === undefined ? {} : {key})};
  return {state: appended(state, item), effects: [{type: 'run', id, text}]};
}

function submit(state: UiState, world: World): Step {
  const text = state.prompt.text.trim();
  if (text === '') return become(state);
  const left = state.overlay?.type === 'link' ? state : withoutOverlay(state);
  const next: UiState = {...left, prompt: edit.submitted(state.prompt)};
  if (text === 'help' || text === '?') return become({...next, overlay: {type: 'help', at: FIRST_HELP_ROW}});
  return start(next, text, undefined, world);
}

function completed(state: UiState, step: -1 | 1, world: World): UiState {
  if (state.prompt.text === '' && state.prompt.cycle === undefined) {
    const offered = suggestion(state.step, world.view)?.command;
    if (offered !== undefined) return {...state, prompt: edit.replaced(state.prompt, offered)};
  }
  const language = languageOf(world.view);
  return {...state, prompt: edit.completed(state.prompt, step, (text, cursor) => complete(text, cursor, language))};
}

/** Escape in the prompt takes back the nearest thing: a completion, an answer on the screen, a command that runs; then it leaves. */
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

const neighbour = (pane: PaneId, step: -1 | 1): PaneId => PANES[(PANES.indexOf(pane) + step + PANES.length) % PANES.length] ?? 'topology';

const clamp = (value: number, count: number): number => Math.max(0, Math.min(value, count - 1));

/** The selection, or what an overlay shows, moved by so many lines. */
function moved(state: UiState, step: number, world: World): UiState {
  const {overlay, selected} = state;
  if (overlay !== undefined) return {...state, overlay: scrolled(overlay, step)};
  const {view} = shownView(state, world);
  switch (state.pane) {
    case 'topology':
      return {...state, selected: {...selected, ...spotAt(spotsOf(view), selected.topology, step)}};
    case 'leaders':
      return {...state, selected: {...selected, leaders: clamp(selected.leaders + step, view.leaders.length)}};
    case 'conflicts':
      return {
        ...state,
        selected: {...selected, ...at('conflicts', newestFirst(view.conflicts, state.filter.text), selected.conflicts, step)},
      };
    case 'timeline':
      return {...state, selected: {...selected, ...at('timeline', latestFirst(state.timeline), selected.timeline, step)}};
  }
}

function spotAt(spots: readonly Spot[], selected: string | undefined, step: number): {topology?: string} {
  const present = Math.max(
    0,
    spots.findIndex(spot => nameOf(spot) === selected),
  );
  const spot = spots[clamp(present + step, spots.length)];
  return spot === undefined ? {} : {topology: nameOf(spot)};
}

function at(
  pane: 'conflicts' | 'timeline',
  list: readonly {readonly id: number}[],
  selected: number | undefined,
  step: number,
): {conflicts?: number} | {timeline?: number} {
  const entry = list[clamp(placeOf(list, selected) + step, list.length)];
  return entry === undefined ? {} : {[pane]: entry.id};
}

/** Where the selected entry stands in the list; the first where it is gone or none was selected. */
export const placeOf = (list: readonly {readonly id: number}[], selected: number | undefined): number =>
  Math.max(
    0,
    list.findIndex(({id}) => id === selected),
  );

/** How far an overlay can be scrolled is known where it is drawn. */
function scrolled(overlay: Overlay, step: number): Overlay {
  if (overlay.type === 'quit') return overlay;
  if (overlay.type === 'help') {
    const far = Number.isFinite(step) ? step : Math.sign(step) * HELP_ROWS.length;
    return {...overlay, at: nextHelpRow(overlay.at, far)};
  }
  if (overlay.type === 'resolvers') return {...overlay, at: clamp(overlay.at + step, RESOLVER_ROWS)};
  if (overlay.type === 'topologies') return {...overlay, at: clamp(overlay.at + step, TOPOLOGY_ROWS)};
  return {...overlay, scroll: step === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, Math.min(overlay.scroll + step, 100_000))};
}

function opened(state: UiState, world: World, key: string): Step {
  if (state.pane === 'conflicts') {
    const conflict = selectedConflict(state, world);
    if (conflict === undefined) return become(state);
    const {id} = conflict;
    return start({...state, overlay: {type: 'story', conflict: id, item: state.nextId, scroll: 0}}, `explain ${id}`, key, world);
  }
  const list = latestFirst(state.timeline);
  const item = list[placeOf(list, state.selected.timeline)];
  if (item?.type !== 'command' || item.entry === undefined) return become(state);
  return become({...state, overlay: {type: 'answer', item: item.id, scroll: 0}});
}

/** The answer is what the key is for: it is opened before it is there. */
function compared(state: UiState, world: World, key: string): Step {
  const command = commandFor('compare', state, world);
  if (command === undefined) return become(state);
  return start({...state, overlay: {type: 'answer', item: state.nextId, scroll: 0}}, command, key, world);
}

/** A link is inspected; a leader becomes the one that commands go to. */
function writeHere(state: UiState, world: World, key: string): Step {
  const spot = state.pane === 'topology' ? selectedSpot(state, world) : undefined;
  if (spot?.type === 'pair') return become({...state, overlay: {type: 'link', pair: spot.pair.name, scroll: 0}});
  const leader = selectedLeader(state, world);
  const next: UiState = {...state, mode: 'prompt'};
  return leader === undefined || leader.id === world.focused ? become(next) : start(next, `focus ${leader.id}`, key, world);
}

/** What is inspected stays in sight while a command is typed; whatever else there is to read or choose from goes. */
const toPrompt = (state: UiState): UiState => ({...(state.overlay?.type === 'link' ? state : withoutOverlay(state)), mode: 'prompt'});

/** A command that a person has still to complete. */
function offered(state: UiState, {command, cursor}: Choice): UiState {
  const prompt = edit.replaced(state.prompt, command);
  return {...toPrompt(state), prompt: cursor === undefined ? prompt : {...prompt, cursor}};
}

function chosen(state: UiState, world: World, key: string): Step {
  const {overlay} = state;
  if (overlay?.type !== 'resolvers' && overlay?.type !== 'topologies') return become(state);
  const choice =
    overlay.type === 'resolvers' ? resolverChoice(overlay.at, overlay.scope, world.view) : topologyChoice(overlay.at, overlay.hub);
  return choice.cursor === undefined ? start(withoutOverlay(state), choice.command, key, world) : become(offered(state, choice));
}

/** Left and right in an overlay: for whom, which hub, which link. */
function toOther(state: UiState, step: 1 | -1, world: World): UiState {
  const {overlay} = state;
  if (overlay?.type === 'resolvers') return {...state, overlay: {...overlay, scope: nextScope(world.view, overlay.scope, step)}};
  if (overlay?.type === 'topologies') return {...state, overlay: {...overlay, hub: nextHub(world.view, overlay.hub, step)}};
  if (overlay?.type !== 'link') return state;
  const pair = nextPair(shownView(state, world).view, overlay.pair, step);
  return {...state, overlay: {type: 'link', pair, scroll: 0}, selected: {...state.selected, topology: pair}};
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

/** A command goes to the prompt, and runs at once when nothing can follow; a key does what it does. */
function runSelected(state: UiState, world: World): Step {
  const row = state.overlay?.type === 'help' ? HELP_ROWS[state.overlay.at] : undefined;
  const next = withoutOverlay(state);
  if (row?.type === 'command') {
    const prompt = edit.replaced(next.prompt, row.takesMore ? `${row.name} ` : row.name);
    const ready: UiState = {...next, mode: 'prompt', prompt};
    return row.takesMore ? become(ready) : submit(ready, world);
  }
  if (row?.type !== 'key') return become(next);
  if (row.context === 'prompt') return become({...next, mode: 'prompt'});
  const pane = PANES.find(candidate => candidate === row.context);
  return carryOut(row.deed, {...next, mode: 'panes', ...(pane === undefined ? {} : {pane})}, world, row.keys.split(' ')[0] ?? '');
}

/** Asks only where quitting loses what nobody else has: operations of a leader that is not up, in a folder that goes with the lab. */
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
      why: `${holder.id} is ${holder.status} and holds ${alone} that no other leader has; the data goes with the lab`,
    },
  });
}
