/**
 * Asks live leaders for the data of a comparison: their logs of the key, and the readings of leaders with the
 * user's own module. `compare` covers the key as it is now. `explain` covers one conflict: its writes and
 * what they had seen, even if the key has changed since.
 */
import {fail, type Result, succeed} from '../base/failure.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import {listed} from '../base/list.ts';
import type {Target} from '../command/action.ts';
import type {Op} from '../core/log/op.ts';
import {
  compareDots,
  type Dot,
  EMPTY,
  merge,
  sameDot,
  showDot,
  type VersionVector,
} from '../core/log/version-vector.ts';
import {type Compared, compare} from '../history/compare.ts';
import type {Comparison, ResolverReading, ServerReading} from '../history/comparison.ts';
import type {Conflict} from '../history/conflict.ts';
import type {Cluster} from '../port/cluster.ts';
import type {ClusterView, LeaderView} from '../port/view.ts';
import {showJson} from '../report/words/show-value.ts';
import {readingsOf} from './diff.ts';
import {liveLeaders} from './places.ts';

/**
 * Compares what every resolver makes of the key as it is now. `undefined`: no live leader answers.
 * `no-write`: no live leader has a write to the key. `deleted`: all writes to the key are deletes.
 */
export async function compareKey(
  cluster: Cluster,
  key: Key,
): Promise<Result<Comparison | 'no-write' | 'deleted' | undefined>> {
  const read = await logsOf(cluster, key, liveLeaders(cluster.view()));
  return read.ok ? succeed(await compareLogs(cluster, key, read.value)) : read;
}

async function compareLogs(
  cluster: Cluster,
  key: Key,
  logs: Compared['logs'],
): Promise<Comparison | 'no-write' | 'deleted' | undefined> {
  if (logs.length === 0) return undefined;
  const writes = logs.flatMap(({ops}) => ops.flatMap(op => op.writes.filter(write => write.key === key)));
  if (writes.every(({type}) => type === 'del')) return writes.length === 0 ? 'no-write' : 'deleted';
  const view = cluster.view();
  const leaders = liveIn(view);
  const customs = leaders.filter(({resolver}) => resolver.name === 'custom').map(({id}) => id);
  return compare({
    key,
    logs,
    ...situation(view),
    isAcknowledged: acknowledgedOn(key, view),
    servers: cluster.serverReadings?.(key),
    custom: await customReadings(cluster, key, customs),
  });
}

/**
 * Compares what every resolver makes of the writes of one conflict and of what they had seen. Fails if no
 * live leader has one of the writes.
 */
export async function compareConflict(cluster: Cluster, conflict: Conflict): Promise<Result<Comparison>> {
  const {key, writes, decisions} = conflict;
  const upTo = writes.reduce((all, {dot, after}) => merge(merge(all, after), {[dot.origin]: dot.seq}), EMPTY);
  const read = await logsOf(cluster, key, liveLeaders(cluster.view()), upTo);
  if (!read.ok) return read;
  const logs = read.value;
  const missing = writes
    .filter(({dot}) => !logs.some(({ops}) => ops.some(op => sameDot(op.dot, dot))))
    .map(({dot}) => dot);
  if (missing.length > 0) return fail('missing', `no live leader has ${listed(missing.map(showDot))}`);
  const isAcknowledged = (dot: Dot): boolean =>
    writes.some(write => write.acknowledged && sameDot(write.dot, dot));
  const custom = Object.entries(decisions).filter(([, {resolver}]) => resolver === 'custom');
  const comparison = compare({
    key,
    logs,
    ...situation(cluster.view()),
    inUse: new Set(Object.values(decisions).map(({resolver}) => resolver)),
    isAcknowledged,
    // Where servers decide, these are their decisions on this conflict: their tables may hold later writes
    // now.
    servers: cluster.serverReadings?.(key) === undefined ? undefined : serversIn(decisions),
    custom: Object.fromEntries(
      custom.map(([leader, {shows, lost}]) => [leader, {reading: shows, lost: lost.filter(isAcknowledged)}]),
    ),
  });
  return succeed(comparison);
}

