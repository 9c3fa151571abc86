/**
 * The leaders of a cluster that are joining or leaving, and what both ask of the other leaders. Engines share
 * it: each of them decides when it asks, and carries out what follows. Pure.
 */
import {assert} from '../../../base/assert.ts';
import type {Failure} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import {EMPTY, merge, missing, type VersionVector} from '../../../core/log/version-vector.ts';
import type {LeaderStatus} from '../../../port/view.ts';
import type {JoiningLeader} from './joining-leader.ts';
import {handOverFailure, joinRefusal, leaveRefusal, lossRefusal} from './membership-rules.ts';
import type {Movements} from './wiring.ts';

/** What the engine knows of its leaders now. */
export interface KnownLeaders {
  /** All members, in the order in which they joined. */
  members(): readonly LeaderId[];
  /** Undefined for a leader that is not a member. */
  statusOf(id: LeaderId): LeaderStatus | undefined;
  /** The operations that a leader has, as far as the lab knows. */
  known(id: LeaderId): VersionVector;
}

/** Owns the donors of joining leaders, and the set of leaving leaders; nobody else changes them. */
export class Membership implements Movements {
  readonly #leaders: KnownLeaders;
  /** For each leader that catches up, the donor that sends it all that it lacks: another leader. */
  readonly #donors = new Map<LeaderId, LeaderId>();
  /** Leaders that are handing over all that they have. */
  readonly #leaving = new Set<LeaderId>();

  constructor(leaders: KnownLeaders) {
    this.#leaders = leaders;
  }

  get donors(): ReadonlyMap<LeaderId, LeaderId> {
    return this.#donors;
  }

  get leaving(): ReadonlySet<LeaderId> {
    return this.#leaving;
  }

  isUp(id: LeaderId): boolean {
    return this.#leaders.statusOf(id) === 'up';
  }

  /** Also true for a leader that is not a member. */
  isDown(id: LeaderId): boolean {
    return (this.#leaders.statusOf(id) ?? 'down') === 'down';
  }

  // Joining.

  /** Why `leader` may not join with `from` as its donor; undefined if it may. */
  joinRefusal(leader: LeaderId, from: LeaderId | undefined): Failure | undefined {
    const {members, statusOf} = this.#leaders;
    return joinRefusal(leader, from, members().length, statusOf);
  }

  /** The leader as one that joins. `wanted`: the operations that it must have in the end. */
  joining(leader: LeaderId, wanted: VersionVector): JoiningLeader {
    return {...this.#leaders, leader, wanted, donor: () => this.#donors.get(leader)};
  }

  /** From now on `donor` sends the leader all that it lacks, until `endCatchUp`. */
  setDonor(leader: LeaderId, donor: LeaderId): void {
    assert(leader !== donor, 'a donor is another leader');
    assert(this.#leaders.members().includes(donor), 'a donor is a member');
    this.#donors.set(leader, donor);
  }

  /** The leader needs no donor any more. Returns true if it had one. */
  endCatchUp(leader: LeaderId): boolean {
    return this.#donors.delete(leader);
  }

  // Leaving.

  /** Why `leader` may not leave; undefined if it may. */
  leaveRefusal(leader: LeaderId): Failure | undefined {
    const {statusOf} = this.#leaders;
    return leaveRefusal(leader, this.#leaving.has(leader), this.liveOthers(leader), statusOf);
  }

  /** From now on the leader hands over all that it has, until `endLeaving`. */
  beginLeaving(leader: LeaderId): void {
    assert(!this.#leaving.has(leader), 'a leader leaves once at a time');
    this.#leaving.add(leader);
  }

  endLeaving(leader: LeaderId): void {
    assert(this.#leaving.delete(leader), 'only a leader that is leaving ends that');
  }

  /** The live leaders that stay when `leader` leaves. */
  liveOthers(leader: LeaderId): LeaderId[] {
    return this.#leaders.members().filter(id => id !== leader && this.isUp(id) && !this.#leaving.has(id));
  }

  /** How many of these operations of a leaving leader the live leader that lacks most of them lacks. */
  lackingElsewhere(leader: LeaderId, had: VersionVector): number {
    return Math.max(0, ...this.liveOthers(leader).map(id => missing(had, this.#leaders.known(id))));
  }

  /**
   * Why a leader that was handing over these operations stays; undefined if every live leader has them.
   * `how`: how the waiting for that ended.
   */
  handOverFailure(
    leader: LeaderId,
    had: VersionVector,
    how: 'held' | 'late' | 'aborted',
  ): Failure | undefined {
    const others = this.liveOthers(leader);
    const behind = others.filter(id => missing(had, this.#leaders.known(id)) > 0);
    return handOverFailure(leader, how, this.isDown(leader), others, behind);
  }

  /** Why a leader that is down may not leave: operations would be lost with it. Undefined if it may. */
  lossRefusal(leader: LeaderId): Failure | undefined {
    const {known} = this.#leaders;
    const kept = this.liveOthers(leader).reduce((union, id) => merge(union, known(id)), EMPTY);
    return lossRefusal(leader, kept, known(leader));
  }
}
