/**
 * Which links a cluster is to have, and what is sent over each, while leaders die, join and leave. Pure.
 */
import {type LeaderId, type LinkId, linkEnds, linkId} from '../../../base/ids.ts';
import {linksOf} from '../../../command/topology.ts';
import type {Forward} from '../../../core/io/input-effect.ts';
import {forwardOf, type Settings} from './cluster-settings.ts';

/** Who comes and goes. */
export interface Movements {
  /** Who gives a leader that joins all that it lacks. */
  readonly donors: ReadonlyMap<LeaderId, LeaderId>;
  /** Leaders that leave, and hand over all that they have. */
  readonly leaving: ReadonlySet<LeaderId>;
}

/** A donor has a link to whom it gives, in every topology. */
export function wantedLinks(
  {topology, members}: Settings,
  dead: ReadonlySet<LeaderId>,
  {donors}: Movements,
): LinkId[] {
  return [
    ...new Set([...linksOf(topology, members, dead), ...[...donors].map(([to, from]) => linkId(from, to))]),
  ];
}

export function forwardOver(link: LinkId, settings: Settings, {donors, leaving}: Movements): Forward {
  const {from, to} = linkEnds(link);
  return donors.get(to) === from || leaving.has(from) ? 'all' : forwardOf(settings);
}
