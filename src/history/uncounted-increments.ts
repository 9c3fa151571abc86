/**
 * Increments that no leader adds up. If resolvers depend on arrival, one leader may show an increment that
 * another has discarded, and the reverse. Each increment then has readers, but increments should add up, and
 * no reader gets both.
 *
 * The cluster has lost as many of these increments as the leader that discarded the fewest. By convention
 * those that this leader discarded count as lost; of several such leaders the first one decides.
 */
import type {Key, LeaderId} from '../base/ids.ts';

/** An increment that some leaders have lost and others have not. */
export interface Disputed {
  readonly key: Key;
  /** The leaders that have lost it. */
  readonly reporters: {has(leader: LeaderId): boolean; keys(): Iterable<LeaderId>};
}

/**
 * Of the disputed increments of one key, returns those lost at the leader that lost the fewest; none if a
 * leader lost none.
 */
export function uncounted<T extends {readonly reporters: Pick<Disputed['reporters'], 'has'>}>(
  disputed: readonly T[],
  leaders: readonly LeaderId[],
): readonly T[] {
  let fewest: readonly T[] | undefined;
  for (const leader of leaders) {
    const lost = disputed.filter(({reporters}) => reporters.has(leader));
    if (fewest === undefined || lost.length < fewest.length) fewest = lost;
  }
  return fewest ?? [];
}

/** The disputed increments of one key. */
interface OfKey<T> {
  readonly all: Set<T>;
  readonly lostBy: Map<LeaderId, Set<T>>;
  /** Noted since the last `settle`. */
  readonly noted: Set<T>;
  /**
   * The leader that had lost the fewest at the last `settle`, and the increments that counted as lost then.
   */
  fewestAt: LeaderId | undefined;
  lost: Set<T>;
}

/**
 * The disputed increments of every key. For a key with thousands of them, only those that changed are
 * checked, unless another leader now has lost the fewest.
 */
export class DisputedIncrements<T extends Disputed> {
  readonly #byKey = new Map<Key, OfKey<T>>();
  readonly #changed = new Set<Key>();

  /** Whether it counts as lost, since the last `settle`. */
  isLost(one: T): boolean {
    return this.#byKey.get(one.key)?.lost.has(one) ?? false;
  }

  /** The leaders that lost it changed. `isDisputed`: whether some have lost it and others have not. */
  note(one: T, isDisputed: boolean): void {
    const {key, reporters} = one;
    if (!isDisputed && this.#byKey.get(key)?.all.has(one) !== true) return;
    const ofKey = this.#byKey.get(key) ?? {
      all: new Set(),
      lostBy: new Map(),
      noted: new Set(),
      fewestAt: undefined,
      lost: new Set(),
    };
    this.#byKey.set(key, ofKey);
    this.#changed.add(key);
    ofKey.noted.add(one);
    for (const lost of ofKey.lostBy.values()) lost.delete(one);
    ofKey.all.delete(one);
    if (!isDisputed) return;
    ofKey.all.add(one);
    for (const leader of reporters.keys())
      ofKey.lostBy.set(leader, (ofKey.lostBy.get(leader) ?? new Set()).add(one));
  }

  /** Checks all keys again, because other leaders count now. */
  noteAll(): void {
    for (const key of this.#byKey.keys()) this.#changed.add(key);
  }

  /** The increments that became lost or stopped being lost. */
  settle(live: readonly LeaderId[]): readonly T[] {
    const turned: T[] = [];
    for (const key of this.#changed) {
      const ofKey = this.#byKey.get(key);
      if (ofKey === undefined) continue;
      for (const one of settleKey(ofKey, live)) turned.push(one);
      if (ofKey.all.size === 0) this.#byKey.delete(key);
    }
    this.#changed.clear();
    return turned;
  }
}

function settleKey<T>(ofKey: OfKey<T>, live: readonly LeaderId[]): readonly T[] {
  const {lostBy, noted, lost: before} = ofKey;
  const fewestAt = leaderWithFewest(lostBy, live);
  const now: ReadonlySet<T> = (fewestAt && lostBy.get(fewestAt)) ?? new Set<T>();
  const isSame = fewestAt === ofKey.fewestAt;
  const turned = [...(isSame ? noted : new Set([...before, ...now, ...noted]))].filter(
    one => before.has(one) !== now.has(one),
  );
  ofKey.fewestAt = fewestAt;
  if (!isSame) ofKey.lost = new Set(now);
  else for (const one of turned) if (!before.delete(one)) before.add(one);
  noted.clear();
  return turned;
}

/** The first of several. */
function leaderWithFewest<T>(
  lostBy: ReadonlyMap<LeaderId, ReadonlySet<T>>,
  live: readonly LeaderId[],
): LeaderId | undefined {
  const count = (leader: LeaderId): number => lostBy.get(leader)?.size ?? 0;
  let best = live[0];
  for (const leader of live) if (best !== undefined && count(leader) < count(best)) best = leader;
  return best;
}
