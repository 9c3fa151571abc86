/**
 * The inverse of a fault or setting, worked out from the picture before it took effect. Pure.
 */
import type {LeaderId, LinkId} from '../base/ids.ts';
import type {ClusterView, LeaderStatus, LinkView} from '../cluster/port.ts';
import type {Action, EngineAction} from '../command/action.ts';
import {sameResolver} from '../core/resolvers/spec.ts';
import {type LinkRule, sameRule} from '../faults/rule.ts';
import {linksOf} from './places.ts';

/** What undoes the action; undefined where there is nothing to undo: it only looks, writes, mends, or would change nothing. */
export function inverseOf(action: Action, before: ClusterView): EngineAction | undefined {
  switch (action.type) {
    case 'kill':
      return onLeaders('restart', action.leaders, before, status => status !== 'down');
    case 'pause':
      return onLeaders('resume', action.leaders, before, status => status === 'up' || status === 'starting');
    case 'cut':
    case 'hold':
    case 'heal':
    case 'link':
      return rulesAgain(linksOf(action.links, before));
    case 'partition':
      return rulesAgain(before.links.filter(link => isBetween(action.groups, link)));
    case 'topology':
      return action.topology.name === before.topology.name ? undefined : {type: 'topology', topology: before.topology};
    case 'resolver':
      return sameResolver(action.resolver, before.resolver) ? undefined : {type: 'resolver', resolver: before.resolver, at: 'cluster'};
    default:
      return undefined;
  }
}

/** What of an inverse is still to do, since other commands may have done it meanwhile; undefined when nothing is. */
export function stillToDo(inverse: EngineAction, view: ClusterView): EngineAction | undefined {
  switch (inverse.type) {
    case 'restart':
      return onLeaders('restart', inverse.leaders, view, status => status === 'down');
    case 'resume':
      return onLeaders('resume', inverse.leaders, view, status => status === 'paused');
    case 'restore-rules':
      return rulesThatDiffer(inverse.rules, view);
    case 'topology':
      return inverse.topology.name === view.topology.name ? undefined : inverse;
    case 'resolver':
      return sameResolver(inverse.resolver, view.resolver) ? undefined : inverse;
    default:
      return inverse;
  }
}

function onLeaders(
  type: 'restart' | 'resume',
  named: readonly LeaderId[],
  view: ClusterView,
  concerns: (status: LeaderStatus) => boolean,
): EngineAction | undefined {
  const leaders = view.leaders.filter(({id, status}) => named.includes(id) && concerns(status)).map(({id}) => id);
  return leaders.length === 0 ? undefined : {type, leaders};
}

const rulesAgain = (links: readonly LinkView[]): EngineAction | undefined => restore(links.map(({id, rule}) => [id, rule]));

const rulesThatDiffer = (rules: {readonly [link: LinkId]: LinkRule}, view: ClusterView): EngineAction | undefined =>
  restore(
    view.links.flatMap(({id, rule}) => {
      const wanted = rules[id];
      return wanted === undefined || sameRule(wanted, rule) ? [] : [[id, wanted] as const];
    }),
  );

const restore = (rules: readonly (readonly [LinkId, LinkRule])[]): EngineAction | undefined =>
  rules.length === 0 ? undefined : {type: 'restore-rules', rules: Object.fromEntries(rules)};

function isBetween(groups: readonly (readonly LeaderId[])[], {from, to}: LinkView): boolean {
  const groupOf = (id: LeaderId) => groups.findIndex(group => group.includes(id));
  return groupOf(from) >= 0 && groupOf(to) >= 0 && groupOf(from) !== groupOf(to);
}
