/**
 * Keys that open an overlay, scroll it, or choose from it.
 */

import * as edit from '../input/prompt.ts';
import {helpPage, helpRows, nextHelpRow} from '../overlays/help-list.ts';
import {nextPair} from '../overlays/link-inspector.ts';
import {latestFirst} from '../panes/timeline.ts';
import {type Choice, nextScope, resolverChoice, resolverRows} from '../pickers/resolver-picker.ts';
import {hasHub, nextHub, topologyChoice, topologyRows} from '../pickers/topology-picker.ts';
import {conditionsOf} from '../state/key-conditions.ts';
import {type Overlay, type Step, shownView, type UiState, type World} from '../state/state.ts';
import {become, start, withoutOverlay} from '../state/steps.ts';
import {inside, layOut} from '../text/layout.ts';
import {clamp, placeOf} from './selecting.ts';
import {commandFor, selectedConflict, selectedItem, selectedLeader} from './targets.ts';

/** Scrolls without an upper limit: the drawing of the overlay limits it. */
export const scrolled = (state: UiState, overlay: Overlay, step: number, world: World): UiState => ({
  ...state,
  overlay: scrolledOverlay(overlay, step, world),
});

function scrolledOverlay(overlay: Overlay, step: number, world: World): Overlay {
  if (overlay.type === 'quit') return overlay;
  if (overlay.type === 'help') {
    const conditions = conditionsOf(world);
    const direction = step < 0 ? -1 : 1;
    if (!Number.isFinite(step))
      return {...overlay, at: nextHelpRow(overlay.at, direction * helpRows(conditions).length, conditions)};
    if (Math.abs(step) === 1) return {...overlay, at: nextHelpRow(overlay.at, step, conditions)};
    const {width, height} = inside(layOut(world.columns, world.rows).middle);
    return {...overlay, at: helpPage(overlay.at, direction, conditions, width, height)};
  }
  if (overlay.type === 'resolvers')
    return {...overlay, at: clamp(overlay.at + step, resolverRows(world.view))};
  if (overlay.type === 'topologies')
    return {...overlay, at: clamp(overlay.at + step, topologyRows(world.view))};
  return {
    ...overlay,
    scroll: step === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, Math.min(overlay.scroll + step, 100_000)),
  };
}

export function opened(state: UiState, world: World, key: string): Step {
  if (state.pane === 'conflicts') {
    const conflict = selectedConflict(state, world);
    if (conflict === undefined) return become(state);
    const {id} = conflict;
    return start(
      {...state, overlay: {type: 'story', conflict: id, item: state.nextId, scroll: 0}},
      `explain ${id}`,
      key,
      world,
    );
  }
  const list = latestFirst(state.timeline);
  const item = list[placeOf(list, state.selected.timeline)];
  if (item === undefined || (item.type === 'command' && item.entry === undefined)) return become(state);
  return become({...state, overlay: {type: 'answer', item: item.id, scroll: 0}});
}

/** Opens the answer's overlay before the answer arrives, because the key asks for it. */
export function compared(state: UiState, world: World, key: string): Step {
  const command = commandFor('compare', state, world);
  if (command === undefined) return become(state);
  return start({...state, overlay: {type: 'answer', item: state.nextId, scroll: 0}}, command, key, world);
}

/** Inspects the selected link, or sends commands to the selected leader from now on. */
export function writeHere(state: UiState, world: World, key: string): Step {
  const selectable = state.pane === 'topology' ? selectedItem(state, world) : undefined;
  if (selectable?.type === 'pair')
    return become({...state, overlay: {type: 'link', pair: selectable.pair.name, scroll: 0}});
  const leader = selectedLeader(state, world);
  const next: UiState = {...state, mode: 'prompt'};
  return leader === undefined || leader.id === world.focused
    ? become(next)
    : start(next, `focus ${leader.id}`, key, world);
}

/**
 * Gives the keys to the prompt. An inspected link stays visible while a command is typed; other overlays
 * close.
 */
export const toPrompt = (state: UiState): UiState => ({
  ...(state.overlay?.type === 'link' ? state : withoutOverlay(state)),
  mode: 'prompt',
});

/** Puts a command at the prompt for the person to complete. */
export function offered(state: UiState, {command, cursor}: Choice): UiState {
  const prompt = edit.replaced(state.prompt, command);
  return {...toPrompt(state), prompt: cursor === undefined ? prompt : {...prompt, cursor}};
}

export function chosen(state: UiState, world: World, key: string): Step {
  const {overlay} = state;
  if (overlay?.type !== 'resolvers' && overlay?.type !== 'topologies') return become(state);
  const choice =
    overlay.type === 'resolvers'
      ? resolverChoice(overlay.at, overlay.scope, world.view)
      : topologyChoice(overlay.at, overlay.hub, world.view);
  return choice.cursor === undefined
    ? start(withoutOverlay(state), choice.command, key, world)
    : become(offered(state, choice));
}

/** Left and right in an overlay: for whom, which hub, which link. */
export function toOther(state: UiState, step: 1 | -1, world: World): UiState {
  const {overlay} = state;
  if (overlay?.type === 'resolvers')
    return {...state, overlay: {...overlay, scope: nextScope(world.view, overlay.scope, step)}};
  if (overlay?.type === 'topologies' && hasHub(overlay.at, world.view))
    return {...state, overlay: {...overlay, hub: nextHub(world.view, overlay.hub, step)}};
  if (overlay?.type !== 'link') return state;
  const pair = nextPair(shownView(state, world).view, overlay.pair, step);
  return {...state, overlay: {type: 'link', pair, scroll: 0}, selected: {...state.selected, topology: pair}};
}
