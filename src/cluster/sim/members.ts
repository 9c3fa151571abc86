/**
 * `join` and `leave` of simulated leaders: as in the native engine (`native/join.ts`, `native/leave.ts`), but
 * that nothing waits: how far it is shows after every event.
 */
import type {LeaderId} from '../../base/ids.ts';
import {EMPTY, merge, missing, type VersionVector} from '../../core/version-vector.ts';
import type {Progress} from '../activities.ts';
import {
  HAND_OVER_LIMIT_MS,
  handOverFailure,
  joinRefusal,
  leaveRefusal,
  lossRefusal,
} from '../membership-rules.ts';
import {
  bestDonor,
  isStuck,
  joinedInWords,
  left,
  type Newcomer,
  needsDonor,
  whatIsLacking,
} from '../newcomer.ts';
import {changed, failed} from '../outcome.ts';
import type {LeaderStatus} from '../port.ts';
import {withMember, withoutMember} from '../settings.ts';
import type {Done} from './clients.ts';
import type {Stage} from './stage.ts';

export class Members {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** `isBrokenOff`: the person waits no longer. The leader goes on catching up. */
  join(leader: LeaderId, from: LeaderId | undefined, isBrokenOff: () => boolean, done: Done): void {
    const stage = this.#stage;
    const {settings} = stage;
    const refusal = joinRefusal(leader, from, settings.members.length, this.#statusOf);
    if (refusal !== undefined) return done(failed(refusal));
    const newcomer = this.#newcomer(leader, this.#union());
    const donor = from ?? bestDonor(newcomer);
    if (donor !== undefined) stage.donors.set(leader, donor);
    stage.admit(leader, withMember(settings, leader, donor));
    this.#catchUp(newcomer);
    this.#wait(
      () => left(newcomer) === 0 || isStuck(newcomer),
      isBrokenOff,
      () =>
        done(
          left(newcomer) === 0
            ? changed(joinedInWords(leader, donor))
            : {status: 'info', failure: whatIsLacking(newcomer)},
        ),
    );
  }

  leave(leader: LeaderId, isBrokenOff: () => boolean, done: Done): void {
    const stage = this.#stage;
    const refusal = leaveRefusal(leader, stage.leaving.has(leader), this.#liveOthers(leader), this.#statusOf);
    if (refusal !== undefined) return done(failed(refusal));
    if (this.#statusOf(leader) === 'down') return this.#leaveDead(leader, done);
    const wanted = stage.world.site(leader).replica.vv;
    const behind = (): LeaderId[] =>
      this.#liveOthers(leader).filter(id => missing(wanted, stage.known(id)) > 0);
    const isDown = (): boolean => this.#statusOf(leader) === 'down';
    const lacking = (): number =>
      Math.max(0, ...this.#liveOthers(leader).map(id => missing(wanted, stage.known(id))));
    const shown = this.#showing(`leave ${leader}`, lacking);
    stage.leaving.add(leader);
    stage.arrange();
    this.#wait(
      () => {
        shown.update();
        return isDown() || behind().length === 0;
      },
      isBrokenOff,
      how => {
        shown.end();
        stage.leaving.delete(leader);
        const failure = handOverFailure(leader, how, isDown(), this.#liveOthers(leader), behind());
        if (failure === undefined) return this.#dismiss(leader, done);
        stage.arrange();
        done(failed(failure));
      },
    );
  }

  #leaveDead(leader: LeaderId, done: Done): void {
    const kept = this.#liveOthers(leader).reduce((union, id) => merge(union, this.#stage.known(id)), EMPTY);
    const refusal = lossRefusal(leader, kept, this.#stage.known(leader));
    return refusal === undefined ? this.#dismiss(leader, done) : done(failed(refusal));
  }

  #dismiss(leader: LeaderId, done: Done): void {
    this.#stage.dismiss(leader, withoutMember(this.#stage.settings, leader, this.#stage.nowMs));
    done(changed(`${leader} left`));
  }

  /** As long as it is a member and lacks something, whoever waits for it or not. */
  #catchUp(newcomer: Newcomer): void {
    const {leader} = newcomer;
    const stage = this.#stage;
    const site = stage.world.site(leader);
    const shown = this.#showing(`join ${leader}`, () => left(newcomer));
    const hasLeft = (): boolean => stage.world.find(leader) !== site;
    stage.watch(() => {
      if (hasLeft() || (left(newcomer) === 0 && this.#statusOf(leader) === 'up')) {
        shown.end();
        if (!hasLeft() && stage.donors.delete(leader)) stage.arrange();
        return true;
      }
      if (isStuck(newcomer)) shown.end();
      else shown.update();
      const donor = needsDonor(newcomer) ? bestDonor(newcomer) : undefined;
      if (donor !== undefined) {
        stage.donors.set(leader, donor);
        stage.arrange();
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
        progress ??= this.#stage.activities.begin(label);
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
    const {world} = this.#stage;
    const endMs = world.nowMs + HAND_OVER_LIMIT_MS;
    // So that something happens at the end, whatever else does.
    world.at(endMs, () => {});
    this.#stage.watch(() => {
      const how = holds() ? 'held' : isBrokenOff() ? 'aborted' : world.nowMs >= endMs ? 'late' : undefined;
      if (how !== undefined) then(how);
      return how !== undefined;
    });
  }

  #newcomer(leader: LeaderId, wanted: VersionVector): Newcomer {
    const stage = this.#stage;
    return {
      leader,
      wanted,
      members: () => stage.settings.members,
      statusOf: this.#statusOf,
      known: id => stage.known(id),
      donor: () => stage.donors.get(leader),
    };
  }

  /** Everything that a live leader has. */
  #union(): VersionVector {
    return Object.values(this.#stage.measure().leaders).reduce((union, {vv}) => merge(union, vv), EMPTY);
  }

  #liveOthers(leader: LeaderId): LeaderId[] {
    const {settings, leaving} = this.#stage;
    return settings.members.filter(id => id !== leader && this.#statusOf(id) === 'up' && !leaving.has(id));
  }

  readonly #statusOf = (id: LeaderId): LeaderStatus | undefined => this.#stage.stateOf(id)?.status;
}
