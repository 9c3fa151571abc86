/**
 * What the selection in the topology can stand on, in the order in which it moves: the leaders, then the
 * links, of which those that are amiss come first where they are many.
 */
import type {ClusterView, LeaderView} from '../../../port/view.ts';
import {isAmiss, type Pair, pairsOf} from './pairs.ts';

export type Selectable =
  | {readonly type: 'leader'; readonly leader: LeaderView}
  | {readonly type: 'pair'; readonly pair: Pair};

const MANY = 10;

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
