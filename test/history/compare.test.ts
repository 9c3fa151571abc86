import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import {acceptIntent} from '../../src/core/fold/accept.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import type {Intent, Op} from '../../src/core/log/op.ts';
import {
  covers,
  type Dot,
  EMPTY,
  extend,
  showDot,
  type VersionVector,
} from '../../src/core/log/version-vector.ts';
import {
  isPlainResolver,
  RESOLVER_NAMES,
  type ResolverName,
  type ResolverSpec,
  resolverOf,
} from '../../src/core/resolvers/registry.ts';
import {readingToJson} from '../../src/core/state/reading.ts';
import {type Compared, compare} from '../../src/history/compare.ts';
import type {ComparedResolver} from '../../src/history/comparison.ts';
import {anyHistory, anyPicks, interleave} from '../support/arbitraries.ts';
import {runs} from '../support/runs.ts';

const [US, EU] = ['us', 'eu'].map(leaderId) as [ReturnType<typeof leaderId>, ReturnType<typeof leaderId>];
const A = key('a');

/**
 * Two leaders that write by hand: each accepts with what it holds, and takes the other's operations when told
 * to.
 */
function pair(resolver: 'lww' | 'siblings' | 'crdt' = 'lww') {
  const logs = {us: [] as Op[], eu: [] as Op[]};
  const vvs: {us: VersionVector; eu: VersionVector} = {us: EMPTY, eu: EMPTY};
  const write = (at: 'us' | 'eu', intent: Intent, wallMs: number) => {
    const accepted = acceptIntent(new Fold(resolverOf({name: resolver}), logs[at]), A, intent);
    if (!accepted.ok) throw new Error(accepted.failure.message);
    const dot = {origin: leaderId(at), seq: (vvs[at][leaderId(at)] ?? 0) + 1};
    logs[at].push({
      dot,
      after: vvs[at],
      hlc: {wallMs: logs.us.length + logs.eu.length, logical: 0},
      wallMs,
      writes: [accepted.value],
    });
    vvs[at] = extend(vvs[at], dot);
  };
  const sync = () => {
    for (const [from, to] of [['us', 'eu'] as const, ['eu', 'us'] as const]) {
      for (const op of logs[from].filter(({dot}) => !covers(vvs[to], dot))) {
        logs[to].push(op);
        vvs[to] = extend(vvs[to], op.dot);
      }
    }
  };
  const through = (name: ResolverName, more: Partial<Compared> = {}) => {
    const found = compare({...whole({us: logs.us, eu: logs.eu}), ...more}).resolvers.find(
      one => one.name === name,
    );
    if (found === undefined) throw new Error(`${name} was not compared`);
    return found;
  };
  return {write, sync, through, logs};
}

const whole = (logs: {readonly [leader: string]: readonly Op[]}): Compared => ({
  key: A,
  logs: Object.entries(logs).map(([leader, ops]) => ({leader: leaderId(leader), ops})),
  inUse: new Set<ResolverName>(['lww']),
  isHalting: false,
  halted: {},
  order: [US, EU],
  isAcknowledged: () => true,
  custom: {},
});

const set = (value: Json): Intent => ({type: 'set', value});
const outward = ({reading, lost}: Pick<ComparedResolver, 'reading' | 'lost'>) => ({
  reads: readingToJson(reading),
  lost: lost.map(showDot),
});

test('if servers decide, the row in use shows their values, and the other rows show our resolvers', () => {
  const both = pair();
  both.write('us', set('A'), 1000);
  both.write('eu', set('B'), 2000);
  both.sync();
  const [a, b] = [both.logs.us[0]?.dot, both.logs.eu[0]?.dot] as [Dot, Dot];
  const absent = {reading: {type: 'absent'}, lost: [a, b]} as const;
  expect(both.through('lww', {servers: {[US]: absent, [EU]: absent}})).toEqual({
    name: 'lww',
    inUse: true,
    isServers: true,
    ...absent,
    lost: [b, a],
  });
  const swapped = {
    [US]: {reading: {type: 'value', value: 'B'}, lost: [a]},
    [EU]: {reading: {type: 'value', value: 'A'}, lost: [b]},
  } as const;
  expect(both.through('lww', {servers: swapped})).toMatchObject({
    isServers: true,
    lost: [],
    byLeader: swapped,
  });
  expect(outward(both.through('fww', {servers: swapped}))).toEqual({reads: {value: 'A'}, lost: ['eu:1']});
});

