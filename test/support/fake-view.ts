/**
 * The leaders of the fake cluster, and their state as the view of a cluster shows it.
 */
import {type Key, type LeaderId, type LinkId, linkEnds} from '../../src/base/ids.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import {HLC_ZERO} from '../../src/core/log/hybrid-clock.ts';
import {OpLog} from '../../src/core/log/log.ts';
import {effectOf, type Write} from '../../src/core/log/op.ts';
import {compareDots, merge, missing, showDot, type VersionVector} from '../../src/core/log/version-vector.ts';
import {offsetAt} from '../../src/core/log/wall-clock.ts';
import {type ResolverSpec, resolverOf} from '../../src/core/resolvers/registry.ts';
import {clockOf, type Settings} from '../../src/engines/shared/model/cluster-settings.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import type {Conflict, ConflictWrite} from '../../src/history/conflict.ts';
import type {LeaderStatus, LeaderView, LinkView} from '../../src/port/view.ts';

/** A leader of the fake cluster: the real log and fold, without a process. */
export interface FakeLeader {
  readonly id: LeaderId;
  status: LeaderStatus;
  readonly log: OpLog;
  fold: Fold;
  resolver: ResolverSpec;
}

export const newLeader = (id: LeaderId): FakeLeader => ({
  id,
  status: 'up',
  log: new OpLog(),
  fold: new Fold(resolverOf({name: 'lww'}), []),
  resolver: {name: 'lww'},
});

/** The view of a cluster in which nothing special happens. */
export const QUIET = {
  forward: 'own',
  loopguard: true,
  delivery: 'fifo',
  ack: 'local',
  acknowledged: {},
  acknowledgedTwice: [],
  reusedDots: [],
  lags: [],
  traffic: {lastSecond: {accepted: 0, sent: 0, redundant: 0}, total: {accepted: 0, sent: 0, redundant: 0}},
  activities: [],
} as const;

/** A leader as the view shows it. `leaders`: all leaders. */
export function leaderView(
  {id, status, log, fold, resolver}: FakeLeader,
  {leaders, clocks, nowMs}: {leaders: readonly FakeLeader[]; clocks: Settings; nowMs: number},
): LeaderView {
  const all = leaders
    .filter(other => other.status === 'up')
    .reduce<VersionVector>((vv, other) => merge(vv, other.log.vv), {});
  return {
    id,
    status,
    ...(status === 'up' ? {} : {cause: status === 'down' ? 'killed' : 'paused'}),
    sinceMs: 0,
    resolver,
    vv: log.vv,
    hlc: HLC_ZERO,
    opCount: log.arrivals.length,
    keyCount: fold.keyCount,
    keys: [],
    behind: missing(all, log.vv),
    refused: 0,
    clockOffsetMs: offsetAt(clockOf(clocks, id), nowMs),
    driftPpm: clockOf(clocks, id).driftPpm,
    halted: [],
    buffered: 0,
  };
}

/** A link as the view shows it. */
export function linkView(id: LinkId, rule: LinkRule): LinkView {
  const faulty = JSON.stringify(rule) !== JSON.stringify(CLEAR_RULE);
  const counters = {waiting: 0, inFlight: [], held: 0, delivered: 0, dropped: 0, byFault: {}, marks: []};
  return {id, ...linkEnds(id), connection: 'open', rule, ruleSinceMs: 0, faulty, ...counters};
}

/** Adds a conflict on this key to `conflicts`, or adds the leader's decision to a known conflict. */
export function noteConflict(
  conflicts: Map<string, Conflict>,
  {id, fold, resolver}: FakeLeader,
  key: Key,
  nowMs: number,
): void {
  const found = fold.conflictOn(key);
  if (found === undefined || found.frontier.members.length < 2) return;
  const writes = [...found.frontier.members].sort((a, b) => compareDots(a.dot, b.dot));
  const name = `${key} ${writes.map(({dot}) => showDot(dot)).join(' ')}`;
  const [lost, why] = [fold.lost(key), fold.explain(key)];
  const known = conflicts.get(name);
  const kinds = writes.map(({change}) => change.type).sort();
  conflicts.set(name, {
    id: known?.id ?? conflicts.size + 1,
    key,
    relation: 'concurrent',
    kind: kinds.join('/'),
    detectedAtMs: known?.detectedAtMs ?? nowMs,
    writes: writes.map(write => conflictWrite(write, nowMs)),
    sides: writes.map(({dot}) => dot),
    instead: [],
    decisions: {
      ...known?.decisions,
      [id]: {
        resolver: resolver.name,
        shows: found.reading,
        learnedAtMs: nowMs,
        atMs: nowMs,
        lost,
        why,
      },
    },
    lost,
    torn: [],
    why,
  });
}

function conflictWrite({dot, after, change, wallMs, hlc}: Write, heardAtMs: number): ConflictWrite {
  const value = effectOf(change);
  const summary = value === undefined ? 'del' : `${change.type} ${JSON.stringify(value)}`;
  return {
    dot,
    intent: change.type,
    summary,
    ...(value === undefined ? {} : {value}),
    wallMs,
    heardAtMs,
    hlc,
    after,
    acknowledged: true,
  };
}
