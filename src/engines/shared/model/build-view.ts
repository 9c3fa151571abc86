/**
 * Builds the view of a cluster from the state of its parts. Pure.
 */
import {type LeaderId, linkEnds} from '../../../base/ids.ts';
import type {VersionVector} from '../../../core/log/version-vector.ts';
import {offsetAt} from '../../../core/log/wall-clock.ts';
import {clockSpells} from '../../../history/clock-history.ts';
import type {EngineName} from '../../../port/engine-name.ts';
import type {Activity, ClusterView, LeaderView, LinkView} from '../../../port/view.ts';
import {clockOf, forwardOf, resolverAt, type Settings} from './cluster-settings.ts';
import type {ClusterState} from './cluster-state.ts';
import type {LeaderPart} from './leader-state.ts';
import {isFaulty, type LinkSituation} from './link-changes.ts';

/** All that a view is built from. */
export interface ViewParts {
  readonly engine: EngineName;
  readonly startedAtMs: number;
  readonly virtualTime?: ClusterView['virtualTime'];
  readonly offers?: ClusterView['offers'];
  readonly settings: Settings;
  readonly leaders: readonly LeaderPart[];
  readonly links: readonly LinkPart[];
  readonly clusterState: ClusterState;
  readonly activities: readonly Activity[];
  readonly linksEnded?: string | undefined;
}

/** What the engine knows of a link besides what its leaders report. */
export interface LinkPart extends LinkSituation {
  readonly ruleSinceMs: number;
  readonly stopped?: LinkView['stopped'];
  readonly counted?: LinkView['counted'];
  readonly traffic:
    | Pick<LinkView, 'inFlight' | 'held' | 'delivered' | 'dropped' | 'byFault' | 'marks'>
    | undefined;
}

/** Builds the view at the time `nowMs`. Changes nothing in its parts. */
export function buildView(parts: ViewParts, nowMs: number): ClusterView {
  const {
    engine,
    startedAtMs,
    virtualTime,
    offers,
    settings,
    leaders,
    links,
    clusterState,
    activities,
    linksEnded,
  } = parts;
  const live = leaders.filter(({state}) => state.status === 'up').map(({id}) => id);
  const union = clusterState.union(live);
  const lag = clusterState.lag(nowMs);
  return {
    engine,
    startedAtMs,
    ...(virtualTime === undefined ? {} : {virtualTime}),
    ...(offers === undefined ? {} : {offers}),
    topology: settings.topology,
    resolver: settings.resolver,
    forward: forwardOf(settings),
    loopguard: settings.loopguard,
    delivery: settings.delivery,
    ack: settings.ack,
    leaders: leaders.map(part => leaderView(part, parts, union, nowMs)),
    clocks: clockSpells(settings.pastClocks, settings.clocks),
    links: links.map(link => linkView(link, clusterState, live)),
    ...(linksEnded === undefined ? {} : {linksEnded}),
    conflicts: clusterState.conflicts.list(),
    conflictCount: clusterState.conflicts.count,
    lostCount: clusterState.conflicts.lostCount,
    acknowledged: clusterState.acknowledged,
    acknowledgedTwice: clusterState.acknowledgedTwice,
    reusedDots: clusterState.reusedDots,
    notices: clusterState.notices,
    convergence: clusterState.convergence(live),
    opsPerSecond: clusterState.opsPerSecond(nowMs),
    ...(lag === undefined ? {} : {lag}),
    lags: clusterState.lags(nowMs),
    traffic: clusterState.traffic(nowMs),
    activities,
  };
}

/** `union`: everything that any live leader has applied. */
function leaderView(
  {id, state, pid, port, halted}: LeaderPart,
  {settings, clusterState}: ViewParts,
  union: VersionVector,
  nowMs: number,
): LeaderView {
  const {status, cause, sinceMs} = state;
  const clock = clockOf(settings, id);
  const facts = {id, status, cause, sinceMs, resolver: resolverAt(settings, id), pid, port, halted};
  return {
    ...clusterState.leader(facts, union),
    clockOffsetMs: offsetAt(clock, nowMs),
    driftPpm: clock.driftPpm,
  };
}

function linkView(link: LinkPart, clusterState: ClusterState, live: readonly LeaderId[]): LinkView {
  const {from, to} = linkEnds(link.id);
  const {isOpen, waiting} = clusterState.link(from, to);
  const {traffic, stopped, counted} = link;
  return {
    id: link.id,
    from,
    to,
    connection: isOpen && live.includes(from) && live.includes(to) ? 'open' : 'connecting',
    rule: link.rule,
    ruleSinceMs: link.ruleSinceMs,
    faulty: isFaulty(link),
    ...(stopped === undefined ? {} : {stopped}),
    ...(counted === undefined ? {} : {counted}),
    waiting,
    inFlight: traffic?.inFlight ?? [],
    held: traffic?.held ?? 0,
    delivered: traffic?.delivered ?? 0,
    dropped: traffic?.dropped ?? 0,
    byFault: traffic?.byFault ?? {},
    marks: traffic?.marks ?? [],
  };
}
