/**
 * Increments that no leader adds up. If resolvers depend on arrival, one leader may show an increment that another has discarded, and the
 * reverse. Each increment then has readers, but increments should add up, and no reader gets both.
 *
 * The cluster has lost as many of these increments as the leader that discarded the fewest. By convention those that this leader discarded
 * count as lost; of several such leaders the first one decides.
 */
import type {Key, LeaderId} from '../base/ids.ts';

/** An increment that some leaders have lost and others have not. */
export interface Disputed {
  readonly key: Key;
  /** The leaders that have lost it. */
  readonly sayers: {has(leader: LeaderId): boolean};
}

/** The increments of one key that count as lost, given what each leader has lost. */
export function uncounted<T extends Pick<Disputed, 'sayers'>>(disputed: readonly T[], leaders: readonly LeaderId[]): readonly T[] {
  let fewest: readonly T[] | undefined;
  for (const leader of leaders) {
    const lost = disputed.filter(({sayers}) => sayers.has(leader));
    if (fewest === undefined || lost.length < fewest.length) fewest = lost;
  }
  return fewest ?? [];
}

/** The disputed increments by key, so that only changed keys are checked again. */
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

  /** All keys must be checked again: other leaders count now. */
  noteAll(): void {
    for (const key of this.#byKey.keys()) this.#changed.add(key);
  }

  /** The increments that became lost or stopped being lost. */
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
