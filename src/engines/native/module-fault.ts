/**
 * Checks that the modules which leaders would start with can be used, before anything is started or stopped.
 */
import type {Failure} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {CustomLoader} from '../../leader/custom-loader.ts';
import {resolverAt, type Settings} from '../shared/model/cluster-settings.ts';

/** Why one of these leaders could not start with its module; undefined if all could. */
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
