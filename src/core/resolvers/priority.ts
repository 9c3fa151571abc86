/**
 * `priority`: of concurrent writes the one whose origin stands highest in a given order. It uses no clock, so
 * clock skew does not matter. The leader at the end of the order loses every conflict.
 *
 * Seen as site priority in Oracle GoldenGate and in SymmetricDS. Two members of a frontier never have the
 * same origin, because a leader has seen its own writes.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Write} from '../log/op.ts';
import {compareDots} from '../log/version-vector.ts';
import {frontierWinner} from './frontier-winner.ts';
import type {Resolver, ResolverAbout} from './resolver.ts';

export const PRIORITY_ABOUT: ResolverAbout = {
  summary: 'the write of the leader that stands highest in your order',
  seenIn: 'GoldenGate and SymmetricDS site priority',
  convergent: true,
};

/** Leaders that are not named come after the named ones, in the order of their names. */
export function priority(order: readonly LeaderId[]): Resolver<null> {
  const places = new Map(order.map((leader, place) => [leader, place]));
  const placeOf = ({dot}: Write): number => places.get(dot.origin) ?? order.length;
  return frontierWinner({
    ...PRIORITY_ABOUT,
    name: 'priority',
    beats: (a, b) => (placeOf(a) - placeOf(b) || compareDots(a.dot, b.dot)) < 0,
    reason: (winner, loser) => {
      const [above, below] = [winner.dot.origin, loser.dot.origin];
      if (placeOf(winner) === placeOf(loser))
        return `neither ${above} nor ${below} is in the order ${order.join(' ')}, and ${above} sorts lower`;
      return `${above} stands above ${below} in the order ${order.join(' ')}`;
    },
  });
}
