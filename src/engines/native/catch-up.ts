/**
 * Gives a joined leader all operations that the live leaders had when it joined. Its donor sends it
 * everything; if the donor dies or has nothing more to send, another leader takes its place. Catching up
 * lasts as long as the leader is a member and lacks something. It continues after the leader itself died and
 * came back, whether or not anybody waits for it.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {VersionVector} from '../../core/log/version-vector.ts';
import {
  bestDonor,
  isStuck,
  type JoiningLeader,
  missingCount,
  needsDonor,
} from '../shared/model/joining-leader.ts';
import {changed} from '../shared/model/outcome.ts';
import type {LeaderHandle} from './leader-handle.ts';
import {isUp, type MembershipParts, rearrangeAll, statusAt, waitForArrival} from './membership.ts';
import {waitUntil} from './wait-until.ts';

/** The longest time that a timer supports. */
const EVER_MS = 2 ** 31 - 1;

export const joiningLeader = (
  parts: MembershipParts,
  leader: LeaderId,
  wanted: VersionVector,
): JoiningLeader => ({
  leader,
  wanted,
  members: () => [...parts.handles.keys()],
  statusOf: id => statusAt(parts, id),
  known: id => parts.known(id),
  donor: () => parts.configuration.donors.get(leader),
});

export class CatchUp {
  readonly joining: JoiningLeader;
  readonly #parts: MembershipParts;
  readonly #leader: LeaderId;
  /**
   * The leader's handle at the start. A leader that left and joined again has another handle, and another
   * catch-up.
   */
  readonly #handle: LeaderHandle | undefined;

  /** `wanted`: the operations that it must have in the end. */
  constructor(parts: MembershipParts, leader: LeaderId, wanted: VersionVector) {
    this.joining = joiningLeader(parts, leader, wanted);
    this.#parts = parts;
    this.#leader = leader;
    this.#handle = parts.handles.get(leader);
  }

  async run(): Promise<void> {
    const {subscribe, closing} = this.#parts;
    while (!this.#isOver() && !closing.aborted) {
      await this.#advance();
      if (needsDonor(this.joining)) await this.#takeDonor();
      else
        await waitUntil(() => this.#isOver() || !isStuck(this.joining), {
          subscribe,
          limitMs: EVER_MS,
          signal: closing,
        });
    }
    if (!closing.aborted && !this.#hasLeft() && this.#parts.configuration.donors.delete(this.#leader)) {
      await this.#parts.inTurn(() => rearrangeAll(this.#parts));
    }
  }

  /** Waits until it has everything, or nothing more arrives. */
  async #advance(): Promise<void> {
    const {activities, closing} = this.#parts;
    const progress = activities.begin(`join ${this.#leader}`);
    const inVain = (): boolean => this.#isOver() || isStuck(this.joining) || needsDonor(this.joining);
    await waitForArrival(this.#parts, {
      left: () => missingCount(this.joining),
      inVain,
      progress,
      limitMs: EVER_MS,
      signal: closing,
    });
    progress.end();
  }

  #isOver(): boolean {
    return this.#hasLeft() || (missingCount(this.joining) === 0 && isUp(this.#parts, this.#leader));
  }

  #hasLeft(): boolean {
    return this.#parts.handles.get(this.#leader) !== this.#handle;
  }

  #takeDonor() {
    return this.#parts.inTurn(async () => {
      const donor = bestDonor(this.joining);
      if (this.#hasLeft() || donor === undefined) return changed('no donor');
      this.#parts.configuration.donors.set(this.#leader, donor);
      return rearrangeAll(this.#parts);
    });
  }
}
