/**
 * The inverse of a fault or setting, computed from the state before it took effect. Pure.
 */
import type {LeaderId, LinkId} from '../base/ids.ts';
import type {Action, EngineAction} from '../command/action.ts';
import {defaultForward, showTopology, type TopologySpec} from '../command/topology.ts';
import {type ResolverSpec, sameResolver} from '../core/resolvers/spec.ts';
import {type LinkRule, sameRule} from '../faults/rule.ts';
import type {ClusterView, LeaderStatus, LinkView} from '../port/view.ts';
import {clocksAgain, partsThatDiffer} from './inverse-clock.ts';
import {linksOf} from './places.ts';

/**
 * The steps that undo the action. Empty if there is nothing to undo: the action only shows something, writes,
 * repairs, loads, skips an operation, or would change nothing.
 */
export function inverseOf(action: Action, before: ClusterView): readonly EngineAction[] {
  switch (action.type) {
    case 'kill':
      return onLeaders('restart', action.leaders, before, status => status !== 'down');
    case 'pause':
      return onLeaders('resume', action.leaders, before, status => status === 'up' || status === 'starting');
    case 'join':
      return isMember(action.leader, before) ? [] : [{type: 'leave', leader: action.leader}];
    case 'leave':
      // Its hub or its links may leave the topology with it.
      return isMember(action.leader, before)
        ? [
            {type: 'join', leader: action.leader, from: undefined},
            {type: 'topology', topology: before.topology},
          ]
        : [];
    case 'clock':
      return clocksAgain(action, before);
    case 'cut':
    case 'hold':
    case 'heal':
    case 'link':
      return rulesAgain(linksOf(action.links, before));
    case 'partition':
      return rulesAgain(before.links.filter(link => isBetween(action.groups, link)));
    default:
      return settingAgain(action, before);
  }
}

/** Restores a setting of the whole cluster; empty if it has that value already. */
function settingAgain(action: Action, before: ClusterView): readonly EngineAction[] {
  const {topology, resolver, forward, loopguard, delivery, ack} = before;
  switch (action.type) {
    case 'topology':
      if (sameTopology(action.topology, topology)) return [];
      return [
        {type: 'topology', topology},
        ...(forward === defaultForward(topology) ? [] : [{type: 'forward', forward} as const]),
      ];
    case 'resolver':
      return resolversAgain(action, before, resolver);
    case 'forward':
      return action.forward === forward ? [] : [{type: 'forward', forward}];
    case 'loopguard':
      return action.on === loopguard ? [] : [{type: 'loopguard', on: loopguard}];
    case 'delivery':
      return action.delivery === delivery ? [] : [{type: 'delivery', delivery}];
    case 'ack':
      return action.ack === ack ? [] : [{type: 'ack', ack}];
    default:
      return [];
  }
}

/** The steps of an inverse that still have an effect. Other commands may have done the rest meanwhile. */
export const stillToDo = (inverse: readonly EngineAction[], view: ClusterView): readonly EngineAction[] =>
  inverse.flatMap(step => stepToDo(step, view));

function stepToDo(step: EngineAction, view: ClusterView): readonly EngineAction[] {
  switch (step.type) {
    case 'restart':
      return onLeaders('restart', step.leaders, view, status => status === 'down');
    case 'resume':
      return onLeaders('resume', step.leaders, view, status => status === 'paused');
    case 'join':
      return isMember(step.leader, view) ? [] : [step];
    case 'leave':
      return isMember(step.leader, view) ? [step] : [];
    case 'clock': {
      const leaders = view.leaders.filter(
        leader => step.leaders.includes(leader.id) && partsThatDiffer(step.change, leader).length > 0,
      );
      return leaders.length === 0 ? [] : [{...step, leaders: leaders.map(({id}) => id)}];
    }
    case 'restore-rules':
      return rulesThatDiffer(step.rules, view);
    case 'restore-resolvers': {
      const wanted = (id: LeaderId): ResolverSpec => step.exceptions[id] ?? step.resolver;
      const isSo =
        sameResolver(step.resolver, view.resolver) &&
        view.leaders.every(({id, resolver}) => sameResolver(resolver, wanted(id)));
      return isSo ? [] : [step];
    }
    default:
      return settingAgain(step, view).length === 0 ? [] : [step];
  }
}

function onLeaders(
  type: 'restart' | 'resume',
  named: readonly LeaderId[],
  view: ClusterView,
  concerns: (status: LeaderStatus) => boolean,
): readonly EngineAction[] {
  const leaders = view.leaders
    .filter(({id, status}) => named.includes(id) && concerns(status))
    .map(({id}) => id);
  return leaders.length === 0 ? [] : [{type, leaders}];
}

const isMember = (leader: LeaderId, {leaders}: ClusterView): boolean => leaders.some(({id}) => id === leader);

/**
 * Restores the resolvers. If some leader has a resolver of its own before or after, one step restores all of
 * them; otherwise it is the command that a person would type.
 */
function resolversAgain(
  {resolver, at}: Extract<Action, {type: 'resolver'}>,
  {leaders}: ClusterView,
  before: ResolverSpec,
): readonly EngineAction[] {
  const isConcerned = (id: LeaderId) => at === 'cluster' || at.includes(id);
  const isSo =
    (at !== 'cluster' || sameResolver(resolver, before)) &&
    leaders.every(one => !isConcerned(one.id) || sameResolver(resolver, one.resolver));
  if (isSo) return [];
  const exceptions = leaders
    .filter(leader => !sameResolver(leader.resolver, before))
    .map(leader => [leader.id, leader.resolver] as const);
  if (at === 'cluster' && exceptions.length === 0)
    return [{type: 'resolver', resolver: before, at: 'cluster'}];
  return [{type: 'restore-resolvers', resolver: before, exceptions: Object.fromEntries(exceptions)}];
}

const sameTopology = (a: TopologySpec, b: TopologySpec): boolean => showTopology(a) === showTopology(b);

const rulesAgain = (links: readonly LinkView[]): readonly EngineAction[] =>
  restore(links.map(({id, rule}) => [id, rule]));

const rulesThatDiffer = (
  rules: {readonly [link: LinkId]: LinkRule},
  view: ClusterView,
): readonly EngineAction[] =>
  restore(
    view.links.flatMap(({id, rule}) => {
      const wanted = rules[id];
      return wanted === undefined || sameRule(wanted, rule) ? [] : [[id, wanted] as const];
    }),
  );

const restore = (rules: readonly (readonly [LinkId, LinkRule])[]): readonly EngineAction[] =>
  rules.length === 0 ? [] : [{type: 'restore-rules', rules: Object.fromEntries(rules)}];

function isBetween(groups: readonly (readonly LeaderId[])[], {from, to}: LinkView): boolean {
  const groupOf = (id: LeaderId) => groups.findIndex(group => group.includes(id));
  return groupOf(from) >= 0 && groupOf(to) >= 0 && groupOf(from) !== groupOf(to);
}
