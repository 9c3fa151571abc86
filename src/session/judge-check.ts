/**
 * Judges a check: what it expects, what the cluster shows, at which leader, and the reason if the conflict
 * log knows it.
 *
 * The leaders themselves answer what they read. Reports fill the conflict log, and they may still be under
 * way when a write has been acknowledged. So checks on the log measure the cluster first and wait a moment
 * for late reports.
 */
import {assertNever} from '../base/assert.ts';
import {FailureError} from '../base/failure.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import {jsonEquals} from '../base/json.ts';
import type {Check, Comparison, Target} from '../command/action.ts';
import {showCheck, showDuration} from '../command/index.ts';
import {showDot} from '../core/log/version-vector.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import {showResolver} from '../core/resolvers/spec.ts';
import type {Reading} from '../core/state/reading.ts';
import {isConcurrent, reasonOf} from '../history/conflict.ts';
import type {ClientStep} from '../history/guarantees.ts';
import type {Cluster, EngineResult, Status} from '../port/cluster.ts';
import type {ClusterView} from '../port/view.ts';
import {showMs} from '../report/words/show-time.ts';
import {showJson, showReading} from '../report/words/show-value.ts';
import {difference, poll, pollConvergence} from './convergence.ts';
import {readingsDiffer, readingsOf} from './diff.ts';
import {judgeHistory} from './history-check.ts';
import {liveLeaders} from './places.ts';
import type {CheckResult} from './session-result.ts';

/** How long a report of a conflict may take to reach the log. */
const REPORT_MS = 1000;

/**
 * Searches random histories under a resolver, and returns the first breach in words; undefined if it finds
 * none. Throws a `FailureError` if the module cannot be used.
 */
export type Search = (
  resolver: ResolverSpec,
  seeds: number,
  signal: AbortSignal,
) => Promise<string | undefined>;

export interface Judging {
  readonly cluster: Cluster;
  readonly focused: LeaderId;
  /** How the previous command ended. */
  readonly previous: Status | undefined;
  /** What this session's client did, oldest first. */
  readonly steps: readonly ClientStep[];
  /** The longest time to wait until the check holds, even if the check itself allows more. */
  readonly limitMs: number;
  readonly search: Search | undefined;
  readonly signal: AbortSignal;
}

/** The verdict; `undefined` when it was interrupted before there was one. */
export async function judge(check: Check, by: Judging): Promise<CheckResult | undefined> {
  switch (check.type) {
    case 'get':
    case 'siblings':
      return judgeReadings(check, by);
    case 'converged':
      return judgeConverged(check.withinMs, by);
    case 'diverged':
      return check.key === undefined ? judgeDiverged(by) : judgeKeyDiverged(check.key, by);
    case 'conflicts':
    case 'lost':
      return judgeCount(check, by);
    case 'up':
    case 'down':
      return judgeStatus(check, by);
    case 'lag':
    case 'messages-per-op':
      return judgeFigure(check, by);
    case 'history':
      return judgeHistory(check.property, by);
    case 'fuzz':
      return judgeSearch(check.seeds, by);
    case 'outcome': {
      const seen = by.previous ?? 'no earlier command';
      return {type: 'check', holds: seen === check.expected, expected: showCheck(check), seen};
    }
    default:
      return assertNever(check);
  }
}

async function judgeSearch(
  seeds: number,
  {cluster, search, signal}: Judging,
): Promise<CheckResult | undefined> {
  const {resolver} = cluster.view();
  const expected = `nothing found in ${seeds} random histories under ${showResolver(resolver)}`;
  if (search === undefined)
    return {type: 'check', holds: false, expected, seen: 'this session cannot search'};
  try {
    const found = await search(resolver, seeds, signal);
    if (signal.aborted) return undefined;
    return {type: 'check', holds: found === undefined, expected, seen: found ?? 'nothing found'};
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return {type: 'check', holds: false, expected, seen: error.failure.message};
  }
}

type Values = Extract<EngineResult, {type: 'values'}>['values'];

