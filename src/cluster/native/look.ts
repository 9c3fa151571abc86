/**
 * The view of a native cluster, from what its parts know.
 */
import {type LeaderId, linkEnds} from '../../base/ids.ts';
import type {TopologySpec} from '../../command/action.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import type {Picture} from '../picture.ts';
import type {ClusterView, LinkView} from '../port.ts';
import {forwardOf} from '../topology.ts';
import type {LeaderHandle} from './leader-handle.ts';
import {isFaulty} from './link-faults.ts';
import type {LinkState} from './links.ts';

export interface Parts {
  readonly startedAtMs: number;
  readonly topology: TopologySpec;
  readonly resolver: ResolverSpec;
  readonly leaders: readonly LeaderHandle[];
  readonly links: readonly LinkState[];
  readonly picture: Picture;
}

export function look({startedAtMs, topology, resolver, leaders, links, picture}: Parts, nowMs: number): ClusterView {
  const live = leaders.filter(({state}) => state.status === 'up').map(({id}) => id);
  picture.setLive(live);
  const union = picture.union(live);
  const lag = picture.lag(nowMs);
  return {
    engine: 'native',
    startedAtMs,
    topology,
    resolver,
    forward: forwardOf(topology),
    loopguard: true,
    delivery: 'fifo',
    ack: 'local',
    leaders: leaders.map(({id, state, pid, port}) =>
      picture.leader({id, status: state.status, cause: state.cause, sinceMs: state.sinceMs, resolver, pid, port}, union),
    ),
    links: links.map(link => lookAtLink(link, picture, live)),
    conflicts: picture.conflicts.list(),
    conflictCount: picture.conflicts.count,
    lostCount: picture.conflicts.lostCount,
    notices: picture.notices,
    convergence: picture.convergence(live),
    opsPerSecond: picture.opsPerSecond(nowMs),
    ...(lag === undefined ? {} : {lag}),
    lags: picture.lags(nowMs),
    traffic: picture.traffic(nowMs),
    activities: [],
  };
}

function lookAtLink(link: LinkState, picture: Picture, live: readonly LeaderId[]): LinkView {
  const {from, to} = linkEnds(link.id);
  const {isOpen, waiting} = picture.link(from, to);
  const {traffic} = link;
  return {
    id: link.id,
    from,
    to,
    connection: isOpen && live.includes(from) && live.includes(to) ? 'open' : 'connecting',
    rule: link.rule,
    ruleSinceMs: link.ruleSinceMs,
    faulty: isFaulty(link),
    waiting,
    inFlight: traffic?.inFlight ?? [],
    held: traffic?.held ?? 0,
    delivered: traffic?.delivered ?? 0,
    dropped: traffic?.dropped ?? 0,
    byFault: traffic?.byFault ?? {},
    marks: traffic?.marks ?? [],
  };
}
