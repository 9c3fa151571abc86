/**
 * Asks live leaders for what `compare` is made of: their logs of the key, and what those with the person's own module read.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Cluster, ClusterView} from '../cluster/port.ts';
import type {Target} from '../command/action.ts';
import type {Op} from '../core/op.ts';
import {compareDots, type Dot, sameDot, showDot} from '../core/version-vector.ts';
import {type Compared, compare} from '../history/compare.ts';
import type {Comparison, ResolverReading} from '../history/comparison.ts';
import {readingsOf} from './diff.ts';
import {liveLeaders} from './places.ts';

/** `undefined` where no live leader answers. */
export async function compareKey(cluster: Cluster, key: Key): Promise<Comparison | undefined> {
  const live = liveLeaders(cluster.view());
  const logs = await logsOf(cluster, key, live);
  if (logs.length === 0) return undefined;
  const view = cluster.view();
  const leaders = view.leaders.filter(({id}) => live.includes(id));
  const customs = leaders.filter(({resolver}) => resolver.name === 'custom').map(({id}) => id);
  return compare({
    key,
    logs,
    inUse: new Set(leaders.map(({resolver}) => resolver.name)),
    order: priorityOrder(view),
    isAcknowledged: acknowledgedOn(key, view),
    servers: cluster.serverReadings?.(key),
    custom: await customReadings(cluster, key, customs),
  });
}

/** Of those that answered; of all keys, where none is named. */
export async function logsOf(
  cluster: Cluster,
  key: Key | undefined,
  leaders: readonly LeaderId[],
): Promise<readonly {readonly leader: LeaderId; readonly ops: readonly Op[]}[]> {
  const [first] = leaders;
  if (first === undefined) return [];
  const {result} = await cluster.execute({type: 'log', key, at: {type: 'leaders', leaders}}, first);
  if (result?.type !== 'log') return [];
  const {ops} = result;
  return leaders.flatMap(leader => {
    const log = ops[leader];
    return log === undefined || 'error' in log ? [] : [{leader, ops: log}];
  });
}

/** The order in use, or else the order of the leaders. */
function priorityOrder({leaders, resolver}: ClusterView): readonly LeaderId[] {
  const used = [resolver, ...leaders.map(one => one.resolver)].find(spec => spec.name === 'priority');
  return used?.name === 'priority' ? used.order : leaders.map(({id}) => id);
}

/** What a live leader has in its log is taken for acknowledged, unless the conflict log knows that it was not. */
function acknowledgedOn(key: Key, {conflicts}: ClusterView): Compared['isAcknowledged'] {
  const writes = conflicts.filter(conflict => conflict.key === key).flatMap(conflict => conflict.writes);
  const unacknowledged = new Set(writes.filter(({acknowledged}) => !acknowledged).map(({dot}) => showDot(dot)));
  return dot => !unacknowledged.has(showDot(dot));
}

async function customReadings(cluster: Cluster, key: Key, leaders: readonly LeaderId[]): Promise<{[leader: LeaderId]: ResolverReading}> {
  const [first] = leaders;
  if (first === undefined) return {};
  const at: Target = {type: 'leaders', leaders};
  const readings = await readingsOf(cluster, key, at, first);
  const found: {[leader: LeaderId]: ResolverReading} = {};
  for (const id of leaders) {
    const reading = readings[id];
    if (reading !== undefined) found[id] = {reading, lost: lostAt(id, key, cluster.view())};
  }
  return found;
}

/** Acknowledged, and lost at this leader, as it said itself. */
function lostAt(leader: LeaderId, key: Key, {conflicts}: ClusterView): readonly Dot[] {
  const lost = conflicts
    .filter(conflict => conflict.key === key)
    .flatMap(({decisions, writes}) => writes.filter(({dot, acknowledged}) => acknowledged && includes(decisions[leader]?.lost, dot)))
    .map(({dot}) => [showDot(dot), dot] as const);
  return [...new Map(lost).values()].sort(compareDots);
}

const includes = (dots: readonly Dot[] | undefined, dot: Dot): boolean => dots?.some(other => sameDot(other, dot)) ?? false;
