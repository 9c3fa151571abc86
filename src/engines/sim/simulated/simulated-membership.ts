/**
 * `join` and `leave` of simulated leaders: as in the native engine (`engines/native/join.ts`, `engines/native/leave.ts`), but
 * that nothing waits: how far it is shows after every event.
 */
import type {LeaderId} from '../../../base/ids.ts';
import {EMPTY, merge, missing, type VersionVector} from '../../../core/log/version-vector.ts';
import type {LeaderStatus} from '../../../port/view.ts';
import type {Progress} from '../../shared/model/activities.ts';
import {withMember, withoutMember} from '../../shared/model/cluster-settings.ts';
import {
  bestDonor,
  isStuck,
  type JoiningLeader,
  joinedInWords,
  left,
  needsDonor,
  whatIsLacking,
} from '../../shared/model/joining-leader.ts';
import {
  HAND_OVER_LIMIT_MS,
  handOverFailure,
  joinRefusal,
  leaveRefusal,
  lossRefusal,
} from '../../shared/model/membership-rules.ts';
import {changed, failed} from '../../shared/model/outcome.ts';
import type {Done} from './simulated-clients.ts';
import type {SimulatedCluster} from './simulated-cluster.ts';

export class Members {
  readonly #cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  /** `isBrokenOff`: the person waits no longer. The leader goes on catching up. */
  join(leader: LeaderId, from: LeaderId | undefined, isBrokenOff: () => boolean, done: Done): void {
    const cluster = this.#cluster;
    const {settings} = cluster;
    const refusal = joinRefusal(leader, from, settings.members.length, this.#statusOf);
    if (refusal !== undefined) return done(failed(refusal));
    const joining = this.#joining(leader, this.#union());
    const donor = from ?? bestDonor(joining);
    if (donor !== undefined) cluster.donors.set(leader, donor);
    cluster.admit(leader, withMember(settings, leader, donor));
    this.#catchUp(joining);
    this.#wait(
      () => left(joining) === 0 || isStuck(joining),
      isBrokenOff,
      () =>
        done(
          left(joining) === 0
            ? changed(joinedInWords(leader, donor))
            : {status: 'info', failure: whatIsLacking(joining)},
        ),
    );
  }

  leave(leader: LeaderId, isBrokenOff: () => boolean, done: Done): void {
    const cluster = this.#cluster;
    const refusal = leaveRefusal(
      leader,
      cluster.leaving.has(leader),
      this.#liveOthers(leader),
      this.#statusOf,
    );
    if (refusal !== undefined) return done(failed(refusal));
    if (this.#statusOf(leader) === 'down') return this.#leaveDead(leader, done);
    const wanted = cluster.world.site(leader).replica.vv;
    const behind = (): LeaderId[] =>
      this.#liveOthers(leader).filter(id => missing(wanted, cluster.known(id)) > 0);
    const isDown = (): boolean => this.#statusOf(leader) === 'down';
    const lacking = (): number =>
      Math.max(0, ...this.#liveOthers(leader).map(id => missing(wanted, cluster.known(id))));
    const shown = this.#showing(`leave ${leader}`, lacking);
    cluster.leaving.add(leader);
    cluster.arrange();
    this.#wait(
      () => {
        shown.update();
        return isDown() || behind().length === 0;
      },
      isBrokenOff,
      how => {
        shown.end();
        cluster.leaving.delete(leader);
        const failure = handOverFailure(leader, how, isDown(), this.#liveOthers(leader), behind());
        if (failure === undefined) return this.#dismiss(leader, done);
        cluster.arrange();
        done(failed(failure));
      },
    );
  }

  #leaveDead(leader: LeaderId, done: Done): void {
    const kept = this.#liveOthers(leader).reduce((union, id) => merge(union, this.#cluster.known(id)), EMPTY);
    const refusal = lossRefusal(leader, kept, this.#cluster.known(leader));
    return refusal === undefined ? this.#dismiss(leader, done) : done(failed(refusal));
  }

  #dismiss(leader: LeaderId, done: Done): void {
    this.#cluster.dismiss(leader, withoutMember(this.#cluster.settings, leader, this.#cluster.nowMs));
    done(changed(`${leader} left`));
  }

  /** As long as it is a member and lacks something, whoever waits for it or not. */
  #catchUp(joining: JoiningLeader): void {
    const {leader} = joining;
    const cluster = this.#cluster;
    const site = cluster.world.site(leader);
    const shown = this.#showing(`join ${leader}`, () => left(joining));
    const hasLeft = (): boolean => cluster.world.find(leader) !== site;
    cluster.watch(() => {
      if (hasLeft() || (left(joining) === 0 && this.#statusOf(leader) === 'up')) {
        shown.end();
        if (!hasLeft() && cluster.donors.delete(leader)) cluster.arrange();
        return true;
      }
      if (isStuck(joining)) shown.end();
      else shown.update();
      const donor = needsDonor(joining) ? bestDonor(joining) : undefined;
      if (donor !== undefined) {
        cluster.donors.set(leader, donor);
        cluster.arrange();
      }
      return false;
    });
  }

  /** How far it is, for the screen; ended, it begins anew with the next update. */
  #showing(label: string, lacking: () => number): {update(): void; end(): void} {
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

  /** Until it holds, or the person has waited long enough. */
  #wait(
    holds: () => boolean,
    isBrokenOff: () => boolean,
    then: (how: 'held' | 'late' | 'aborted') => void,
  ): void {
    const {world} = this.#cluster;
    const endMs = world.nowMs + HAND_OVER_LIMIT_MS;
    // So that something happens at the end, whatever else does.
    world.at(endMs, () => {});
    this.#cluster.watch(() => {
      const how = holds() ? 'held' : isBrokenOff() ? 'aborted' : world.nowMs >= endMs ? 'late' : undefined;
      if (how !== undefined) then(how);
      return how !== undefined;
    });
  }

  #joining(leader: LeaderId, wanted: VersionVector): JoiningLeader {
    const cluster = this.#cluster;
    return {
      leader,
      wanted,
      members: () => cluster.settings.members,
      statusOf: this.#statusOf,
      known: id => cluster.known(id),
      donor: () => cluster.donors.get(leader),
    };
  }

  /** Everything that a live leader has. */
  #union(): VersionVector {
    return Object.values(this.#cluster.measure().leaders).reduce((union, {vv}) => merge(union, vv), EMPTY);
  }

  #liveOthers(leader: LeaderId): LeaderId[] {
    const {settings, leaving} = this.#cluster;
    return settings.members.filter(id => id !== leader && this.#statusOf(id) === 'up' && !leaving.has(id));
  }

  readonly #statusOf = (id: LeaderId): LeaderStatus | undefined => this.#cluster.stateOf(id)?.status;
}
