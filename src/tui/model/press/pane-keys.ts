/**
 * Keys of the panes: which pane, the filter of the conflict log, freezing, closing, quitting.
 */
import {EMPTY, merge, missing} from '../../../core/log/version-vector.ts';
import {count} from '../../../report/words/count.ts';
import type {Step, UiState, World} from '../state/state.ts';
import {become, withoutOverlay} from '../state/steps.ts';
import {PANES, type PaneId} from '../text/layout.ts';

export const filtered = (state: UiState, text: string, isTyped: boolean): Step =>
  become({...state, filter: {text, isTyped}});

export function nextPane(pane: PaneId, step: -1 | 1, {guide}: World): PaneId {
  const panes = PANES.filter(one => one !== 'guide' || guide !== undefined);
  return panes[(panes.indexOf(pane) + step + panes.length) % panes.length] ?? 'topology';
}

export function frozen(state: UiState, world: World): UiState {
  if (state.frozen === undefined) return {...state, frozen: {view: world.view, nowMs: world.nowMs}};
  const {frozen: _, ...thawed} = state;
  return thawed;
}

export function closed(state: UiState): UiState {
  if (state.overlay !== undefined) return withoutOverlay(state);
  if (state.pane === 'conflicts' && state.filter.text !== '') return filtered(state, '', false).state;
  return state.zoomed ? {...state, zoomed: false} : {...state, mode: 'prompt'};
}

/**
 * Asks only if quitting loses operations that no other leader has: those of a leader that is not up, in a
 * folder that is deleted with the lab.
 */
export function quit(state: UiState, world: World): Step {
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
