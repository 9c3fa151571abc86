/**
 * Richer worlds: one in which everything that can be the matter is the matter, one that is busy, and the
 * answers to commands that look closely.
 */
import {key, leaderId, linkId} from '../../src/base/ids.ts';
import {RESOLVER_NAMES} from '../../src/core/resolvers/spec.ts';
import {CLEAR_RULE} from '../../src/faults/rule.ts';
import type {Comparison} from '../../src/history/comparison.ts';
import type {StoryLine} from '../../src/history/story.ts';
import type {ClusterView, LeaderView, LinkView, PairLag, VirtualTime} from '../../src/port/view.ts';
import {manyView} from './many-leaders.ts';
import {conflict, emptyView, T0, troubledView} from './views.ts';

const dot = (origin: string, seq: number) => ({origin: leaderId(origin), seq});

const lags = (ids: readonly string[]): PairLag[] =>
  ids.flatMap((origin, i) =>
    ids
      .filter(leader => leader !== origin)
      .map((leader, k) => ({
        origin: leaderId(origin),
        leader: leaderId(leader),
        p50Ms: 45 + 10 * i + k,
        p99Ms: 93 + 40 * i + k,
        count: 120,
        hops: 1 + (i % 2) / 2,
        recentMs: Array.from({length: 30}, (_, s) => (s < 6 ? undefined : 40 + ((s * 7 + i * 5) % 60))),
      })),
  );

/**
 * Clocks set, an origin halted, operations buffered, resolvers mixed, no loop guard, links that lose, and a
 * load and a join under way.
 */
export function richView(nowMs: number): ClusterView {
  const base = troubledView(nowMs);
  const change: {readonly [id: string]: Partial<LeaderView>} = {
    us: {
      clockOffsetMs: -5000,
      driftPpm: 200,
      resolver: {name: 'halt'},
      halted: [{origin: leaderId('eu'), dot: dot('eu', 9), key: key('title'), with: [dot('us', 8)]}],
    },
    eu: {clockOffsetMs: 40, buffered: 3},
  };
  const lossy: Partial<LinkView> = {
    rule: {
      ...CLEAR_RULE,
      latencyMs: 90,
      jitterMs: 2,
      lossShare: 0.05,
      dupShare: 0.01,
      bandwidthBytesPerS: 100_000,
    },
    faulty: true,
    ruleSinceMs: nowMs - 40_000,
    dropped: 6,
    byFault: {loss: 6, latency: 114, jitter: 114, dup: 1},
    marks: [
      {atMs: nowMs - 30_000, direction: 'forth', bytes: 380, did: 'doubled', faults: ['dup']},
      {atMs: nowMs - 12_000, direction: 'forth', bytes: 412, did: 'dropped', faults: ['loss']},
      {
        atMs: nowMs - 2000,
        direction: 'back',
        bytes: 64,
        did: 'delayed',
        faults: ['latency', 'jitter'],
        delayMs: 91,
      },
    ],
    inFlight: [
      {direction: 'forth', sentAtMs: nowMs - 30, dueAtMs: nowMs + 60, faults: ['latency', 'jitter']},
    ],
  };
  const [first, second] = conflict(4, 'n').writes;
  if (first === undefined || second === undefined) throw new Error('two writes');
  const seen = [first, {...second, after: {[leaderId('us')]: 8}}];
  return {
    ...base,
    leaders: base.leaders.map(leader => ({...leader, ...change[leader.id]})),
    links: base.links.map(link => (link.from === 'eu' && link.to === 'ap' ? {...link, ...lossy} : link)),
    resolver: {name: 'lww'},
    delivery: 'causal',
    ack: 'quorum',
    loopguard: false,
    lags: lags(['us', 'eu', 'ap']),
    traffic: {
      lastSecond: {accepted: 24, sent: 96, redundant: 48},
      total: {accepted: 500, sent: 1000, redundant: 77},
    },
    activities: [
      {label: 'load 500/s for 5s keys=20', done: 1550, total: 2500, detail: '498/s, 2 failed'},
      {label: 'join sa', done: 3, total: 10, detail: '1,200 ops'},
    ],
    conflicts: [
      ...base.conflicts,
      conflict(4, 'n', {
        relation: 'reversed',
        writes: seen,
        sides: [dot('eu', 9)],
        instead: [dot('us', 8)],
        lost: [dot('eu', 9)],
        why: 'us:8 is shown although eu:9 had seen it',
      }),
      conflict(5, 'n', {
        relation: 'stale',
        writes: seen,
        sides: [dot('us', 8)],
        instead: [dot('eu', 9)],
        lost: [],
        why: 'us:8 came late',
      }),
      conflict(6, 'both', {torn: [dot('us', 8)], lost: [dot('us', 8)]}),
    ],
    conflictCount: 4,
    lostCount: 3,
  };
}

