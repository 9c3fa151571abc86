/**
 * The entries that can be selected in the topology, in the order in which the selection moves: the leaders,
 * then the links. If there are many links, those in trouble come first.
 */
import type {ClusterView, LeaderView} from '../../../port/view.ts';
import {isAmiss, type Pair, pairsOf} from './pairs.ts';

export type Selectable =
  | {readonly type: 'leader'; readonly leader: LeaderView}
  | {readonly type: 'pair'; readonly pair: Pair};

const MANY = 10;

/**
 * Returns the leaders in the cluster's order, then the pairs. If there are more than ten pairs, those in
 * trouble come before the others.
 */
export function selectablesIn(view: ClusterView): Selectable[] {
  const pairs = pairsOf(view);
  const sorted =
    pairs.length <= MANY ? pairs : [...pairs.filter(isAmiss), ...pairs.filter(pair => !isAmiss(pair))];
  return [
    ...view.leaders.map((leader): Selectable => ({type: 'leader', leader})),
    ...sorted.map((pair): Selectable => ({type: 'pair', pair})),
  ];
}

/** Unique: the name of a link is never the name of a leader. */
export const nameOf = (selectable: Selectable): string =>
  selectable.type === 'leader' ? selectable.leader.id : selectable.pair.name;
