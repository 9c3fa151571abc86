/**
 * Views of clusters that never ran, for drawing: a cluster that just started, one in trouble, and the parts
 * that other views are made of.
 */
import {key, leaderId, linkId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import type {Dot, VersionVector} from '../../src/core/log/version-vector.ts';
import type {Reading} from '../../src/core/state/reading.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import type {Conflict} from '../../src/history/conflict.ts';
import type {ClusterView, InFlight, KeyView, LeaderView, LinkView} from '../../src/port/view.ts';

export const T0 = Date.UTC(2026, 2, 1, 12, 0, 0);

export const value = (json: Json): Reading => ({type: 'value', value: json});
export const dot = (origin: string, seq: number): Dot => ({origin: leaderId(origin), seq});
export const vector = (entries: {[origin: string]: number}): VersionVector => entries as VersionVector;

export function shows(
  name: string,
  reading: Reading,
  changedAtMs: number,
  by?: Dot,
  frontierSize = 1,
): KeyView {
  return {key: key(name), reading, frontierSize, changedAtMs, ...(by === undefined ? {} : {dot: by})};
}

export function leader(id: string, keys: readonly KeyView[], change: Partial<LeaderView> = {}): LeaderView {
  return {
    id: leaderId(id),
    status: 'up',
    sinceMs: T0,
    resolver: {name: 'lww'},
    clockOffsetMs: 0,
    driftPpm: 0,
    halted: [],
    buffered: 0,
    vv: vector({us: 12, eu: 9, ap: 4}),
    hlc: {wallMs: T0 + 190_042, logical: 1},
    opCount: 25,
    keyCount: keys.length,
    keys,
    behind: 0,
    refused: 0,
    ...change,
  };
}

export function link(
  from: string,
  to: string,
  latencyMs: number,
  change: Partial<LinkView> & {rule?: LinkRule} = {},
): LinkView {
  const [a, b] = [leaderId(from), leaderId(to)];
  return {
    id: linkId(a, b),
    from: a,
    to: b,
    connection: 'open',
    rule: {...CLEAR_RULE, latencyMs},
    ruleSinceMs: T0,
    faulty: false,
    waiting: 0,
    inFlight: [],
    held: 0,
    delivered: 120,
    dropped: 0,
    byFault: {},
    marks: [],
    ...change,
  };
}

export const both = (a: string, b: string, latencyMs: number, change: Partial<LinkView> = {}): LinkView[] => [
  link(a, b, latencyMs, change),
  link(b, a, latencyMs, change),
];

const cut = (latencyMs: number): LinkRule => ({...CLEAR_RULE, cut: true, latencyMs});

export function conflict(id: number, name: string, change: Partial<Conflict> = {}): Conflict {
  const at = T0 + 180_000 + id * 1000;
  const decision = {resolver: 'lww' as const, shows: value('B'), lost: [dot('us', 8)], why: ''};
  return {
    id,
    key: key(name),
    relation: 'concurrent',
    kind: 'set/set',
    detectedAtMs: at,
    writes: [
      {
        dot: dot('us', 8),
        intent: 'set',
        summary: 'set "A"',
        value: 'A',
        wallMs: at - 100,
        receivedAtMs: at,
        hlc: {wallMs: at - 100, logical: 0},
        after: {},
        acknowledged: true,
      },
      {
        dot: dot('eu', 9),
        intent: 'set',
        summary: 'set "B"',
        value: 'B',
        wallMs: at - 95,
        receivedAtMs: at,
        hlc: {wallMs: at - 95, logical: 0},
        after: {},
        acknowledged: true,
      },
    ],
    sides: change.writes?.map(write => write.dot) ?? [dot('eu', 9), dot('us', 8)],
    instead: [],
    decisions: {
      [leaderId('us')]: {...decision, learnedAtMs: at + 48, atMs: at + 48},
      [leaderId('eu')]: {...decision, learnedAtMs: at, atMs: at},
    },
    lost: [dot('us', 8)],
    torn: [],
    why: 'eu:9 wins: written 5 ms later, by its own clock, than us:8',
    ...change,
  };
}

/** The parts of a view that say that nothing happens. */
const QUIET = {
  forward: 'own',
  loopguard: true,
  delivery: 'fifo',
  ack: 'local',
  lags: [],
  traffic: {lastSecond: {accepted: 0, sent: 0, redundant: 0}, total: {accepted: 0, sent: 0, redundant: 0}},
  activities: [],
} as const;

export const base = (
  leaders: readonly LeaderView[],
  links: readonly LinkView[],
  change: Partial<ClusterView> = {},
): ClusterView => ({
  engine: 'native',
  startedAtMs: T0,
  topology: {name: 'mesh'},
  resolver: {name: 'lww'},
  ...QUIET,
  leaders,
  clocks: [],
  acknowledged: {},
  acknowledgedTwice: [],
  reusedDots: [],
  links,
  conflicts: [],
  conflictCount: 0,
  lostCount: 0,
  notices: [],
  convergence: {type: 'converged', live: leaders.filter(({status}) => status === 'up').length},
  opsPerSecond: 0,
  ...change,
});

/** Just started: three leaders, nothing written. */
export const emptyView = (): ClusterView =>
  base(
    ['us', 'eu', 'ap'].map(id => leader(id, [], {vv: {}, opCount: 0, hlc: {wallMs: 0, logical: 0}})),
    [...both('us', 'eu', 45), ...both('eu', 'ap', 90), ...both('us', 'ap', 75)],
  );

/** A dead leader, a cut link with a queue, conflicts, messages under way. */
export function troubledView(nowMs: number): ClusterView {
  const keys = (title: string, by: Dot, stock: number): KeyView[] => [
    shows('title', value(title), nowMs - 300, by),
    shows('cart', value(['milk', 'eggs']), nowMs - 9000, dot('eu', 3)),
    shows('stock', value(stock), nowMs - 20_000, dot('ap', 4), stock === 41 ? 2 : 1),
    shows('user:1001', value({name: 'Ada', roles: ['admin']}), nowMs - 30_000, dot('us', 2)),
  ];
  const flight = (direction: InFlight['direction'], part: number): InFlight => ({
    direction,
    sentAtMs: nowMs - part * 900,
    dueAtMs: nowMs + (1 - part) * 900,
    faults: [],
  });
  const conflicts = [
    conflict(1, 'cart', {kind: 'sadd/sadd', lost: [], decisions: {}, why: 'both elements are kept'}),
    conflict(2, 'stock', {kind: 'incr/incr', lost: [dot('ap', 4)]}),
    conflict(3, 'title'),
  ];
  return base(
    [
      leader('us', keys('B', dot('eu', 9), 41)),
      leader('eu', keys('B', dot('eu', 9), 41), {behind: 3, vv: vector({us: 9, eu: 9, ap: 4})}),
      leader('ap', keys('A', dot('us', 8), 44).slice(0, 3), {
        status: 'down',
        cause: 'killed',
        sinceMs: nowMs - 12_400,
        behind: 7,
        vv: vector({us: 9, eu: 5, ap: 4}),
      }),
    ],
    [
      link('us', 'eu', 45, {
        rule: cut(45),
        faulty: true,
        ruleSinceMs: nowMs - 12_000,
        waiting: 31,
        dropped: 14,
      }),
      link('eu', 'us', 45, {rule: cut(45), faulty: true, ruleSinceMs: nowMs - 12_000}),
      ...both('us', 'ap', 75, {connection: 'connecting'}),
      link('eu', 'ap', 90, {inFlight: [flight('forth', 0.3), flight('back', 0.6)]}),
      link('ap', 'eu', 90),
    ],
    {
      conflicts,
      conflictCount: 3,
      lostCount: 2,
      opsPerSecond: 24,
      lag: {p50Ms: 48, p99Ms: 93},
      convergence: {type: 'diverged', live: 2, missingOps: 3},
      startedAtMs: nowMs - 192_000,
    },
  );
}
