/**
 * `join` and `leave` of simulated leaders. They work as in the native engine (`engines/native/join.ts`,
 * `engines/native/leave.ts`), but nothing waits: a watch checks the progress after every event.
 */
import type {LeaderId} from '../../../base/ids.ts';
import {EMPTY, merge, type VersionVector} from '../../../core/log/version-vector.ts';
import type {Progress} from '../../shared/model/activities.ts';
import {withMember, withoutMember} from '../../shared/model/cluster-settings.ts';
import {
  bestDonor,
  incompleteJoin,
  isStuck,
  type JoiningLeader,
  joinedInWords,
  missingCount,
  needsDonor,
} from '../../shared/model/joining-leader.ts';
import {HAND_OVER_LIMIT_MS} from '../../shared/model/membership-rules.ts';
import {changed, failed} from '../../shared/model/outcome.ts';
import type {Done} from './simulated-clients.ts';
import type {SimulatedCluster} from './simulated-cluster.ts';

export class SimulatedMembership {
  readonly #cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  /** After an interrupt the person does not wait any longer, but the leader still catches up. */
  join(leader: LeaderId, from: LeaderId | undefined, isInterrupted: () => boolean, done: Done): void {
    const {settings, membership} = this.#cluster;
    const refusal = membership.joinRefusal(leader, from);
    if (refusal !== undefined) return done(failed(refusal));
    const joining = membership.joining(leader, this.#union());
    const donor = from ?? bestDonor(joining);
    if (donor !== undefined) membership.setDonor(leader, donor);
    this.#cluster.admit(leader, withMember(settings, leader, donor));
    this.#catchUp(joining);
    this.#wait(
      () => missingCount(joining) === 0 || isStuck(joining),
      isInterrupted,
      () =>
        done(
          missingCount(joining) === 0
            ? changed(joinedInWords(leader, donor))
            : {status: 'info', failure: incompleteJoin(joining)},
        ),
    );
  }

  leave(leader: LeaderId, isInterrupted: () => boolean, done: Done): void {
    const cluster = this.#cluster;
    const {membership} = cluster;
    const refusal = membership.leaveRefusal(leader);
    if (refusal !== undefined) return done(failed(refusal));
    if (membership.isDown(leader)) return this.#leaveDead(leader, done);
    const {vv} = cluster.world.site(leader).replica;
    const lacking = (): number => membership.lackingElsewhere(leader, vv);
    const progress = this.#progress(`leave ${leader}`, lacking);
    membership.beginLeaving(leader);
    cluster.arrange();
    this.#wait(
      () => {
        progress.update();
        return membership.isDown(leader) || lacking() === 0;
      },
      isInterrupted,
      how => {
        progress.end();
        membership.endLeaving(leader);
        const failure = membership.handOverFailure(leader, vv, how);
        if (failure === undefined) return this.#dismiss(leader, done);
        cluster.arrange();
        done(failed(failure));
      },
    );
  }

  #leaveDead(leader: LeaderId, done: Done): void {
    const refusal = this.#cluster.membership.lossRefusal(leader);
    return refusal === undefined ? this.#dismiss(leader, done) : done(failed(refusal));
  }

  #dismiss(leader: LeaderId, done: Done): void {
    this.#cluster.dismiss(leader, withoutMember(this.#cluster.settings, leader, this.#cluster.nowMs));
    done(changed(`${leader} left`));
  }

  /** Until the leader lacks nothing or leaves: shows its progress, and replaces a donor that goes down. */
  #catchUp(joining: JoiningLeader): void {
    const {leader} = joining;
    const cluster = this.#cluster;
    const {membership} = cluster;
    const site = cluster.world.site(leader);
    const progress = this.#progress(`join ${leader}`, () => missingCount(joining));
    const hasLeft = (): boolean => cluster.world.find(leader) !== site;
    cluster.watch(() => {
      if (hasLeft() || (missingCount(joining) === 0 && membership.isUp(leader))) {
        progress.end();
        if (!hasLeft() && membership.endCatchUp(leader)) cluster.arrange();
        return true;
      }
      if (isStuck(joining)) progress.end();
      else progress.update();
      const donor = needsDonor(joining) ? bestDonor(joining) : undefined;
      if (donor !== undefined) {
        membership.setDonor(leader, donor);
        cluster.arrange();
      }
      return false;
    });
  }

  /** The progress on the screen. After `end`, the next update begins a new one. */
  #progress(label: string, lacking: () => number): {update(): void; end(): void} {
    let [progress, total]: [Progress | undefined, number] = [undefined, lacking()];
    return {
      update: () => {
        const now = lacking();
        if (progress === undefined) total = now;
        progress ??= this.#cluster.activities.begin(label);
        progress.update(total - now, total, now === 0 ? '' : `${now} operations to go`);
      },
      end: () => {
        progress?.end();
        progress = undefined;
      },
    };
  }

  /** Calls `then` once the condition holds, the person interrupts, or the time limit is reached. */
  #wait(
    holds: () => boolean,
    isInterrupted: () => boolean,
    then: (how: 'held' | 'late' | 'aborted') => void,
  ): void {
    const {time} = this.#cluster.world;
    const endMs = time.nowMs + HAND_OVER_LIMIT_MS;
    // An event at the limit, so that the watch is called then.
    time.at(endMs, () => {});
    this.#cluster.watch(() => {
      const how = holds() ? 'held' : isInterrupted() ? 'aborted' : time.nowMs >= endMs ? 'late' : undefined;
      if (how !== undefined) then(how);
      return how !== undefined;
    });
  }

  /** Everything that any live leader has. */
  #union(): VersionVector {
    return Object.values(this.#cluster.measure().leaders).reduce((union, {vv}) => merge(union, vv), EMPTY);
  }
}