describe('with two concurrent writes', () => {
  const conflict = (madeUnder: 'lww' | 'siblings' = 'lww') => {
    const both = pair(madeUnder);
    both.write('us', set('A'), 1000);
    both.write('eu', set('B'), 1005);
    both.sync();
    return both;
  };

  test('lww loses the one with the lower wall clock, and siblings loses none', () => {
    const {through} = conflict();
    expect(outward(through('lww'))).toEqual({reads: {value: 'B'}, lost: ['us:1']});
    expect(outward(through('siblings'))).toEqual({reads: {siblings: ['B', 'A']}, lost: []});
    expect(outward(through('crdt'))).toEqual({reads: {siblings: ['B', 'A']}, lost: []});
  });

  test('a write without an acknowledgement is not lost', () => {
    expect(outward(conflict().through('lww', {isAcknowledged: ({origin}) => origin !== US})).lost).toEqual(
      [],
    );
  });

  test('a merge replaces the siblings that it saw, under every resolver', () => {
    const {write, sync, through} = conflict('siblings');
    write('us', set('AB'), 2000);
    sync();
    for (const name of ['siblings', 'lww', 'fww'] as const)
      expect(outward(through(name))).toEqual({reads: {value: 'AB'}, lost: []});
  });
});

test(
  'a write that had seen the other is lost under lww if ' + 'its clock is behind, but not under siblings',
  () => {
    const {write, sync, through} = pair();
    write('us', set('A'), 6000);
    sync();
    write('eu', set('B'), 1000);
    sync();
    expect(outward(through('lww'))).toEqual({reads: {value: 'A'}, lost: ['eu:1']});
    expect(outward(through('siblings'))).toEqual({reads: {value: 'B'}, lost: []});
  },
);

test('crdt adds concurrent increments up, and lww loses one of them', () => {
  const {write, sync, through} = pair();
  write('us', set(10), 1000);
  sync();
  write('us', {type: 'incr', by: 1}, 2000);
  write('eu', {type: 'incr', by: 2}, 2001);
  sync();
  expect(outward(through('crdt'))).toEqual({reads: {value: 13}, lost: []});
  expect(outward(through('lww'))).toEqual({reads: {value: 12}, lost: ['us:2']});
});

describe('under a resolver that depends on the order of arrival', () => {
  const both = () => {
    const made = pair();
    made.write('us', set('A'), 1000);
    made.write('eu', set('B'), 1005);
    made.sync();
    return made;
  };

  test('each leader has its own reading, and a write is lost if all have lost it', () => {
    const {through} = both();
    const {byLeader, ...whole} = through('keep-local');
    expect(outward(whole)).toEqual({reads: {value: 'A'}, lost: []});
    expect(Object.values(byLeader ?? {}).map(outward)).toEqual([
      {reads: {value: 'A'}, lost: ['eu:1']},
      {reads: {value: 'B'}, lost: ['us:1']},
    ]);
    expect(Object.values(through('apply-remote').byLeader ?? {}).map(outward)).toEqual([
      {reads: {value: 'B'}, lost: ['us:1']},
      {reads: {value: 'A'}, lost: ['eu:1']},
    ]);
  });

  test('leaders that read the same have no separate readings', () => {
    const {write, sync, through} = both();
    write('us', set('AB'), 2000);
    sync();
    expect(through('apply-remote').byLeader).toBeUndefined();
    // The one who merged had seen B only: under this resolver A was gone by then.
    expect(outward(through('apply-remote'))).toEqual({reads: {value: 'AB'}, lost: ['us:1']});
  });

  test('halt stops the stream of the origin that conflicts, and what waits behind it is not lost', () => {
    const {write, sync, through} = both();
    write('eu', set('C'), 2000);
    sync();
    expect(Object.values(through('halt').byLeader ?? {}).map(outward)).toEqual([
      {reads: {value: 'A'}, lost: []},
      {reads: {value: 'C'}, lost: []},
    ]);
  });

  test('if leaders halt, a conflicting operation in their logs was skipped, so it is lost', () => {
    const {through} = both();
    const {byLeader} = through('halt', {inUse: new Set<ResolverName>(['halt']), isHalting: true});
    expect(Object.values(byLeader ?? {}).map(outward)).toEqual([
      {reads: {value: 'A'}, lost: ['eu:1']},
      {reads: {value: 'B'}, lost: ['us:1']},
    ]);
  });
});

