/**
 * The leaders that could have helped a leader to recover its own operations. With it, checkers tell a leader
 * that gave up too early from one that could not get an answer.
 */
import {type LeaderId, linkId} from '../base/ids.ts';
import {covers, type Dot, seqOf} from '../core/log/version-vector.ts';
import type {SimLink} from './simulated-link.ts';
import type {World} from './world.ts';

/**
 * The leaders that hold the next own operation that this leader lacks, and that could have returned it:
 * nothing has disturbed them, this leader, or the links between them for `forMs`.
 */
export function availableHelpers(world: World, id: LeaderId, forMs: number): LeaderId[] {
  const {disturbances, network} = world;
  const {diskFails, replica, processSettings} = world.site(id);
  const lacking: Dot = {origin: id, seq: seqOf(replica.vv, id) + 1};
  const answers = (link: SimLink): boolean =>
    link.isOpen && link.rule === link.base && !link.holds && disturbances.isCalm(link.id, forMs);
  // Under causal delivery the leader may lack what its own operations depend on.
  if (diskFails || processSettings.delivery === 'causal' || !disturbances.isCalm(id, forMs)) return [];
  return world.sites().flatMap(({id: other, status, diskVv}) => {
    const between = [linkId(id, other), linkId(other, id)].flatMap(link => network.links.get(link) ?? []);
    const isAble =
      other !== id && status === 'up' && covers(diskVv, lacking) && disturbances.isCalm(other, forMs);
    return isAble && between.length > 0 && between.every(answers) ? [other] : [];
  });
}
