/**
 * All leaders of a native cluster: the faults of their processes, and measuring what each of them has now.
 */
import {must} from '../../base/assert.ts';
import {type Failure, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {listed} from '../../base/list.ts';
import type {ProcessFault} from '../../faults/process-fault.ts';
import type {LeaderMeasurement, Measurement} from '../../port/cluster.ts';
import type {LeaderStatus} from '../../port/view.ts';
import {leaderSettings} from '../shared/model/cluster-settings.ts';
import {type Configuration, worstFailure} from './configuration.ts';
import type {LeaderHandle} from './leader-handle.ts';
import {moduleFault} from './module-fault.ts';

const MEASURE_TIMEOUT_MS = 1000;

export class Leaders {
  readonly #handles: ReadonlyMap<LeaderId, LeaderHandle>;
  readonly #configuration: Configuration;

  constructor(handles: ReadonlyMap<LeaderId, LeaderHandle>, configuration: Configuration) {
    this.#handles = handles;
    this.#configuration = configuration;
  }

  all(): LeaderHandle[] {
    return [...this.#handles.values()];
  }

  readonly statusOf = (leader: LeaderId): LeaderStatus | undefined => this.#handles.get(leader)?.state.status;

  /** Carries out the fault at the processes of these leaders. Their status allows it. */
  readonly carryOut = async (fault: ProcessFault, ids: readonly LeaderId[]): Promise<Failure | undefined> => {
    const handles = ids.map(id => must(this.#handles.get(id), `the process of ${id}`));
    const unable = fault === 'restart' ? await this.#restartFault(ids) : undefined;
    if (unable !== undefined) return unable;
    const failure = worstFailure(await Promise.all(handles.map(handle => this.#carryOutAt(handle, fault))));
    await this.#configuration.relink();
    if (fault === 'restart') await Promise.all(handles.map(handle => handle.recovered()));
    return failure;
  };

  /** Asks every leader that is up. */
  async measure(): Promise<Measurement> {
    const leaders: {[leader: LeaderId]: LeaderMeasurement} = {};
    const silent: LeaderId[] = [];
    await Promise.all(
      this.all().map(async handle => {
        const status = await this.measureOne(handle);
        if (status?.ok) leaders[handle.id] = status.value;
        else silent.push(handle.id);
      }),
    );
    return {leaders, silent};
  }

  async measureOne(handle: LeaderHandle): Promise<Result<LeaderMeasurement> | undefined> {
    return handle.state.status === 'up' ? handle.request({type: 'status'}, MEASURE_TIMEOUT_MS) : undefined;
  }

  /** Why a leader could not start again. The lab then leaves it running. */
  async #restartFault(ids: readonly LeaderId[]): Promise<Failure | undefined> {
    const fault = await moduleFault(this.#configuration.settings, ids);
    if (fault === undefined) return undefined;
    return {
      ...fault,
      message: `${listed(ids)} not restarted: ${fault.message}`,
      hint: 'fix it, or switch to another resolver',
    };
  }

  async #carryOutAt(handle: LeaderHandle, fault: ProcessFault): Promise<Result<null>> {
    if (fault === 'pause') handle.pause();
    else if (fault === 'resume') handle.resume();
    else await handle.kill();
    if (fault !== 'restart') return succeed(null);
    const started = await handle.start(leaderSettings(this.#configuration.settings, handle.id));
    return started.ok ? this.#configuration.introduce(handle) : started;
  }
}
