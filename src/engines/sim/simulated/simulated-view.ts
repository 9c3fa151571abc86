/**
 * A simulated cluster as the port shows it: the view, with the traffic on each link and the message that
 * arrives next.
 */
import type {Message} from '../../../core/io/message.ts';
import {isCounted} from '../../../faults/tally.ts';
import type {Activity, ClusterView, InFlight, NextMessage, VirtualTime} from '../../../port/view.ts';
import {isHeartbeat, type LinkMessage, type SimLink} from '../../../sim/simulated-link.ts';
import {EPOCH_MS} from '../../../sim/site.ts';
import {buildView, type LinkPart} from '../../shared/model/build-view.ts';
import type {LeaderState} from '../../shared/model/leader-state.ts';
import type {SimulatedCluster} from './simulated-cluster.ts';

const IN_FLIGHT_SHOWN = 8;

/** A member whose first process has not been observed yet. */
const NOT_STARTED: LeaderState = {status: 'starting', sinceMs: 0};

/** `activities`: those of the engine, which the view lists behind those of the cluster. */
export function simulatedView(
  cluster: SimulatedCluster,
  time: Omit<VirtualTime, 'next'>,
  activities: readonly Activity[],
): ClusterView {
  const {world, settings, startedAtMs, clusterState, nowMs} = cluster;
  const links = [...world.network.links.values()];
  const next = nextMessage(links);
  return buildView(
    {
      engine: 'sim',
      startedAtMs,
      settings,
      leaders: world.sites().map(({id}) => ({id, state: cluster.leaders.stateOf(id) ?? NOT_STARTED})),
      links: links.map(link => linkPart(link, cluster.ruleSinceMs(link.id))),
      clusterState,
      virtualTime: next === undefined ? time : {...time, next: {...next, dueAtMs: EPOCH_MS + next.dueAtMs}},
      activities: [...cluster.activities.list(), ...activities],
    },
    nowMs,
  );
}

/** Of the messages in flight that are not heartbeats, the first to arrive; in the world's time. */
function nextMessage(links: Iterable<SimLink>): NextMessage | undefined {
  let next: NextMessage | undefined;
  for (const {id, inFlight, holds} of links) {
    if (holds) continue;
    for (const {message, direction, dueAtMs} of inFlight) {
      if (isHeartbeat(message) || (next !== undefined && next.dueAtMs <= dueAtMs)) continue;
      next = {link: id, direction, kind: kindOf(message), dueAtMs};
    }
  }
  return next;
}

function kindOf({type}: Message): NextMessage['kind'] {
  if (type === 'hello') return 'greeting';
  if (type === 'known') return 'knowledge';
  return type === 'ops' || type === 'echo' || type === 'fetched' ? 'operations' : 'acknowledgement';
}

function linkPart({id, base, rule, inFlight, held, tally}: SimLink, ruleSinceMs: number): LinkPart {
  const counted = ({message, direction}: LinkMessage): boolean => isCounted(message.type, direction);
  const passes = !rule.cut && !rule.hold;
  const shown = [...inFlight]
    .filter(counted)
    .slice(0, IN_FLIGHT_SHOWN)
    .map(
      ({direction, faults, sentAtMs, dueAtMs}): InFlight => ({
        direction,
        faults,
        sentAtMs: EPOCH_MS + sentAtMs,
        dueAtMs: EPOCH_MS + dueAtMs,
      }),
    );
  const {delivered, dropped, byFault} = tally;
  const marks = tally.marks.map(mark => ({...mark, atMs: EPOCH_MS + mark.atMs}));
  const traffic = {
    inFlight: passes ? shown : [],
    held: held.filter(counted).length,
    delivered,
    dropped,
    byFault: {...byFault},
    marks,
  };
  return {id, base, rule, ruleSinceMs, traffic};
}