/**
 * What `n` leaders show in the `frame`th frame of a load: every leader has new values, every link a message
 * under way.
 */
export function busyView(n: number, nowMs: number, frame: number): ClusterView {
  const base = manyView(n, 'mesh', nowMs);
  const leaders = base.leaders.map((leader, i) => ({
    ...leader,
    opCount: frame * 133 + i,
    vv: Object.fromEntries(base.leaders.map(({id}, k) => [id, frame * 17 + k])),
    hlc: {wallMs: nowMs, logical: frame % 7},
    keys: Array.from({length: 20}, (_, k) => ({
      key: key(`load:${k + 1}`),
      reading: {type: 'value' as const, value: frame * 20 + k + (i % 2)},
      frontierSize: (frame + k) % 9 === 0 ? 2 : 1,
      dot: dot('us', frame * 17 + k),
      changedAtMs: nowMs - ((frame * 7 + k * 130) % 2500),
    })),
    keyCount: 20,
  }));
  const links = base.links.map((link, i) => ({
    ...link,
    id: linkId(link.from, link.to),
    delivered: frame * 9 + i,
    inFlight: [
      {
        direction: 'forth' as const,
        sentAtMs: nowMs - ((frame * 5 + i * 3) % 40),
        dueAtMs: nowMs + 20,
        faults: [],
      },
    ],
  }));
  const conflicts = Array.from({length: 30}, (_, i) => conflict(frame + i + 1, `load:${(frame + i) % 20}`));
  return {
    ...base,
    leaders,
    links,
    conflicts,
    conflictCount: frame + 30,
    lostCount: frame,
    opsPerSecond: 2000 + (frame % 50),
  };
}

/** When `simView` was last written to. */
export const WRITTEN_MS = T0 + 3120;

/**
 * In virtual time: us and eu wrote title, neither knowing of the other; so long after that, what is due by
 * then has arrived.
 */
export function simView(afterMs: number, runs = false): ClusterView {
  const nowMs = WRITTEN_MS + afterMs;
  const base = emptyView();
  const after = (from: string, to: string): number =>
    WRITTEN_MS + (base.links.find(link => link.id === `${from}>${to}`)?.rule.latencyMs ?? 0);
  const has = (id: string, origin: string): boolean => id === origin || after(origin, id) <= nowMs;
  const links = base.links.map(link => {
    const dueAtMs = link.from === 'ap' ? 0 : after(link.from, link.to);
    const flight = (direction: 'forth' | 'back', sentAtMs: number) => ({
      direction,
      sentAtMs,
      dueAtMs: sentAtMs + link.rule.latencyMs,
      faults: ['latency' as const],
    });
    const isThere = dueAtMs <= nowMs;
    const inFlight = [
      ...(isThere ? [] : [flight('forth', WRITTEN_MS)]),
      ...(isThere ? [flight('back', dueAtMs)] : []),
    ];
    return {...link, delivered: 0, inFlight: inFlight.filter(message => message.dueAtMs > nowMs)};
  });
  const leaders = base.leaders.map(leader => {
    const origins = ['us', 'eu'].filter(origin => has(leader.id, origin));
    const shown = origins.includes('eu') ? {value: 'B', dot: dot('eu', 1)} : {value: 'A', dot: dot('us', 1)};
    const keys = {
      key: key('title'),
      reading: {type: 'value' as const, value: shown.value},
      dot: shown.dot,
      frontierSize: origins.length,
      changedAtMs: nowMs,
    };
    if (origins.length === 0) return leader;
    const vv = Object.fromEntries(origins.map(origin => [origin, 1]));
    const known = {
      vv,
      hlc: {wallMs: WRITTEN_MS, logical: 0},
      opCount: origins.length,
      keyCount: 1,
      keys: [keys],
    };
    return {...leader, ...known, behind: 2 - origins.length};
  });
  const isConflict = has('us', 'eu');
  const found = conflict(1, 'title', {
    detectedAtMs: after('us', 'eu'),
    writes: conflict(1, 'title').writes.map(write => ({
      ...write,
      dot: {...write.dot, seq: 1},
      wallMs: WRITTEN_MS + (write.dot.origin === 'eu' ? 5 : 0),
      receivedAtMs: WRITTEN_MS,
    })),
    lost: [dot('us', 1)],
    why: 'eu:1 wins: written 5 ms later, by its own clock, than us:1',
  });
  return {
    ...base,
    engine: 'sim',
    virtualTime: {...timeOver(links, runs), back: 'set title A @us || set title B @eu'},
    leaders,
    links,
    conflicts: isConflict ? [found] : [],
    conflictCount: isConflict ? 1 : 0,
    lostCount: isConflict ? 1 : 0,
    convergence: {type: 'diverged', live: 3, missingOps: 2},
  };
}

