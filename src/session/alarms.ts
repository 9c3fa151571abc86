/**
 * Alarms: a process ended although nobody ended it. A run without a screen reports them too. Each is reported
 * once.
 */
import type {Cluster} from '../port/cluster.ts';
import type {LeaderView} from '../port/view.ts';

/**
 * Finds the alarms in the view of a cluster: crashed leaders, and notices that are alarms. It returns each
 * once, in words for people; one object must serve the whole run.
 */
export class Alarms {
  readonly #cluster: Cluster;
  readonly #reported = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The alarms since the last call. */
  fresh(): readonly string[] {
    const {notices, leaders} = this.#cluster.view();
    const alarms = notices
      .filter(({isAlarm}) => isAlarm === true)
      .map(({atMs, text}) => ({id: `${atMs} ${text}`, text}));
    return [...alarms, ...leaders.flatMap(crashOf)]
      .filter(({id}) => !this.#reported.has(id) && this.#reported.add(id))
      .map(({text}) => text);
  }
}

function crashOf({id, status, cause, sinceMs}: LeaderView): {readonly id: string; readonly text: string}[] {
  if (status !== 'down' || cause?.startsWith('crashed') !== true) return [];
  return [{id: `${id} ${sinceMs}`, text: `${id} ${cause}; restart ${id} starts it again`}];
}
