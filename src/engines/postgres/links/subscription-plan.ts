/**
 * What a topology means for subscriptions: what each link forwards, over how many links operations travel,
 * and how many of them still wait. Pure.
 */
import {type LeaderId, linkEnds} from '../../../base/ids.ts';
import {missing, seqOf, type VersionVector} from '../../../core/log/version-vector.ts';
import type {Settings} from '../../shared/model/cluster-settings.ts';
import {wantedLinks} from '../../shared/model/wiring.ts';
import type {LinkPlan} from './dialect.ts';

/** No leader is ever joining or leaving: PostgreSQL leaders cannot. */
const NO_MOVEMENTS = {donors: new Map<LeaderId, LeaderId>(), leaving: new Set<LeaderId>()};

/**
 * In a mesh each leader sends what it wrote itself; a hub, and every leader in a ring, forwards what it
 * received.
 */
export function plansOf(settings: Settings): readonly LinkPlan[] {
  const {topology, members, loopguard} = settings;
  const hub = topology.name === 'star' ? (topology.hub ?? members[0]) : undefined;
  return wantedLinks(settings, new Set(), NO_MOVEMENTS).map(link => {
    const forwards =
      !loopguard || topology.name === 'ring' || (hub !== undefined && linkEnds(link).from === hub);
    const isFiltered = loopguard && topology.name === 'ring';
    return {link, forward: forwards ? 'all' : 'own', isGuarded: forwards && loopguard, isFiltered};
  });
}

/** The difference between two sets of plans. */
export interface PlanChanges {
  readonly fresh: readonly LinkPlan[];
  /** Changed plans of links that stay. */
  readonly altered: readonly LinkPlan[];
  readonly gone: readonly LinkPlan[];
}

export function planChanges(before: readonly LinkPlan[], after: readonly LinkPlan[]): PlanChanges {
  const isIn = (plans: readonly LinkPlan[], {link}: LinkPlan): boolean =>
    plans.some(plan => plan.link === link);
  return {
    fresh: after.filter(plan => !isIn(before, plan)),
    altered: after.filter(plan => isIn(before, plan) && !before.some(one => samePlan(one, plan))),
    gone: before.filter(plan => !isIn(after, plan)),
  };
}

const samePlan = (a: LinkPlan, b: LinkPlan): boolean =>
  a.link === b.link &&
  a.forward === b.forward &&
  a.isGuarded === b.isGuarded &&
  a.isFiltered === b.isFiltered;

/** The number of links on the shortest path from one leader to another; 0 if there is no path. */
export function hops(plans: readonly LinkPlan[], from: LeaderId, to: LeaderId): number {
  let reached = new Set([from]);
  for (let n = 0; n <= plans.length; n++) {
    if (reached.has(to)) return n;
    const next = plans
      .map(({link}) => linkEnds(link))
      .flatMap(ends => (reached.has(ends.from) ? [ends.to] : []));
    reached = new Set([...reached, ...next]);
  }
  return 0;
}

/** The number of operations that the sender would send over this link and the receiver lacks. */
export function waitingOn({link, forward}: LinkPlan, sender: VersionVector, receiver: VersionVector): number {
  const {from, to} = linkEnds(link);
  if (forward === 'own') return Math.max(0, seqOf(sender, from) - seqOf(receiver, from));
  return missing(sender, receiver, origin => origin !== to);
}
