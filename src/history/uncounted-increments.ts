/**
 * Increments that no leader adds up. Where leaders resolve by arrival each of two may show an increment that the other has discarded, so
 * that readers somewhere get the one and readers somewhere get the other. But increments are there to add up, and no reader gets both.
 *
 * Of such increments the cluster has lost as many as the leader has that discarded the fewest. Which of them counts as lost is a convention:
 * those of that leader, and of several the first.
 */
import type {Key, LeaderId} from '../base/ids.ts';

/** An increment that some leaders have lost and others have not. */
export interface Disputed {
  readonly key: Key;
  /** The leaders that have lost it. */
  readonly sayers: {has(leader: LeaderId): boolean};
}

/** Of these, all of one key, those that count as lost to leaders none of which has them all. */
export function uncounted<T extends Pick<Disputed, 'sayers'>>(disputed: readonly T[], leaders: readonly LeaderId[]): readonly T[] {
  let fewest: readonly T[] | undefined;
  for (const leader of leaders) {
    const lost = disputed.filter(({sayers}) => sayers.has(leader));
    if (fewest === undefined || lost.length < fewest.length) fewest = lost;
  }
  return fewest ?? [];
}

/** The disputed increments of every key, so that only those of keys that changed are looked at again. */
export class DisputedIncrements<T extends Disputed> {
  readonly #byKey = new Map<Key, Set<T>>();
  readonly #changed = new Set<Key>();
  #lost = new Map<Key, ReadonlySet<T>>();

  /** Whether it counts as lost, since the last `settle`. */
  isLost(one: T): boolean {
    return this.#lost.get(one.key)?.has(one) ?? false;
  }

  /** Who has lost it changed; `isDisputed`: whether it still is one of these. */
  note(one: T, isDisputed: boolean): void {
    const known = this.#byKey.get(one.key);
    if (!isDisputed && known?.has(one) !== true) return;
    this.#changed.add(one.key);
    if (isDisputed && known === undefined) this.#byKey.set(one.key, new Set([one]));
    else if (isDisputed) known?.add(one);
    else known?.delete(one);
  }

  /** All keys have to be looked at again: other leaders count. */
  noteAll(): void {
    for (const key of this.#byKey.keys()) this.#changed.add(key);
  }

  /** Those that count as lost from now on, or no longer do. */
  settle(live: readonly LeaderId[]): readonly T[] {
    const turned: T[] = [];
    for (const key of this.#changed) {
      const disputed = this.#byKey.get(key) ?? new Set<T>();
      if (disputed.size === 0) this.#byKey.delete(key);
      const before = this.#lost.get(key) ?? new Set<T>();
      const now = new Set(uncounted([...disputed], live));
      turned.push(...[...before].filter(one => !now.has(one)), ...[...now].filter(one => !before.has(one)));
      if (now.size === 0) this.#lost.delete(key);
      else this.#lost.set(key, now);
    }
    this.#changed.clear();
    return turned;
  }
}
