/**
 * The status of each simulated leader as the lab shows it, and the faults of its process.
 */
import {assert, assertNever} from '../../../base/assert.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {ProcessFault} from '../../../faults/process-fault.ts';
import type {Outcome} from '../../../port/cluster.ts';
import type {LeaderStatus} from '../../../port/view.ts';
import type {World} from '../../../sim/world.ts';
import type {ClusterState} from '../../shared/model/cluster-state.ts';
import type {LeaderState} from '../../shared/model/leader-state.ts';
import {changed, failed} from '../../shared/model/outcome.ts';
import {doneInWords, processRefusal} from '../../shared/model/process-faults.ts';

export interface SimulatedLeadersOptions {
  readonly world: World;
  readonly clusterState: ClusterState;
  /** What a correct wall clock shows. */
  nowMs(): number;
}

/** Tells the cluster state at once who is up and who is a member. */
export class SimulatedLeaders {
  readonly #options: SimulatedLeadersOptions;
  /** One for each member, from its first start on; between two faults with the status of its process. */
  readonly #states = new Map<LeaderId, LeaderState>();

  constructor(options: SimulatedLeadersOptions) {
    this.#options = options;
  }

  stateOf(id: LeaderId): LeaderState | undefined {
    return this.#states.get(id);
  }

  readonly statusOf = (id: LeaderId): LeaderStatus | undefined => this.#states.get(id)?.status;

  /** The process of the leader runs. */
  started(id: LeaderId): void {
    this.#enter(id, 'up');
  }

  /** The process of the leader has ended. */
  crashed(id: LeaderId): void {
    this.#enter(id, 'down', 'killed');
  }

  /** The leader is no longer a member of the world. */
  forget(id: LeaderId): void {
    this.#states.delete(id);
    this.#liveChanged();
  }

  /** Call it after the world admitted or dismissed a leader. */
  membersChanged(): void {
    const {world, clusterState, nowMs} = this.#options;
    clusterState.setMembers(
      world.sites().map(({id}) => id),
      nowMs(),
    );
  }

  /** Carries out the fault at the processes of these leaders, or fails if the status of one forbids it. */
  carryOut(fault: ProcessFault, ids: readonly LeaderId[]): Outcome {
    const refusal = processRefusal(fault, ids, this.statusOf);
    if (refusal !== undefined) return failed(refusal);
    for (const id of ids) {
      this.#carryOutAt(id, fault);
      const {status} = this.#options.world.site(id);
      assert(this.statusOf(id) === status, 'the lab shows the status of the process');
    }
    return changed(doneInWords(fault, ids));
  }

  #carryOutAt(id: LeaderId, fault: ProcessFault): void {
    const {world} = this.#options;
    switch (fault) {
      case 'kill':
        return world.kill(id);
      case 'restart':
        world.kill(id);
        return world.restart(id);
      case 'pause':
        world.pause(id);
        return this.#enter(id, 'paused', 'paused');
      case 'resume':
        this.#enter(id, 'up');
        return world.resume(id);
      default:
        return assertNever(fault);
    }
  }

  #enter(id: LeaderId, status: LeaderStatus, cause?: string): void {
    const sinceMs = this.#options.nowMs();
    this.#states.set(id, cause === undefined ? {status, sinceMs} : {status, cause, sinceMs});
    this.#liveChanged();
  }

  /**
   * Runs at once, and not with the next view: the leaders that are up when a leader reports decide which
   * writes count as lost.
   */
  #liveChanged(): void {
    const {world, clusterState} = this.#options;
    const live = world.sites().filter(({id}) => this.statusOf(id) === 'up');
    clusterState.setLive(live.map(({id}) => id));
  }
}
