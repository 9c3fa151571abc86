/**
 * Which links a cluster must have, and what is sent over each, while leaders die, join and leave. Pure.
 */
import {type LeaderId, type LinkId, linkEnds, linkId} from '../../../base/ids.ts';
import {linksOf} from '../../../command/topology.ts';
import type {Forward} from '../../../core/io/input-effect.ts';
import {forwardOf, type Settings} from './cluster-settings.ts';

/** Leaders that are joining or leaving. */
export interface Movements {
  /** For each leader that catches up, the donor that sends it all that it lacks. */
  readonly donors: ReadonlyMap<LeaderId, LeaderId>;
  /** Leaders that are handing over all that they have. */
  readonly leaving: ReadonlySet<LeaderId>;
}

/** The links of the topology, and one from each donor to its leader. */
export function wantedLinks(
  {topology, members}: Settings,
  dead: ReadonlySet<LeaderId>,
  {donors}: Movements,
): LinkId[] {
  return [
    ...new Set([...linksOf(topology, members, dead), ...[...donors].map(([to, from]) => linkId(from, to))]),
  ];
}

/** What is sent over a link: a donor, and a leader that leaves, send everything. */
export function forwardOver(link: LinkId, settings: Settings, {donors, leaving}: Movements): Forward {
  const {from, to} = linkEnds(link);
  return donors.get(to) === from || leaving.has(from) ? 'all' : forwardOf(settings);
}
