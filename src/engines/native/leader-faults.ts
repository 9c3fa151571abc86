/**
 * What faults of processes mean for leaders of our own: with which settings a leader starts again, and which
 * links change.
 */
import type {Failure, Result} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {listed} from '../../base/list.ts';
import type {ProcessFault} from '../../faults/process-fault.ts';
import {leaderSettings} from '../shared/model/cluster-settings.ts';
import type {ProcessFaults} from '../shared/process-handlers.ts';
import type {LeaderHandle} from './leader-handle.ts';
import {moduleFault} from './module-fault.ts';
import type {NativeParts} from './native-parts.ts';

export class LeaderFaults implements ProcessFaults<LeaderHandle> {
  readonly #parts: NativeParts;

  constructor(parts: NativeParts) {
    this.#parts = parts;
  }

  find(id: LeaderId): LeaderHandle | undefined {
    return this.#parts.leaders.get(id);
  }

  /** A leader whose module is broken could not start again. The lab then leaves all of them running. */
  async restartRefusal(ids: readonly LeaderId[]): Promise<Failure | undefined> {
    const fault = await moduleFault(this.#parts.configuration.settings, ids);
    if (fault === undefined) return undefined;
    return {
      ...fault,
      message: `${listed(ids)} not restarted: ${fault.message}`,
      hint: 'fix it, or switch to another resolver',
    };
  }

  async startAgain(handle: LeaderHandle): Promise<Result<null>> {
    const {configuration} = this.#parts;
    const started = await handle.start(leaderSettings(configuration.settings, handle.id));
    return started.ok ? configuration.introduce(handle) : started;
  }

  async finish(fault: ProcessFault, handles: readonly LeaderHandle[]): Promise<void> {
    await this.#parts.configuration.relink();
    if (fault === 'restart') await Promise.all(handles.map(handle => handle.recovered()));
  }
}
