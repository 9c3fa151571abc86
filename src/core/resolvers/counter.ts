/**
 * The increments of a key that no reset had seen, and what they add up to. A hot counter has a hundred
 * thousand of them, so nothing here goes through all of them at a read or at another increment.
 */
import {assert, must} from '../../base/assert.ts';
import type {LeaderId} from '../../base/ids.ts';
import {addSums, addTo, NOTHING, type Sum} from '../../base/sum.ts';
import {type Dot, seqOf, type VersionVector} from '../log/version-vector.ts';

/**
 * Of one origin, by rising `seq`: an origin's writes arrive in its order (invariant 1). At least one; as many
 * amounts as numbers.
 */
interface Tally {
  readonly seqs: number[];
  readonly amounts: number[];
  sum: Sum;
}

export class Counter {
  /** By origin: a reset takes away the first ones of each. */
  readonly #tallies = new Map<LeaderId, Tally>();

  get count(): number {
    let count = 0;
    for (const {seqs} of this.#tallies.values()) count += seqs.length;
    return count;
  }

  get sum(): Sum {
    return [...this.#tallies.values()].reduce((sum, tally) => addSums(sum, tally.sum), NOTHING);
  }

  /** The highest dot. */
  get last(): Dot | undefined {
    let last: Dot | undefined;
    for (const [origin, {seqs}] of this.#tallies) {
      if (last === undefined || origin > last.origin)
        last = {origin, seq: must(seqs.at(-1), 'the last increment')};
    }
    return last;
  }

  /** The first and the last increment of each origin. */
  *ends(): Generator<Dot> {
    for (const [origin, {seqs}] of this.#tallies)
      for (const at of [0, -1]) yield {origin, seq: must(seqs.at(at), 'an increment at the end')};
  }

  add({origin, seq}: Dot, amount: number): void {
    const tally = this.#tallies.get(origin);
    if (tally === undefined) {
      this.#tallies.set(origin, {seqs: [seq], amounts: [amount], sum: addTo(NOTHING, amount)});
      return;
    }
    tally.seqs.push(seq);
    tally.amounts.push(amount);
    tally.sum = addTo(tally.sum, amount);
  }

  /** Removes the increments that were seen. */
  reset(seen: VersionVector): void {
    for (const [origin, tally] of this.#tallies) {
      const upTo = seqOf(seen, origin);
      if (must(tally.seqs[0], 'the first increment') > upTo) continue;
      const left = tally.seqs.findIndex(seq => seq > upTo);
      if (left < 0) {
        this.#tallies.delete(origin);
        continue;
      }
      tally.seqs.splice(0, left);
      tally.amounts.splice(0, left);
      assert(tally.seqs.length === tally.amounts.length, 'each increment has an amount');
      tally.sum = tally.amounts.reduce(addTo, NOTHING);
    }
  }
}
