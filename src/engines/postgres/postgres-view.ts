/**
 * What a PostgreSQL cluster itself knows of its leaders and links, besides what leaders report: for the view,
 * and for the news of leaders.
 */
import {type LeaderId, linkEnds} from '../../base/ids.ts';
import type {VersionVector} from '../../core/log/version-vector.ts';
import type {LinkPart} from '../shared/model/build-view.ts';
import type {LeaderPart} from '../shared/model/leader-state.ts';
import type {ClusterContext} from './leader/postgres-event.ts';
import type {PostgresLeader} from './leader/postgres-leader.ts';
import type {StopTracker} from './links/stop-tracker.ts';
import {waitingOn} from './links/subscription-plan.ts';
import type {Subscriptions} from './links/subscriptions.ts';

export const leaderPart = ({id, state, pid, port}: PostgresLeader, stops: StopTracker): LeaderPart => ({
  id,
  state,
  pid,
  port,
  halted: stops.haltedAt(id),
});

/** Adds to a link what stopped it, and what its subscription counted. */
export function linkPart(link: LinkPart, stops: StopTracker, subscriptions: Subscriptions): LinkPart {
  const stopped = stops.of(link.id);
  const counted = subscriptions.countedOf(link.id);
  return {
    ...link,
    ...(stopped === undefined ? {} : {stopped}),
    ...(Object.keys(counted).length === 0 ? {} : {counted}),
  };
}

/** The links that leave this leader, with the number of operations that wait on each. */
export function linksFrom(
  id: LeaderId,
  leaders: ReadonlyMap<LeaderId, PostgresLeader>,
  subscriptions: Subscriptions,
): ReturnType<ClusterContext['linksFrom']> {
  const appliedAt = (leader: LeaderId): VersionVector => leaders.get(leader)?.replica.vv ?? {};
  return subscriptions
    .plans()
    .filter(({link}) => linkEnds(link).from === id)
    .map(plan => {
      const {from, to} = linkEnds(plan.link);
      const isOpen = subscriptions.statusOf(plan.link) === 'replicating';
      return {peer: to, isOpen, waiting: waitingOn(plan, appliedAt(from), appliedAt(to))};
    });
}
