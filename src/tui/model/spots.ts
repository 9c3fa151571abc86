/**
 * What the selection in the topology can stand on, in the order in which it moves: the leaders, then the links.
 */
import type {ClusterView, LeaderView} from '../../cluster/port.ts';
import {type Pair, pairsOf} from './pairs.ts';

export type Spot = {readonly type: 'leader'; readonly leader: LeaderView} | {readonly type: 'pair'; readonly pair: Pair};

export const spotsOf = (view: ClusterView): Spot[] => [
  ...view.leaders.map((leader): Spot => ({type: 'leader', leader})),
  ...pairsOf(view).map((pair): Spot => ({type: 'pair', pair})),
];

/** No leader is named as a link is. */
export const nameOf = (spot: Spot): string => (spot.type === 'leader' ? spot.leader.id : spot.pair.name);
