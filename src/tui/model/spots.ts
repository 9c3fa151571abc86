/**
 * What the selection in the topology can stand on, in the order in which it moves: the leaders, then the
 * links, of which those that are amiss come first where they are many.
 */
import type {ClusterView, LeaderView} from '../../port/view.ts';
import {isAmiss, type Pair, pairsOf} from './pairs.ts';

export type Spot =
  | {readonly type: 'leader'; readonly leader: LeaderView}
  | {readonly type: 'pair'; readonly pair: Pair};

const MANY = 10;

export function spotsOf(view: ClusterView): Spot[] {
  const pairs = pairsOf(view);
  const sorted =
    pairs.length <= MANY ? pairs : [...pairs.filter(isAmiss), ...pairs.filter(pair => !isAmiss(pair))];
  return [
    ...view.leaders.map((leader): Spot => ({type: 'leader', leader})),
    ...sorted.map((pair): Spot => ({type: 'pair', pair})),
  ];
}

/** No leader is named as a link is. */
export const nameOf = (spot: Spot): string => (spot.type === 'leader' ? spot.leader.id : spot.pair.name);
