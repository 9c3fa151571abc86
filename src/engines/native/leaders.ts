/**
 * The leaders of a native cluster together: the faults of their processes, and what each of them has now.
 */
import {type Failure, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {listed} from '../../base/list.ts';
import type {ProcessFault} from '../../faults/process-fault.ts';
import type {LeaderMeasurement, Measurement, Outcome} from '../../port/cluster.ts';
import {statusSchema} from '../../wire/leader-control.ts';
import {leaderSettings} from '../shared/model/cluster-settings.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {doneInWords, platformRefusal, processRefusal} from '../shared/model/process-faults.ts';
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

  async execute(fault: ProcessFault, ids: readonly LeaderId[]): Promise<Outcome> {
    const refusal =
      platformRefusal(fault, process.platform) ??
      processRefusal(fault, ids, id => this.#handles.get(id)?.state.status);
    if (refusal !== undefined) return failed(refusal);
    const handles = ids.flatMap(id => this.#handles.get(id) ?? []);
    const unable = fault === 'restart' ? await this.#restartFault(ids) : undefined;
    if (unable !== undefined) return failed(unable);
    const failure = worstFailure(await Promise.all(handles.map(handle => this.#executeOne(fault, handle))));
    await this.#configuration.rearrange();
    if (fault === 'restart') await Promise.all(handles.map(handle => handle.recovered()));
    return failure === undefined ? changed(doneInWords(fault, ids)) : failed(failure);
  }

  /** Asks every leader that is up, now. */
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
    return handle.state.status === 'up'
      ? handle.request({type: 'status'}, statusSchema, MEASURE_TIMEOUT_MS)
      : undefined;
  }

  /** A leader that could not start again is left running. */
  async #restartFault(ids: readonly LeaderId[]): Promise<Failure | undefined> {
    const fault = await moduleFault(this.#configuration.settings, ids);
    if (fault === undefined) return undefined;
    return {
      ...fault,
      message: `${listed(ids)} not restarted: ${fault.message}`,
      hint: 'fix it, or switch to another resolver',
    };
  }

  async #executeOne(fault: ProcessFault, handle: LeaderHandle): Promise<Result<null>> {
    if (fault === 'pause') handle.pause();
    else if (fault === 'resume') handle.resume();
    else await handle.kill();
    if (fault !== 'restart') return succeed(null);
    const started = await handle.start(leaderSettings(this.#configuration.settings, handle.id));
    return started.ok ? this.#configuration.introduce(handle) : started;
  }
}
