/**
 * The common part of resolvers that go by the order of arrival at this leader. They do not converge: two
 * leaders that receive the same concurrent writes in different orders show different values forever.
 *
 * A write that had seen the shown one always replaces it. A stale write (a write that an earlier applied one
 * had seen) is never shown.
 */

import type {Write} from '../log/op.ts';
import {covers, sameDot, showDot} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import {readWrite} from './frontier-winner.ts';
import {fewDots, ONLY_WRITE} from './reasons.ts';
import type {Resolver, ResolverAbout} from './resolver.ts';
import type {ResolverName} from './spec.ts';

type State = Write | undefined;

export interface ArrivalRule extends ResolverAbout {
  readonly name: ResolverName;
  /** Whether a write replaces a concurrent one that is shown when it arrives. */
  readonly replaces: boolean;
  /**
   * What happened to the other writes: a clause that follows `eu:7 is shown: us:4, which had not seen it, `.
   */
  readonly reason: string;
}

/** Whether the write is on the frontier and is not stale, and no write that arrived has seen it. */
const isMember = (frontier: Frontier, write: Write): boolean =>
  frontier.members.some(member => sameDot(member.dot, write.dot));

export function byArrival({
  name,
  summary,
  seenIn,
  convergent,
  replaces,
  reason,
}: ArrivalRule): Resolver<State> {
  const apply = (shown: State, write: Write, frontier: Frontier): State => {
    if (isMember(frontier, write) && (shown === undefined || replaces || covers(write.after, shown.dot)))
      return write;
    // A stale write is not shown itself, but it may have seen the shown write. Then a remaining member of the
    // frontier is shown.
    return shown !== undefined && isMember(frontier, shown) ? shown : frontier.members[0];
  };
  const explain = (shown: State, {members}: Frontier): string => {
    if (shown === undefined) return 'never written';
    const others = members.filter(({dot}) => !sameDot(dot, shown.dot));
    if (others.length === 0) return `${showDot(shown.dot)} ${ONLY_WRITE}`;
    return `${showDot(shown.dot)} is shown: ${fewDots(others)}, which had not seen it, ${reason}`;
  };
  return {
    name,
    summary,
    seenIn,
    convergent,
    madeOf: 'arrivals',
    initial: () => undefined,
    apply,
    read: readWrite,
    shown: shown => shown?.dot,
    shows: (shown, _frontier, dot) => shown !== undefined && sameDot(shown.dot, dot),
    explain: (_key, shown, frontier) => explain(shown, frontier),
  };
}
