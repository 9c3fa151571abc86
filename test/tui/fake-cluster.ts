/**
 * Views of clusters that never ran, for drawing: a quiet one, one in trouble, one full of hostile text, a
 * large one. And a cluster and a session that stand behind them, so that the whole screen runs without a
 * single process.
 */

import {fail} from '../../src/base/failure.ts';
import {type Key, key, type LeaderId, leaderId, linkId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import type {TopologyName} from '../../src/command/action.ts';
import {parse} from '../../src/command/parse.ts';
import type {Dot, VersionVector} from '../../src/core/log/version-vector.ts';
import type {Reading} from '../../src/core/state/reading.ts';
import {REAL_CLOCK} from '../../src/engines/shared/real-clock.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import type {Conflict} from '../../src/history/conflict.ts';
import type {Clock, Cluster, Outcome} from '../../src/port/cluster.ts';
import type {
  ClusterView,
  InFlight,
  KeyView,
  LeaderStatus,
  LeaderView,
  LinkView,
} from '../../src/port/view.ts';
import type {Entry, Session, SessionResult} from '../../src/session/session-result.ts';
import type {StoryAnswer} from '../../src/tui/model/overlays/conflict-overlay.ts';
import {QUIET} from '../support/fake-view.ts';

export const T0 = Date.UTC(2026, 2, 1, 12, 0, 0);

const value = (json: Json): Reading => ({type: 'value', value: json});
const dot = (origin: string, seq: number): Dot => ({origin: leaderId(origin), seq});
const vector = (entries: {[origin: string]: number}): VersionVector => entries as VersionVector;

function shows(name: string, reading: Reading, changedAtMs: number, by?: Dot, frontierSize = 1): KeyView {
  return {key: key(name), reading, frontierSize, changedAtMs, ...(by === undefined ? {} : {dot: by})};
}

function leader(id: string, keys: readonly KeyView[], change: Partial<LeaderView> = {}): LeaderView {
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

function link(
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

const both = (a: string, b: string, latencyMs: number, change: Partial<LinkView> = {}): LinkView[] => [
  link(a, b, latencyMs, change),
  link(b, a, latencyMs, change),
];

const cut = (latencyMs: number): LinkRule => ({...CLEAR_RULE, cut: true, latencyMs});
const held = (latencyMs: number): LinkRule => ({...CLEAR_RULE, hold: true, latencyMs});

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
        heardAtMs: at,
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
        heardAtMs: at,
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
    why: 'eu:9 wins: its wall clock is 5 ms ahead of us:8, which is lost',
    ...change,
  };
}

const base = (
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

/** Names and values that would break a careless screen. */
export function hostileView(nowMs: number): ClusterView {
  const texts = [
    '\x1b[2J\x1b[31mred\x07',
    '漢字かな交じり文の長い値',
    '👩‍👩‍👧‍👦 family 🇩🇪 🇯🇵',
    'e\u0301\u0301\u0301',
    '\u202eright to left',
    'x'.repeat(3000),
    '\u200b\u200bhidden',
    '\ud800 alone',
    '𝕬𝖇𝖈',
  ];
  const keys = texts.map((text, i) =>
    shows(`${text}`.slice(0, 300), value(text), nowMs - i * 200, dot('us', i + 1), 1 + (i % 3)),
  );
  const siblings: Reading = {
    type: 'siblings',
    siblings: [{dot: dot('us', 1), value: '漢字'}, {dot: dot('eu', 1)}],
  };
  return base(
    ['us', 'eu', 'ap'].map((id, i) =>
      leader(id, [...keys, shows('merged', siblings, nowMs, undefined, 2)], {
        cause: 'crashed (\x1b[31mexit 1)',
        resolver: {name: 'custom', file: '/tmp/\x1b[2J\u202e.mjs'},
        halted: [{origin: leaderId('eu'), dot: dot('eu', 1), key: key('\x1b[31m'), with: []}],
        status: i === 2 ? 'down' : 'up',
      }),
    ),
    [
      ...both('us', 'eu', 45, {rule: held(45), faulty: true, held: 123_456, waiting: 123_456}),
      ...both('eu', 'ap', 12_345),
      ...both('us', 'ap', 75),
    ],
    {
      conflicts: texts.map((text, i) =>
        conflict(i + 1, text.slice(0, 300), {
          why: text,
          decisions: {
            [leaderId('us')]: {
              resolver: 'lww',
              shows: siblings,
              learnedAtMs: nowMs,
              atMs: nowMs,
              lost: [],
              why: text,
            },
          },
        }),
      ),
      resolver: {name: 'custom', file: '/tmp/\x1b]0;title\x07.mjs'},
      activities: [{label: 'load \x1b[2J', done: 5, total: 10, detail: '\u202e\x07'}],
      conflictCount: 12_345,
      lostCount: 6789,
      opsPerSecond: 123_456,
      lag: {p50Ms: 1, p99Ms: 1_234_567},
      convergence: {type: 'diverged', live: 2, missingOps: 1_234_567},
    },
  );
}

const NAMES = ['us', 'eu', 'ap', 'sa', 'af', 'me', 'in', 'jp', 'au', 'ca'];

/** Which leaders, by place, a topology links: each pair once, or one way. */
function wiring(
  topology: TopologyName,
  n: number,
): {readonly ends: readonly (readonly [number, number])[]; readonly oneWay: boolean} {
  const all = Array.from({length: n}, (_, i) => i);
  const rest = all.slice(1);
  switch (topology) {
    case 'ring':
      return {ends: all.map(i => [i, (i + 1) % n]), oneWay: true};
    case 'two-way-ring':
    case 'modified-ring':
      return {ends: all.map(i => [i, (i + 1) % n]), oneWay: false};
    case 'star':
      return {ends: rest.map(i => [0, i]), oneWay: false};
    case 'chain':
      return {ends: rest.map(i => [i - 1, i]), oneWay: false};
    case 'tree':
      return {ends: rest.map(i => [Math.floor((i - 1) / 2), i]), oneWay: false};
    default:
      return {ends: all.flatMap(i => all.slice(i + 1).map(k => [i, k] as const)), oneWay: false};
  }
}

/** Many leaders, in some topology. */
export function manyView(n: number, topology: Exclude<TopologyName, 'custom'>, nowMs: number): ClusterView {
  const names = Array.from({length: n}, (_, i) => NAMES[i] ?? `l${i}`);
  const statuses: LeaderStatus[] = ['up', 'up', 'paused', 'up', 'down', 'starting'];
  const leaders = names.map((id, i) =>
    leader(
      id,
      ['title', 'cart', 'stock'].map((name, k) =>
        shows(name, value(k === 2 ? 41 : name), nowMs - 5000, dot('us', k + 1)),
      ),
      {
        status: statuses[i % statuses.length] ?? 'up',
        sinceMs: nowMs - 61_000,
        behind: i,
        vv: vector(Object.fromEntries(names.map((other, k) => [other, k + 10]))),
      },
    ),
  );
  const {ends, oneWay} = wiring(topology, n);
  const name = (i: number): string => names[i] ?? 'us';
  const links = ends.flatMap(([a, b]) =>
    oneWay ? [link(name(a), name(b), 40)] : both(name(a), name(b), 40),
  );
  return base(leaders, links, {topology: {name: topology}, forward: topology === 'mesh' ? 'own' : 'all'});
}

/** Carries out nothing; shows whatever view it is given. */
export class FakeCluster implements Cluster {
  readonly engine = 'native';
  readonly capabilities = new Set([]);
  readonly clock: Clock;
  readonly #listeners = new Set<() => void>();
  #view: ClusterView;

  constructor(view: ClusterView, clock: Clock = REAL_CLOCK) {
    this.#view = view;
    this.clock = clock;
  }

  show(view: ClusterView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }

  view(): ClusterView {
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async execute(): Promise<Outcome> {
    return {status: 'fail', ...fail('fake', 'this cluster carries out nothing')};
  }

  async measure() {
    return {leaders: {}, silent: []};
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }
}

/** Understands commands and says yes to all of them. */
export class FakeSession implements Session {
  readonly focused: LeaderId = leaderId('us');
  readonly undoable = 'heal us-eu';
  readonly entries: Entry[] = [];
  readonly #cluster: FakeCluster;
  readonly #told: StoryAnswer;

  constructor(cluster: FakeCluster, told: StoryAnswer = {story: []}) {
    this.#cluster = cluster;
    this.#told = told;
  }

  async run(text: string): Promise<Entry> {
    const {leaders, conflicts} = this.#cluster.view();
    const parsed = parse(text, {leaders: leaders.map(({id}) => id)});
    const entry: Entry = parsed.ok
      ? {text, status: 'ok', ms: 3, result: this.#answer(parsed.value.type, conflicts)}
      : {text, status: 'fail', ms: 0, failure: parsed.failure, caret: parsed.caret};
    this.entries.push(entry);
    return entry;
  }

  #answer(type: string, conflicts: readonly Conflict[]): SessionResult {
    const explained = conflicts.at(-1);
    const {lags, traffic} = this.#cluster.view();
    if (type === 'explain' && explained !== undefined)
      return {type: 'explained', conflict: explained, ...this.#told};
    if (type === 'lag') return {type: 'lag', lags, traffic};
    if (type === 'compare' && this.#told.comparison !== undefined)
      return {type: 'compared', comparison: this.#told.comparison};
    if (type === 'why')
      return {
        type: 'why',
        key: key('title'),
        leader: this.focused,
        reading: value('B'),
        story: this.#told.story,
      };
    if (type === 'write' || type === 'concurrently')
      return {type: 'writes', writes: [{leader: this.focused, status: 'ok', dot: dot('us', 13)}]};
    if (type === 'quit') return {type: 'quit'};
    if (type === 'state') return {type: 'state', leaders: this.#cluster.view().leaders};
    if (type === 'read')
      return {type: 'values', key: key('title') as Key, applied: {}, values: {[this.focused]: value('B')}};
    return {type: 'changed', summary: `${type} done`};
  }

  interrupt(): void {}

  judge(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