async function judgeReadings(
  check: Extract<Check, {type: 'get' | 'siblings'}>,
  {cluster, focused}: Judging,
): Promise<CheckResult> {
  const outcome = await cluster.execute({type: 'read', key: check.key, at: check.at}, focused);
  const expected = showCheck(check);
  if (outcome.result?.type !== 'values') {
    return {
      type: 'check',
      holds: false,
      expected,
      seen: outcome.status === 'ok' ? 'no answer' : outcome.failure.message,
    };
  }
  const readings = Object.entries(outcome.result.values) as [LeaderId, Values[LeaderId]][];
  const wrong = readings.find(
    ([, reading]) => reading === undefined || reading.type === 'error' || !isAsExpected(check, reading),
  );
  if (wrong === undefined)
    return {type: 'check', holds: readings.length > 0, expected, seen: showSeen(check, readings[0]?.[1])};
  const [at, reading] = wrong;
  // A leader may have answered before it reported the conflict behind its answer.
  await cluster.measure();
  const why = whyOf(check.key, at, cluster);
  const verdict: CheckResult = {type: 'check', holds: false, expected, seen: showSeen(check, reading), at};
  return why === undefined ? verdict : {...verdict, why};
}

function isAsExpected(check: Extract<Check, {type: 'get' | 'siblings'}>, reading: Reading): boolean {
  if (check.type === 'siblings') return compares(countOf(reading), check.compare, check.count);
  if ('absent' in check.expected) return reading.type === 'absent';
  return reading.type === 'value' && jsonEquals(reading.value, check.expected.value);
}

function showSeen(check: Check, reading: Values[LeaderId] | undefined): string {
  if (reading === undefined) return 'no answer';
  if (reading.type === 'error') return reading.error;
  return check.type === 'siblings' ? `${countOf(reading)}: ${showReading(reading)}` : showReading(reading);
}

/** How many values a reader sees. */
function countOf(reading: Reading): number {
  if (reading.type === 'siblings') return reading.siblings.length;
  return reading.type === 'value' ? 1 : 0;
}

/** The reason of the latest conflict on the key; that leader's own reason if it decided the conflict. */
function whyOf(key: Key, at: LeaderId, cluster: Cluster): string | undefined {
  const conflict = cluster.view().conflicts.findLast(candidate => candidate.key === key);
  if (conflict === undefined) return undefined;
  const decision = conflict.decisions[at];
  return `conflict ${conflict.id}: ${decision === undefined ? conflict.why : reasonOf(decision)}`;
}

async function judgeConverged(
  withinMs: number,
  {cluster, limitMs, signal}: Judging,
): Promise<CheckResult | undefined> {
  const waited = await pollConvergence(cluster, Math.min(withinMs, limitMs), signal);
  if (waited.type === 'interrupted') return undefined;
  const expected = withinMs === 0 ? 'converged' : `converged within ${showDuration(withinMs)}`;
  if (waited.type === 'held')
    return {type: 'check', holds: true, expected, seen: `converged after ${waited.ms} ms`};
  return {type: 'check', holds: false, expected, seen: waited.seen};
}

async function judgeDiverged({cluster}: Judging): Promise<CheckResult> {
  const seen = difference(await cluster.measure(), cluster.view());
  return {
    type: 'check',
    holds: seen !== undefined,
    expected: 'diverged',
    seen: seen ?? 'all live leaders hold and show the same',
  };
}

async function judgeKeyDiverged(key: Key, {cluster, focused}: Judging): Promise<CheckResult> {
  const at: Target = {type: 'leaders', leaders: liveLeaders(cluster.view())};
  const readings = await readingsOf(cluster, key, at, focused);
  const seen = Object.entries(readings).map(([id, reading]) => `${id} ${showReading(reading)}`);
  return {
    type: 'check',
    holds: readingsDiffer(readings),
    expected: showCheck({type: 'diverged', key}),
    seen: seen.length === 0 ? 'no leader answers' : seen.join(', '),
  };
}

type CountCheck = Extract<Check, {type: 'conflicts' | 'lost'}>;

