/**
 * What the command language is told of the cluster, for completion and usage at the prompt.
 */
import type {ClusterView} from '../../cluster/port.ts';
import type {CommandContext} from '../../command/reader.ts';

export const languageOf = (view: ClusterView): CommandContext => ({
  leaders: view.leaders.map(({id}) => id),
  links: view.links.map(({id}) => id),
  isTimeVirtual: view.virtualTime !== undefined,
  keys: [...new Set(view.leaders.flatMap(({keys}) => keys.map(({key}) => key)))],
});
