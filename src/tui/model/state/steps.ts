/**
 * Builds the outcome of a key press: a state, and perhaps a command to run.
 */
import {appended, type Step, type UiState, type World} from './state.ts';

/** Returns the step to this state, without effects. */
export const become = (state: UiState): Step => ({state, effects: []});

/** Returns the state with its overlay closed; the rest stays as it is. */
export function withoutOverlay({overlay: _, ...state}: UiState): UiState {
  return state;
}

/**
 * Starts the command. Its line in the timeline says `running` until the answer arrives. An overlay may be
 * open for that answer.
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
  // The lab's reply is below the text read so far, so the guide scrolls down again.
  const {guide: _, ...selected} = state.selected;
  return {state: appended({...state, selected}, item), effects: [{type: 'run', id, text}]};
}
