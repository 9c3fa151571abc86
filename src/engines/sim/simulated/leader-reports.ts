/**
 * Carries the reports of simulated leaders to the cluster state, in batches as a leader process sends them:
 * many changes make one message.
 */
import {must} from '../../../base/assert.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {LeaderEvent} from '../../../core/io/leader-event.ts';
import {offsetAt} from '../../../core/log/wall-clock.ts';
import {EventBatch} from '../../../leader/event-batch.ts';
import type {Site} from '../../../sim/site.ts';
import type {World} from '../../../sim/world.ts';
import {clockOf, type Settings} from '../../shared/model/cluster-settings.ts';
import type {ClusterState} from '../../shared/model/cluster-state.ts';

/** A leader sends at most one batch in this time. */
const BATCH_MS = 33;

interface Receiver {
  readonly world: World;
  readonly settings: Settings;
  readonly clusterState: ClusterState;
  /** What a correct wall clock shows. */
  readonly nowMs: number;
}

/** The unsent reports of all leaders. `hasUnsent` says whether there are any. */
export class LeaderReports {
  readonly #receiver: Receiver;
  /** One for each member that was ever up. */
  readonly #batches = new Map<LeaderId, EventBatch>();
  /** Leaders whose latest changes the cluster state does not have. Each has a batch, which is sent soon. */
  readonly #unsent = new Set<LeaderId>();

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  get hasUnsent(): boolean {
    return this.#unsent.size > 0;
  }

  /** A new process of the leader has started. */
  started({id, replica}: Site): void {
    this.#batches.set(id, new EventBatch(replica, this.#receiver.nowMs));
    this.sendSoon(id);
  }

  add(id: LeaderId, event: LeaderEvent): void {
    this.#batches.get(id)?.report(event, this.#receiver.nowMs);
  }

  /** The state of the leader may have changed. */
  sendSoon(id: LeaderId): void {
    if (this.#unsent.has(id)) return;
    this.#unsent.add(id);
    this.#receiver.world.time.after(BATCH_MS, () => {
      if (this.#unsent.has(id)) this.#send(id, false);
    });
  }

  /** Sends everything that is unsent. */
  flush(): void {
    for (const id of [...this.#unsent]) this.#send(id, true);
  }

  /** The leader is no longer a member. */
  forget(id: LeaderId): void {
    this.#batches.delete(id);
    this.#unsent.delete(id);
  }

  #send(id: LeaderId, isAll: boolean): void {
    const {clusterState, settings, nowMs} = this.#receiver;
    const batch = must(this.#batches.get(id), `the batch of ${id}`);
    this.#unsent.delete(id);
    const clockOffsetMs = offsetAt(clockOf(settings, id), nowMs);
    clusterState.news(id, batch.take({nowMs, clockOffsetMs, isAll}), nowMs);
    if (batch.waiting > 0 && !isAll) this.sendSoon(id);
  }
}
