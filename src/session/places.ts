/**
 * Which leaders and links a command means in the present view.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Target} from '../command/action.ts';
import type {LinkSelector} from '../command/topology.ts';
import type {ClusterView, LinkView} from '../port/view.ts';

/** The leaders that a target names. */
export function leadersAt(target: Target, focused: LeaderId, view: ClusterView): readonly LeaderId[] {
  if (target.type === 'focused') return [focused];
  return target.type === 'all' ? view.leaders.map(({id}) => id) : target.leaders;
}

export const linksOf = (
  selectors: readonly LinkSelector[] | 'all',
  view: ClusterView,
): readonly LinkView[] =>
  selectors === 'all'
    ? view.links
    : view.links.filter(link => selectors.some(selector => selects(selector, link)));

const selects = ({a, b, both}: LinkSelector, {from, to}: LinkView): boolean =>
  (from === a && to === b) || (both && from === b && to === a);

/** The leaders that are up or starting. Paused and dead leaders do not count for convergence. */
export const liveLeaders = (view: ClusterView): readonly LeaderId[] =>
  view.leaders.filter(({status}) => status === 'up' || status === 'starting').map(({id}) => id);
