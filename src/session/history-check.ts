/**
 * `expect history …`: judges the history so far by the logs of the leaders that answer, and by the writes and
 * reads of this session's client.
 */
import {assertNever} from '../base/assert.ts';
import type {LeaderId} from '../base/ids.ts';
import {listed} from '../base/list.ts';
import type {HistoryProperty} from '../command/action.ts';
import type {Op} from '../core/log/op.ts';
import {type Dot, EMPTY, merge, origins, seqOf, showDot, showDotRange} from '../core/log/version-vector.ts';
import {type ClientStep, causalBreach, type LeaderLog, sessionBreach} from '../history/guarantees.ts';
import {type ReusedDot, reusedIn, reusedInWords} from '../history/reused-dots.ts';
import type {Cluster, EngineResult} from '../port/cluster.ts';
import {logsOf} from './compare-key.ts';
import {liveLeaders} from './places.ts';
import type {CheckResult} from './session-result.ts';

/**
 * What a client knows of its own write or read; undefined if the result is not a write or a read, or failed.
 */
export function clientStep(result: EngineResult): ClientStep | undefined {
  if (result.type === 'writes') {
    const writes = result.writes.flatMap(({leader, status, dot}) =>
      status === 'ok' && dot !== undefined ? [{leader, dot}] : [],
    );
    return writes.length === 0 ? undefined : {type: 'wrote', writes};
  }
  if (result.type !== 'values') return undefined;
  const at = Object.entries(result.applied).map(([leader, vv]) => ({leader: leader as LeaderId, vv}));
  return at.length === 0 ? undefined : {type: 'read', key: result.key, at};
}

export async function judgeHistory(
  property: HistoryProperty,
  {cluster, steps}: {readonly cluster: Cluster; readonly steps: readonly ClientStep[]},
): Promise<CheckResult> {
  const breach = await breachOf(property, cluster, steps);
  return {
    type: 'check',
    holds: breach === undefined,
    expected: `history ${property}`,
    seen: breach ?? 'it holds',
  };
}

async function breachOf(
  property: HistoryProperty,
  cluster: Cluster,
  steps: readonly ClientStep[],
): Promise<string | undefined> {
  switch (property) {
    case 'causal':
      return judged(cluster, causalBreach);
    case 'session':
      return judged(cluster, logs => sessionBreach(steps, allOps(logs)));
    case 'no-lost-acked-write':
      return lossOf(cluster);
    default:
      return assertNever(property);
  }
}

/** The breach in the logs of all live leaders, or why it is unknown. */
async function judged(
  cluster: Cluster,
  breach: (logs: readonly LeaderLog[]) => string | undefined,
): Promise<string | undefined> {
  const logs = await logsOf(cluster, undefined, liveLeaders(cluster.view()));
  return logs.ok ? breach(logs.value) : `unknown: ${logs.failure.message}`;
}

const allOps = (all: readonly LeaderLog[]): readonly Op[] => [
  ...new Map(all.flatMap(({ops}) => ops.map(op => [showDot(op.dot), op] as const))).values(),
];

async function lossOf(cluster: Cluster): Promise<string | undefined> {
  const {leaders} = await cluster.measure();
  const everywhere = Object.values(leaders).reduce((union, {vv}) => merge(union, vv), EMPTY);
  const {acknowledged, acknowledgedTwice, conflicts, lostCount, reusedDots} = cluster.view();
  const gone = origins(acknowledged)
    .sort()
    .filter(origin => seqOf(acknowledged, origin) > seqOf(everywhere, origin))
    .map(origin => showDotRange(origin, seqOf(everywhere, origin) + 1, seqOf(acknowledged, origin)));
  if (gone.length > 0) return `no live leader has ${listed(gone)}`;
  const reused = (await judged(cluster, logs => twiceIn(reusedIn(logs)))) ?? twiceIn(reusedDots);
  if (reused !== undefined) return reused;
  if (acknowledgedTwice.length > 0)
    return (
      `${named(acknowledgedTwice, acknowledgedTwice.length)} acknowledged twice: the first writes are ` +
      'lost'
    );
  if (lostCount === 0) return undefined;
  return `${named(
    conflicts.flatMap(({lost}) => lost),
    lostCount,
  )} acknowledged, and lost to a resolver`;
}

function twiceIn([twice, ...others]: readonly ReusedDot[]): string | undefined {
  if (twice === undefined) return undefined;
  const more = others.length === 0 ? '' : `; ${others.length} more dots also stand for two operations`;
  return `${reusedInWords(twice)}${more}`;
}

const NAMED = 3;

/** Names some of the writes. There can be more writes than dots, because old conflicts are forgotten. */
function named(dots: readonly Dot[], count: number): string {
  const names = [...new Set(dots.map(showDot))].slice(0, NAMED);
  return listed(count > names.length ? [...names, `${count - names.length} more`] : names);
}