/** Virtual time as an engine tells it that has nothing under way but what is on these links. */
export function timeOver(links: readonly LinkView[], runs = false): VirtualTime {
  const messages = links
    .filter(({rule}) => !rule.cut && !rule.hold)
    .flatMap(({id, inFlight}) => inFlight.map(({direction, dueAtMs}) => ({link: id, direction, dueAtMs})));
  const [next] = messages.sort((a, b) => a.dueAtMs - b.dueAtMs);
  if (next === undefined) return {depth: 0, runs};
  return {
    depth: 0,
    runs,
    next: {...next, kind: next.direction === 'forth' ? 'operations' : 'acknowledgement'},
  };
}

export const STORY: readonly StoryLine[] = [
  {
    atMs: T0 + 183_000,
    leader: leaderId('us'),
    what: 'wrote',
    dot: dot('us', 8),
    text: 'us wrote us:8: set "A". us had not seen eu:9.',
  },
  {
    atMs: T0 + 183_005,
    leader: leaderId('eu'),
    what: 'wrote',
    dot: dot('eu', 9),
    text: 'eu wrote eu:9: set "B". eu had not seen us:8.',
  },
  {
    atMs: T0 + 183_050,
    leader: leaderId('eu'),
    what: 'reported',
    dot: dot('us', 8),
    text: 'eu reported the conflict to the lab first.',
  },
  {
    atMs: T0 + 183_050,
    leader: leaderId('eu'),
    what: 'decided',
    text: `lww decided at us and eu: ${conflict(1, 'title').why}. A reader there sees "B".`,
  },
  {
    atMs: T0 + 184_250,
    leader: leaderId('us'),
    what: 'lost',
    dot: dot('us', 8),
    text:
      'us:8 (set "A") was acknowledged and is lost: no reader gets it, and no write that had seen it ' +
      'replaced it.',
  },
  {what: 'merged', text: 'a later write had seen both'},
];

export const COMPARISON: Comparison = {
  key: key('title'),
  resolvers: RESOLVER_NAMES.map(name => {
    const kept = {reading: {type: 'value' as const, value: 'B'}, lost: [dot('us', 8)]};
    const other = {reading: {type: 'value' as const, value: 'A'}, lost: [dot('eu', 9)]};
    if (name === 'siblings' || name === 'crdt' || name === 'custom') {
      const siblings = [
        {dot: dot('us', 8), value: 'A'},
        {dot: dot('eu', 9), value: 'B'},
      ];
      return {name, inUse: false, reading: {type: 'siblings' as const, siblings}, lost: []};
    }
    if (name === 'keep-local')
      return {name, inUse: false, ...other, byLeader: {[leaderId('us')]: other, [leaderId('eu')]: kept}};
    return {name, inUse: name === 'lww', ...kept};
  }),
};
