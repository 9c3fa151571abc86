/**
 * The view of a native cluster, from what its parts know.
 */
import {type LeaderId, linkEnds} from '../../base/ids.ts';
import {offsetAt} from '../../core/wall-clock.ts';
import {clockSpells} from '../../history/clock-history.ts';
import type {Picture} from '../picture.ts';
import type {Activity, ClusterView, LinkView} from '../port.ts';
import {clockOf, forwardOf, resolverAt, type Settings} from '../settings.ts';
import type {LeaderHandle} from './leader-handle.ts';
import {isFaulty} from './link-faults.ts';
import type {LinkState} from './links.ts';

export interface Parts {
  readonly startedAtMs: number;
  readonly settings: Settings;
  readonly leaders: readonly LeaderHandle[];
  readonly links: readonly LinkState[];
  readonly picture: Picture;
  readonly activities: readonly Activity[];
}

export function look({startedAtMs, settings, leaders, links, picture, activities}: Parts, nowMs: number): ClusterView {
  const live = leaders.filter(({state}) => state.status === 'up').map(({id}) => id);
  picture.setLive(live);
  picture.setMembers(leaders.map(({id}) => id));
  const union = picture.union(live);
  const lag = picture.lag(nowMs);
  return {
    engine: 'native',
    startedAtMs,
    topology: settings.topology,
    resolver: settings.resolver,
    forward: forwardOf(settings),
    loopguard: settings.loopguard,
    delivery: settings.delivery,
    ack: settings.ack,
    leaders: leaders.map(({id, state, pid, port}) => {
      const resolver = resolverAt(settings, id);
      const clock = clockOf(settings, id);
      const facts = {id, status: state.status, cause: state.cause, sinceMs: state.sinceMs, resolver, pid, port};
      return {...picture.leader(facts, union), clockOffsetMs: offsetAt(clock, nowMs), driftPpm: clock.driftPpm};
    }),
    clocks: clockSpells(settings.pastClocks, settings.clocks),
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
    activities,
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