describe('with two concurrent increments that lead to the same number', () => {
  const counted = () => {
    const both = pair();
    both.write('us', set(10), 1000);
    both.sync();
    both.write('us', {type: 'incr', by: 1}, 2000);
    both.write('eu', {type: 'incr', by: 1}, 2001);
    both.sync();
    return both;
  };

  test.each([
    ['apply-remote', 'us:2', 'us:2', 'eu:1'],
    ['keep-local', 'eu:1', 'eu:1', 'us:2'],
    ['halt', 'eu:1', 'eu:1', 'us:2'],
  ] as const)('%s loses one, and the lost one differs by leader', (name, lost, atUs, atEu) => {
    const {byLeader, ...whole} = counted().through(name);
    expect(outward(whole)).toEqual({reads: {value: 11}, lost: [lost]});
    expect(Object.values(byLeader ?? {}).map(outward)).toEqual([
      {reads: {value: 11}, lost: [atUs]},
      {reads: {value: 11}, lost: [atEu]},
    ]);
  });

  test('a halted leader has not applied the other one, so its readers miss it', () => {
    const {through, logs} = counted();
    const [ofUs, ofEu] = [
      logs.us.filter(({dot}) => dot.seq < 2 || dot.origin === US),
      logs.eu.filter(({dot}) => dot.seq < 2),
    ];
    const own = {us: ofUs.filter(({dot}) => dot.origin === US), eu: ofEu};
    const halted = {[US]: [{origin: EU, seq: 1}], [EU]: [{origin: US, seq: 2}]};
    const more = {...whole(own), inUse: new Set<ResolverName>(['halt']), isHalting: true, halted};
    expect(outward(through('halt', more))).toEqual({reads: {value: 11}, lost: ['eu:1']});
  });

  test('an increment that its own leader replaced is not lost', () => {
    const {write, logs, through} = pair();
    write('us', {type: 'incr', by: 1}, 1000);
    write('us', set(9), 1001);
    write('eu', {type: 'incr', by: 1}, 1002);
    const halted = {[US]: [{origin: EU, seq: 1}], [EU]: [{origin: US, seq: 1}]};
    const more = {...whole(logs), inUse: new Set<ResolverName>(['halt']), isHalting: true, halted};
    const {byLeader, lost} = through('halt', more);
    expect([lost, byLeader?.[US]?.lost, byLeader?.[EU]?.lost]).toEqual([[], [{origin: EU, seq: 1}], []]);
  });

  test('an operation that a leader has not received yet does not count there', () => {
    const {logs, through} = counted();
    const more = whole({us: logs.us, eu: logs.eu.filter(({dot}) => dot.seq === 1)});
    expect(outward(through('keep-local', more)).lost).toEqual([]);
  });
});

test.each(['lww', 'hlc', 'fww', 'revision', 'apply-remote', 'keep-local', 'halt'] as const)(
  'equal writes are not lost under %s',
  name => {
    const {write, sync, through} = pair();
    write('us', set({a: 1, b: 2}), 1000);
    write('eu', set({b: 2, a: 1}), 1005);
    sync();
    expect([outward(through(name)), through(name).byLeader]).toEqual([
      {reads: {value: {a: 1, b: 2}}, lost: []},
      undefined,
    ]);
  },
);

test('custom shows the readings of the leaders that use it, and is left out if no leader uses it', () => {
  const {write, sync, logs} = pair();
  write('us', set('A'), 1000);
  sync();
  expect(compare(whole(logs)).resolvers.map(({name}) => name)).not.toContain('custom');
  const custom = {
    [US]: {reading: {type: 'value', value: 'x'}, lost: []},
    [EU]: {reading: {type: 'absent'}, lost: []},
  } as const;
  const compared = compare({...whole(logs), inUse: new Set<ResolverName>(['custom']), custom}).resolvers;
  expect(compared.find(({name}) => name === 'custom')).toEqual({
    ...custom[US],
    name: 'custom',
    inUse: true,
    byLeader: custom,
  });
  expect(compared.filter(({inUse}) => inUse).map(({name}) => name)).toEqual(['custom']);
});

describe('a write is not lost if the client that replaced it had been shown it', () => {
  test('because the value in the row contains it', () => {
    const {write, sync, through} = pair();
    write('us', {type: 'incr', by: 1}, 1000);
    write('eu', {type: 'incr', by: 5}, 2000);
    sync();
    write('us', {type: 'incr', by: 1}, 1010);
    sync();
    // Under lww the reader at us saw 5, the one of eu:1, and made 6 of it.
    expect(outward(through('fww'))).toEqual({reads: {value: 6}, lost: ['us:1']});
    expect(outward(through('crdt'))).toEqual({reads: {value: 7}, lost: []});
  });

  test('and is lost if the client had not been shown it, under every resolver', () => {
    const {write, sync, through} = pair();
    write('us', set('A'), 1000);
    write('eu', set('B'), 1005);
    sync();
    write('us', set('AB'), 2000);
    sync();
    for (const name of ['lww', 'hlc', 'fww', 'siblings', 'crdt'] as const)
      expect([name, outward(through(name))]).toEqual([name, {reads: {value: 'AB'}, lost: ['us:1']}]);
  });
});

