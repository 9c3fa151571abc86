/**
 * The leaders of a native cluster: who they are, and what each of them has now.
 */
import {assert} from '../../base/assert.ts';
import type {Result} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LeaderMeasurement, Measurement} from '../../port/cluster.ts';
import type {LeaderStatus} from '../../port/view.ts';
import {measureLeaders} from '../shared/measure-leaders.ts';
import type {LeaderHandle} from './leader-handle.ts';

const MEASURE_TIMEOUT_MS = 1000;

/** Owns the handles; nobody else adds or removes one. */
export class Leaders {
  readonly #newHandle: (id: LeaderId) => LeaderHandle;
  /** In the order in which they joined. A leader that left and joined again has another handle. */
  readonly #handles = new Map<LeaderId, LeaderHandle>();

  constructor(ids: readonly LeaderId[], newHandle: (id: LeaderId) => LeaderHandle) {
    this.#newHandle = newHandle;
    for (const id of ids) this.add(id);
  }

  /** By their ids. */
  get handles(): ReadonlyMap<LeaderId, LeaderHandle> {
    return this.#handles;
  }

  all(): LeaderHandle[] {
    return [...this.#handles.values()];
  }

  get(id: LeaderId): LeaderHandle | undefined {
    return this.#handles.get(id);
  }

  statusOf(id: LeaderId): LeaderStatus | undefined {
    return this.#handles.get(id)?.state.status;
  }

  /** Adds a leader, which has no process yet. */
  add(id: LeaderId): LeaderHandle {
    assert(!this.#handles.has(id), 'every leader is there once');
    const handle = this.#newHandle(id);
    this.#handles.set(id, handle);
    return handle;
  }

  /** Ends the process of the leader in order, and removes the leader. */
  async remove(id: LeaderId): Promise<void> {
    await this.#handles.get(id)?.close();
    assert(this.#handles.delete(id), 'only a leader that is there is removed');
  }

  /** Asks every leader that is up. */
  measure(): Promise<Measurement> {
    return measureLeaders(this.all(), handle => this.#ask(handle));
  }

  /** Undefined if the leader is not up. */
  async measureOne(id: LeaderId): Promise<Result<LeaderMeasurement> | undefined> {
    const handle = this.#handles.get(id);
    return handle?.state.status === 'up' ? this.#ask(handle) : undefined;
  }

  #ask(handle: LeaderHandle): Promise<Result<LeaderMeasurement>> {
    return handle.request({type: 'status'}, MEASURE_TIMEOUT_MS);
  }
}
