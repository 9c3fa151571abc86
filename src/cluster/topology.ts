/**
 * Topologies: which links exist, and who forwards what. Pure.
 */
import {assertNever} from '../base/assert.ts';
import {type LeaderId, type LinkId, linkId} from '../base/ids.ts';
import type {TopologySpec} from '../command/action.ts';
import type {Forward} from '../core/progress.ts';

export function linksOf(topology: TopologySpec, leaders: readonly LeaderId[]): LinkId[] {
  switch (topology.name) {
    case 'mesh':
      return leaders.flatMap(from => leaders.filter(to => to !== from).map(to => linkId(from, to)));
    case 'ring':
    case 'two-way-ring':
    case 'modified-ring':
    case 'star':
    case 'chain':
    case 'tree':
    case 'custom':
      return leaders.length < 2 ? [] : leaders.map((from, i) => linkId(from, leaders[(i + 1) % leaders.length] ?? from));
    default:
      return assertNever(topology);
  }
}

/** In a mesh every leader hears every other itself; elsewhere operations must travel further than one link. */
export const forwardOf = (topology: TopologySpec): Forward => (topology.name === 'mesh' ? 'own' : 'all');
