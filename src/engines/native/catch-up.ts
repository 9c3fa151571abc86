/**
 * Gives a joined leader all operations that the live leaders had when it joined. Its donor sends it
 * everything; if the donor dies or has nothing more to send, another leader takes its place. Catching up
 * lasts as long as the leader is a member and lacks something. It continues after the leader itself died and
 * came back, whether or not anybody waits for it.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {VersionVector} from '../../core/log/version-vector.ts';
import type {Outcome} from '../../port/cluster.ts';
import {
  bestDonor,
  isStuck,
  type JoiningLeader,
  missingCount,
  needsDonor,
} from '../shared/model/joining-leader.ts';
import {changed} from '../shared/model/outcome.ts';
import type {LeaderHandle} from './leader-handle.ts';
import {type NativeParts, waitForArrival} from './native-parts.ts';
import {waitUntil} from './wait-until.ts';

/** The longest time that a timer supports. */
const EVER_MS = 2 ** 31 - 1;

export class CatchUp {
  readonly joining: JoiningLeader;
  readonly #parts: NativeParts;
  readonly #leader: LeaderId;
  /**
   * The leader's handle at the start. A leader that left and joined again has another handle, and another
   * catch-up.
   */
  readonly #handle: LeaderHandle | undefined;

  /** `wanted`: the operations that it must have in the end. */
  constructor(parts: NativeParts, leader: LeaderId, wanted: VersionVector) {
    this.joining = parts.membership.joining(leader, wanted);
    this.#parts = parts;
    this.#leader = leader;
    this.#handle = parts.leaders.get(leader);
  }

  async run(): Promise<void> {
    const {shell, membership, configuration} = this.#parts;
    const signal = shell.ending;
    while (!this.#isOver() && !signal.aborted) {
      await this.#advance();
      if (needsDonor(this.joining)) await this.#takeDonor();
      else
        await waitUntil(() => this.#isOver() || !isStuck(this.joining), {
          subscribe: listener => shell.subscribe(listener),
          limitMs: EVER_MS,
          signal,
        });
    }
    if (!signal.aborted && !this.#hasLeft() && membership.endCatchUp(this.#leader))
      await shell.queue.take(() => configuration.rearrange());
  }

  /** Waits until it has everything, or nothing more arrives. */
  async #advance(): Promise<void> {
    const {activities, ending} = this.#parts.shell;
    const progress = activities.begin(`join ${this.#leader}`);
    const inVain = (): boolean => this.#isOver() || isStuck(this.joining) || needsDonor(this.joining);
    await waitForArrival(this.#parts, {
      left: () => missingCount(this.joining),
      inVain,
      progress,
      limitMs: EVER_MS,
      signal: ending,
    });
    progress.end();
  }

  #isOver(): boolean {
    return this.#hasLeft() || (missingCount(this.joining) === 0 && this.#parts.membership.isUp(this.#leader));
  }

  #hasLeft(): boolean {
    return this.#parts.leaders.get(this.#leader) !== this.#handle;
  }

  #takeDonor(): Promise<Outcome> {
    const {shell, membership, configuration} = this.#parts;
    return shell.queue.take(async () => {
      const donor = bestDonor(this.joining);
      if (this.#hasLeft() || donor === undefined) return changed('no donor');
      membership.setDonor(this.#leader, donor);
      return configuration.rearrange();
    });
  }
}
