/**
 * The outcome of a key press: a state, and perhaps a command that runs.
 */
import {appended, type Step, type UiState, type World} from './state.ts';

export const become = (state: UiState): Step => ({state, effects: []});

export function withoutOverlay({overlay: _, ...state}: UiState): UiState {
  return state;
}

/**
 * Sends the command off; its line in the timeline says `running` until the answer, which may be what an
 * overlay is open for.
 */
export function start(state: UiState, text: string, key: string | undefined, world: World): Step {
  const {nextId: id, overlay} = state;
  const isOpened = (overlay?.type === 'story' || overlay?.type === 'answer') && overlay.item === id;
  const item = {
    type: 'command' as const,
    id,
    text,
    atMs: world.nowMs,
    ...(key === undefined ? {} : {key}),
    ...(isOpened ? {isOpened} : {}),
  };
  // What a lab says to it is below what was read so far.
  const {guide: _, ...selected} = state.selected;
  return {state: appended({...state, selected}, item), effects: [{type: 'run', id, text}]};
}
