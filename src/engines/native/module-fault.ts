/**
 * Whether the modules that leaders would start with can be used: found out before anything starts, or stops
 * to start again.
 */
import type {Failure} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {CustomLoader} from '../../leader/custom-loader.ts';
import {resolverAt, type Settings} from '../shared/model/cluster-settings.ts';

/** Why one of these leaders could not start with its module. */
export async function moduleFault(
  settings: Settings,
  leaders: readonly LeaderId[],
): Promise<Failure | undefined> {
  const specs = leaders.map(leader => resolverAt(settings, leader));
  const files = new Set(specs.flatMap(spec => (spec.name === 'custom' ? [spec.file] : [])));
  for (const file of files) {
    const opened = await CustomLoader.open(file, () => {});
    if (!opened.ok) return opened.failure;
    opened.value.close();
  }
  return undefined;
}
