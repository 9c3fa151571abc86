/**
 * Which contexts get the keys.
 */
import type {Context} from '../keys/binding.ts';
import type {UiState} from '../state/state.ts';

/** The contexts that get the keys, the most specific first. */
export function contextsOf({mode, overlay, pane, filter}: UiState): Context[] {
  if (overlay?.type === 'quit' || overlay?.type === 'help' || overlay?.type === 'paste')
    return [overlay.type];
  if (mode === 'prompt') return ['prompt'];
  if (overlay?.type === 'link' || overlay?.type === 'resolvers' || overlay?.type === 'topologies')
    return [overlay.type];
  if (filter.isTyped && overlay === undefined) return ['filter'];
  return overlay === undefined ? [pane, 'panes'] : ['overlay'];
}