const serversIn = (decisions: Conflict['decisions']): {readonly [leader: LeaderId]: ServerReading} =>
  Object.fromEntries(
    Object.entries(decisions).map(([leader, {shows, lost, why}]) => [leader, {reading: shows, lost, why}]),
  );

const liveIn = (view: ClusterView): readonly LeaderView[] =>
  view.leaders.filter(({id}) => liveLeaders(view).includes(id));

function situation(view: ClusterView): Pick<Compared, 'inUse' | 'isHalting' | 'halted' | 'order'> {
  const leaders = liveIn(view);
  const inUse = new Set(leaders.map(({resolver}) => resolver.name));
  const halted = Object.fromEntries(leaders.map(({id, halted}) => [id, halted.map(({dot}) => dot)]));
  return {inUse, isHalting: inUse.has('halt'), halted, order: priorityOrder(view)};
}

/**
 * The whole logs of the leaders that answered. Without `key`, they hold the operations on all keys. `upTo`
 * leaves out the operations that it does not cover. Fails if a log is too long, because a judgement on a part
 * of a log may be wrong.
 */
export async function logsOf(
  cluster: Cluster,
  key: Key | undefined,
  leaders: readonly LeaderId[],
  upTo?: VersionVector,
): Promise<Result<readonly {readonly leader: LeaderId; readonly ops: readonly Op[]}[]>> {
  const [first] = leaders;
  if (first === undefined) return succeed([]);
  const at: Target = {type: 'leaders', leaders};
  const {result} = await cluster.execute(
    {type: 'log', key, at, isWhole: true, ...(upTo === undefined ? {} : {upTo})},
    first,
  );
  if (result?.type !== 'log') return succeed([]);
  const {ops, older = {}} = result;
  const [tooLong] = leaders.filter(leader => older[leader] !== undefined);
  if (tooLong !== undefined) return fail('log-too-long', tooLongReason(tooLong, key));
  return succeed(
    leaders.flatMap(leader => {
      const log = ops[leader];
      return log === undefined || 'error' in log ? [] : [{leader, ops: log}];
    }),
  );
}

const tooLongReason = (leader: LeaderId, key: Key | undefined): string =>
  `${leader} has too many operations${key === undefined ? '' : ` on ${showJson(key)}`} to judge them all`;

/** The order of the `priority` resolver in use; if none is in use, the order of the leaders. */
function priorityOrder({leaders, resolver}: ClusterView): readonly LeaderId[] {
  const used = [resolver, ...leaders.map(one => one.resolver)].find(spec => spec.name === 'priority');
  return used?.name === 'priority' ? used.order : leaders.map(({id}) => id);
}

/**
 * Every write in a live leader's log counts as acknowledged, except those that the conflict log knows better.
 */
function acknowledgedOn(key: Key, {conflicts}: ClusterView): Compared['isAcknowledged'] {
  const writes = conflicts.filter(conflict => conflict.key === key).flatMap(conflict => conflict.writes);
  const unacknowledged = new Set(
    writes.filter(({acknowledged}) => !acknowledged).map(({dot}) => showDot(dot)),
  );
  return dot => !unacknowledged.has(showDot(dot));
}

async function customReadings(
  cluster: Cluster,
  key: Key,
  leaders: readonly LeaderId[],
): Promise<{[leader: LeaderId]: ResolverReading}> {
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

/** The acknowledged writes that this leader itself reported as lost. */
function lostAt(leader: LeaderId, key: Key, {conflicts}: ClusterView): readonly Dot[] {
  const lost = conflicts
    .filter(conflict => conflict.key === key)
    .flatMap(({decisions, writes}) =>
      writes.filter(({dot, acknowledged}) => acknowledged && includes(decisions[leader]?.lost, dot)),
    )
    .map(({dot}) => [showDot(dot), dot] as const);
  return [...new Map(lost).values()].sort(compareDots);
}

const includes = (dots: readonly Dot[] | undefined, dot: Dot): boolean =>
  dots?.some(other => sameDot(other, dot)) ?? false;