async function judgeCount(check: CountCheck, by: Judging): Promise<CheckResult | undefined> {
  const {cluster, limitMs, signal} = by;
  const ask = async () => {
    await cluster.measure();
    const count = countInLog(check, cluster);
    return compares(count, check.compare, check.count) ? undefined : String(count);
  };
  const waited = await poll(ask, Math.min(REPORT_MS, limitMs), cluster.clock, signal);
  if (waited.type === 'interrupted') return undefined;
  const seen = waited.type === 'held' ? String(countInLog(check, cluster)) : waited.seen;
  const why = waited.type === 'held' ? undefined : logInWords(check, cluster);
  const verdict: CheckResult = {
    type: 'check',
    holds: waited.type === 'held',
    expected: showCheck(check),
    seen,
  };
  return why === undefined ? verdict : {...verdict, why};
}

function countInLog({type, key}: CountCheck, cluster: Cluster): number {
  const {conflicts, conflictCount, lostCount} = cluster.view();
  if (key === undefined) return type === 'conflicts' ? conflictCount : lostCount;
  const onKey = conflicts.filter(conflict => conflict.key === key);
  return type === 'conflicts'
    ? onKey.filter(isConcurrent).length
    : new Set(onKey.flatMap(({lost}) => lost.map(showDot))).size;
}

/** The latest conflict that was counted, if there is one. */
function logInWords({type, key}: CountCheck, cluster: Cluster): string | undefined {
  const latest = cluster
    .view()
    .conflicts.findLast(
      conflict =>
        (key === undefined || conflict.key === key) &&
        (type === 'lost' ? conflict.lost.length > 0 : isConcurrent(conflict)),
    );
  return latest === undefined ? undefined : `conflict ${latest.id} on ${showJson(latest.key)}: ${latest.why}`;
}

type FigureCheck = Extract<Check, {type: 'lag' | 'messages-per-op'}>;

/** A figure that cannot be measured does not hold: nothing was replicated that it could describe. */
async function judgeFigure(
  check: FigureCheck,
  {cluster, limitMs, signal}: Judging,
): Promise<CheckResult | undefined> {
  const ask = async () => {
    await cluster.measure();
    const figure = figureOf(check, cluster.view());
    return figure !== undefined && compares(figure, check.compare, limitOf(check))
      ? undefined
      : showFigure(check, figure);
  };
  const waited = await poll(ask, Math.min(REPORT_MS, limitMs), cluster.clock, signal);
  if (waited.type === 'interrupted') return undefined;
  const holds = waited.type === 'held';
  const seen = holds ? showFigure(check, figureOf(check, cluster.view())) : waited.seen;
  return {type: 'check', holds, expected: showCheck(check), seen};
}

const limitOf = (check: FigureCheck): number => (check.type === 'lag' ? check.ms : check.count);

function figureOf(check: FigureCheck, {lag, traffic}: ClusterView): number | undefined {
  if (check.type === 'lag') return check.percentile === 'p50' ? lag?.p50Ms : lag?.p99Ms;
  return traffic.total.accepted === 0 ? undefined : traffic.total.sent / traffic.total.accepted;
}

function showFigure({type}: FigureCheck, figure: number | undefined): string {
  if (figure !== undefined) return type === 'lag' ? showMs(figure) : String(Math.round(figure * 100) / 100);
  return type === 'lag'
    ? 'nothing was measured: no operation reached another leader in the last 10 s'
    : 'nothing was measured: no operation was accepted since the topology changed';
}

function judgeStatus(check: Extract<Check, {type: 'up' | 'down'}>, {cluster}: Judging): CheckResult {
  const found = cluster.view().leaders.find(({id}) => id === check.leader);
  const seen = found?.status ?? 'no such leader';
  const verdict: CheckResult = {
    type: 'check',
    holds: seen === check.type,
    expected: showCheck(check),
    seen,
    at: check.leader,
  };
  return found?.cause === undefined || verdict.holds ? verdict : {...verdict, why: found.cause};
}

function compares(a: number, compare: Comparison, b: number): boolean {
  switch (compare) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      return assertNever(compare);
  }
}
