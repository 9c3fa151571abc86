/**
 * Convergence: all live leaders hold the same operations and show the same values. It is measured at the
 * leaders, not derived from their last reports.
 */
import {listed} from '../base/list.ts';
import {
  merge,
  missing,
  origins,
  sameVector,
  seqOf,
  showDotRange,
  type VersionVector,
} from '../core/log/version-vector.ts';
import type {Clock, Cluster, Measurement} from '../port/cluster.ts';
import type {ClusterView} from '../port/view.ts';
import {count} from '../report/words/count.ts';
import {showJson, showReading} from '../report/words/show-value.ts';
import {convergenceBlockers} from './convergence-blockers.ts';
import {diffKeys, type KeyDiff} from './diff.ts';
import {liveLeaders} from './places.ts';

const POLL_MS = 25;
const KEYS_SHOWN = 3;

/** Why the live leaders have not converged, by leader; `undefined` if they have. */
export function difference(measured: Measurement, view: ClusterView): string | undefined {
  const live = liveLeaders(view);
  if (live.length === 0) return 'no leader is up';
  const silent = live.filter(id => measured.leaders[id] === undefined);
  if (silent.length > 0) return silent.map(id => `${id} does not answer`).join(', ');
  const found = live.flatMap(id => {
    const of = measured.leaders[id];
    return of === undefined ? [] : [{id, ...of}];
  });
  const everything = found.reduce<VersionVector>((all, {vv}) => merge(all, vv), {});
  const lacking = found.filter(({vv}) => !sameVector(vv, everything));
  if (lacking.length > 0)
    return lacking.map(({id, vv}) => `${id} lacks ${showMissing(everything, vv)}`).join(', ');
  if (new Set(found.map(({digest}) => digest)).size === 1) return undefined;
  return `${listed(found.map(({id}) => id))} hold the same operations and show different values`;
}

/** `us:4-6 eu:2 (4 operations)`. */
function showMissing(all: VersionVector, vv: VersionVector): string {
  const ranges = origins(all)
    .sort()
    .filter(origin => seqOf(vv, origin) < seqOf(all, origin))
    .map(origin => showDotRange(origin, seqOf(vv, origin) + 1, seqOf(all, origin)));
  return `${ranges.join(' ')} (${count(missing(all, vv), 'operation')})`;
}

export type Waited =
  | {readonly type: 'held'; readonly ms: number}
  /** `seen` is the state when the time was over. */
  | {readonly type: 'not-held'; readonly seen: string}
  | {readonly type: 'interrupted'};

/**
 * Calls `ask` again and again until it finds no problem or the time is over. It asks at least once, and a
 * last time at the end, so a limit of 0 means now.
 */
export async function poll(
  ask: () => Promise<string | undefined>,
  withinMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Waited> {
  const start = clock.nowMs();
  for (;;) {
    const problem = await ask();
    const ms = clock.nowMs() - start;
    if (problem === undefined) return {type: 'held', ms};
    if (signal.aborted) return {type: 'interrupted'};
    if (ms >= withinMs) return {type: 'not-held', seen: problem};
    await clock.sleep(Math.min(POLL_MS, withinMs - ms), signal);
  }
}

/**
 * Waits for convergence. If the time ends first, `seen` says which operations each leader lacks, what keeps
 * the leaders from converging, and which keys they read differently.
 */
export async function pollConvergence(
  cluster: Cluster,
  withinMs: number,
  signal: AbortSignal,
): Promise<Waited> {
  let why: readonly string[] = [];
  const ask = async () => {
    const measured = await cluster.measure();
    const view = cluster.view();
    why = convergenceBlockers(measured, view, withinMs);
    return difference(measured, view);
  };
  const waited = await poll(ask, withinMs, cluster.clock, signal);
  if (waited.type !== 'not-held') return waited;
  const keys = await diffKeys(cluster);
  return {...waited, seen: [waited.seen, ...why, ...(keys.length === 0 ? [] : [showDiff(keys)])].join('; ')};
}

function showDiff(keys: readonly KeyDiff[]): string {
  const shown = keys.slice(0, KEYS_SHOWN).map(({key, readings}) => {
    const sides = Object.entries(readings).map(([id, reading]) => `${id} ${showReading(reading)}`);
    return `${showJson(key)} reads ${sides.join(', ')}`;
  });
  return [...shown, ...(keys.length > KEYS_SHOWN ? [`and ${keys.length - KEYS_SHOWN} more keys`] : [])].join(
    '; ',
  );
}
