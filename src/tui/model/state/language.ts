/**
 * The facts about the cluster that the command language needs for completion and usage at the prompt.
 */
import type {CommandContext} from '../../../command/grammar/reader.ts';
import type {World} from './state.ts';

/**
 * Returns the names of leaders, links and keys that the prompt completes, and which kinds of commands apply.
 * Each key is named once, even if several leaders have it.
 */
export const languageOf = ({view, guide}: Pick<World, 'view' | 'guide'>): CommandContext => ({
  leaders: view.leaders.map(({id}) => id),
  links: view.links.map(({id}) => id),
  isTimeVirtual: view.virtualTime !== undefined,
  isLabOpen: guide !== undefined,
  keys: [...new Set(view.leaders.flatMap(({keys}) => keys.map(({key}) => key)))],
});
