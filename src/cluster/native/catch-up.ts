/**
 * How a leader that has joined comes to have all that the live leaders had then. Its donor sends it everything; where the donor dies or
 * has no more to give, another takes its place. It lasts as long as the leader is a member and lacks something, whoever waits for it or
 * not: through a death of the leader itself, too.
 */
import type {LeaderId} from '../../base/ids.ts';
import {EMPTY, merge, missing, type VersionVector} from '../../core/version-vector.ts';
import {changed} from '../outcome.ts';
import type {LeaderHandle} from './leader-handle.ts';
import {arrangeAgain, isDown, isUp, type MembershipParts, statusAt, waitForArrival} from './membership.ts';
import {waitUntil} from './wait-until.ts';

/** The longest time that a timer knows. */
const EVER_MS = 2 ** 31 - 1;

export class CatchUp {
  readonly #parts: MembershipParts;
  readonly #leader: LeaderId;
  readonly #wanted: VersionVector;
  /** Another one by the same name has joined anew, and catches up by itself. */
  readonly #handle: LeaderHandle | undefined;

  /** `wanted` is what it is to have in the end. */
  constructor(parts: MembershipParts, leader: LeaderId, wanted: VersionVector) {
    this.#parts = parts;
    this.#leader = leader;
    this.#wanted = wanted;
    this.#handle = parts.handles.get(leader);
  }

  /** How many operations it lacks. What no leader has any more, since the disk of one that died had not answered for it, is not waited for. */
  left(): number {
    const everywhere = [...this.#parts.handles.keys()].reduce((union, id) => merge(union, this.#parts.known(id)), EMPTY);
    return this.#lacking(EMPTY) - this.#lacking(everywhere);
  }

  /** Those that are down or paused and have what it lacks, where no other leader has any of it; first who has the most of it. */
  keepers(): readonly LeaderId[] {
    const able = this.#others()
      .filter(id => this.#gives(id) > 0)
      .sort((a, b) => this.#gives(b) - this.#gives(a));
    const isAbsent = (id: LeaderId): boolean => isDown(this.#parts, id) || statusAt(this.#parts, id) === 'paused';
    return able.every(isAbsent) ? able : [];
  }

  /** Whether nothing comes as things stand. */
  isStuck(): boolean {
    return isDown(this.#parts, this.#leader) || this.keepers().length > 0;
  }

  async run(): Promise<void> {
    const {subscribe, closing} = this.#parts;
    while (!this.#isOver() && !closing.aborted) {
      await this.#advance();
      if (this.#needsDonor()) await this.#takeDonor();
      else await waitUntil(() => this.#isOver() || !this.isStuck(), {subscribe, limitMs: EVER_MS, signal: closing});
    }
    if (!closing.aborted && !this.#hasLeft() && this.#parts.arrangement.donors.delete(this.#leader)) {
      await this.#parts.inTurn(() => arrangeAgain(this.#parts));
    }
  }

  /** Until it has everything, or nothing comes any more. */
  async #advance(): Promise<void> {
    const {activities, closing} = this.#parts;
    const progress = activities.begin(`join ${this.#leader}`);
    const inVain = (): boolean => this.#isOver() || this.isStuck() || this.#needsDonor();
    await waitForArrival(this.#parts, {left: () => this.left(), inVain, progress, limitMs: EVER_MS, signal: closing});
    progress.end();
  }

  #isOver(): boolean {
    return this.#hasLeft() || (this.left() === 0 && isUp(this.#parts, this.#leader));
  }

  #hasLeft(): boolean {
    return this.#parts.handles.get(this.#leader) !== this.#handle;
  }

  #needsDonor(): boolean {
    const donor = this.#parts.arrangement.donors.get(this.#leader);
    if (donor !== undefined && isUp(this.#parts, donor) && this.#gives(donor) > 0) return false;
    return this.#others().some(id => isUp(this.#parts, id) && this.#gives(id) > 0);
  }

  #takeDonor() {
    return this.#parts.inTurn(async () => {
      const donor = bestDonor(this.#parts, this.#leader, this.#wanted);
      if (this.#hasLeft() || donor === undefined) return changed('no donor');
      this.#parts.arrangement.donors.set(this.#leader, donor);
      return arrangeAgain(this.#parts);
    });
  }

  #others(): LeaderId[] {
    return [...this.#parts.handles.keys()].filter(id => id !== this.#leader);
  }

  #gives(id: LeaderId): number {
    return this.#lacking(EMPTY) - this.#lacking(this.#parts.known(id));
  }

  /** What it lacks beside this. */
  #lacking(beside: VersionVector): number {
    return missing(this.#wanted, merge(this.#parts.known(this.#leader), beside));
  }
}

/** The live leader that has the most of what is wanted and this one lacks. */
export function bestDonor(parts: MembershipParts, leader: LeaderId, wanted: VersionVector): LeaderId | undefined {
  const live = [...parts.handles.keys()].filter(id => id !== leader && isUp(parts, id));
  const lacking = (id: LeaderId): number => missing(wanted, merge(parts.known(leader), parts.known(id)));
  return live.reduce<LeaderId | undefined>((best, id) => (best === undefined || lacking(id) < lacking(best) ? id : best), undefined);
}