test(
  'under a resolver that decides by arrival, a leader that lacks a write does not affect ' +
    'whether it is lost',
  () => {
    const {write, sync, logs} = pair();
    write('us', set('A'), 1000);
    sync();
    write('us', set('C'), 1010);
    write('eu', set('B'), 1005);
    const [, ofUs] = logs.us as [Op, Op];
    const [, ofEu] = logs.eu as [Op, Op];
    const compared = compare(whole({us: [...logs.us, ofEu], eu: logs.eu, ap: [logs.us[0] as Op]}));
    expect(compared.resolvers.find(({name}) => name === 'apply-remote')).toMatchObject({lost: [ofUs.dot]});
  },
);

/**
 * Whatever the order: what leaders show and have lost after they switched to a resolver, from the one that
 * the writes were made under.
 */
describe('for any history', () => {
  const made = fc.constantFrom(...RESOLVER_NAMES.filter(isPlainResolver));
  const compared = RESOLVER_NAMES.filter(name => name !== 'custom' && name !== 'halt');

  test.each(compared)('%s shows what leaders show after a switch to it', name => {
    const anyCase = made.chain(under =>
      fc.tuple(fc.constant(under), anyHistory(under), anyPicks, anyPicks, anyPicks),
    );
    fc.assert(
      fc.property(anyCase, ([under, ops, ...picks]) => {
        const [us, eu, unacknowledged] = picks.map(one => interleave(ops, one)) as [Op[], Op[], Op[]];
        const lacking = new Set(
          unacknowledged.slice(0, unacknowledged.length / 3).map(({dot}) => showDot(dot)),
        );
        const isAcknowledged = (dot: Dot) => !lacking.has(showDot(dot));
        const switched = [us, eu].map(log => {
          const fold = new Fold(resolverOf({name: under}), log).refold(resolverOf(specOf(name)));
          return {reads: readingToJson(fold.read(A)), lost: fold.lost(A).filter(isAcknowledged).map(showDot)};
        });
        const row = compare({...whole({us, eu}), isAcknowledged}).resolvers.find(one => one.name === name);
        if (row === undefined) throw new Error(`${name} was not compared`);
        const leaders = row.byLeader === undefined ? [row, row] : Object.values(row.byLeader);
        expect(leaders.map(one => outward(one).reads)).toEqual(switched.map(({reads}) => reads));
        const both = switched[0]?.lost.filter(dot => switched[1]?.lost.includes(dot)) ?? [];
        expect(outward(row).lost).toEqual([...both, ...uncountedIn(ops, both, switched)].sort());
        if (row.byLeader !== undefined) expect(leaders.map(outward)).toEqual(switched);
      }),
      {numRuns: runs(100)},
    );
  });

  test('convergent resolvers show the same for every order of arrival', () => {
    fc.assert(
      fc.property(anyHistory(), anyPicks, (ops, picks) => {
        const straight = compare(whole({us: ops})).resolvers;
        const mixed = compare(
          whole({us: interleave(ops, picks), eu: ops.slice(0, ops.length / 2)}),
        ).resolvers;
        for (const name of RESOLVER_NAMES.filter(isConvergent)) {
          const [a, b] = [straight, mixed].map(list => list.find(one => one.name === name));
          expect(b).toEqual(a);
        }
      }),
      {numRuns: runs(60)},
    );
  });
});

/**
 * Of increments that not all have lost: as many as the leader has that lost the fewest, or none where one has
 * none.
 */
function uncountedIn(
  ops: readonly Op[],
  both: readonly string[],
  leaders: readonly {readonly lost: readonly string[]}[],
): readonly string[] {
  const increments = ops
    .filter(({writes}) => writes.some(({key: of, type}) => of === A && type === 'incr'))
    .map(({dot}) => showDot(dot));
  const lost = leaders.map(one => one.lost.filter(dot => increments.includes(dot) && !both.includes(dot)));
  return lost.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

const specOf = (name: Exclude<ResolverName, 'custom'>): ResolverSpec =>
  name === 'priority' ? {name, order: [US, EU]} : {name};

const isConvergent = (name: ResolverName): boolean =>
  name !== 'custom' && resolverOf(specOf(name)).convergent;
