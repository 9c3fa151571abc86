import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import {acceptIntent} from '../../src/core/accept.ts';
import {Fold} from '../../src/core/fold.ts';
import type {Intent, Op} from '../../src/core/op.ts';
import {readingToJson} from '../../src/core/reading.ts';
import {RESOLVER_NAMES, type ResolverName, resolverOf} from '../../src/core/resolvers/index.ts';
import {covers, EMPTY, extend, showDot, type VersionVector} from '../../src/core/version-vector.ts';
import {type Compared, compare, EXAMINED_LIMIT} from '../../src/history/compare.ts';
import type {ComparedResolver} from '../../src/history/comparison.ts';
import {anyHistory, anyPicks, interleave} from '../support/arbitraries.ts';

const [US, EU] = ['us', 'eu'].map(leaderId) as [ReturnType<typeof leaderId>, ReturnType<typeof leaderId>];
const A = key('a');

/** Two leaders that write by hand: each accepts with what it holds, and takes the other's operations when told to. */
function pair(resolver: 'lww' | 'siblings' | 'crdt' = 'lww') {
  const logs = {us: [] as Op[], eu: [] as Op[]};
  const vvs: {us: VersionVector; eu: VersionVector} = {us: EMPTY, eu: EMPTY};
  const write = (at: 'us' | 'eu', intent: Intent, wallMs: number) => {
    const accepted = acceptIntent(new Fold(resolverOf({name: resolver}), logs[at]), A, intent);
    if (!accepted.ok) throw new Error(accepted.failure.message);
    const dot = {origin: leaderId(at), seq: (vvs[at][leaderId(at)] ?? 0) + 1};
    logs[at].push({dot, after: vvs[at], hlc: {wallMs: logs.us.length + logs.eu.length, logical: 0}, wallMs, writes: [accepted.value]});
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
    const found = compare({...whole({us: logs.us, eu: logs.eu}), ...more}).resolvers.find(one => one.name === name);
    if (found === undefined) throw new Error(`${name} was not compared`);
    return found;
  };
  return {write, sync, through, logs};
}

const whole = (logs: {readonly [leader: string]: readonly Op[]}): Compared => ({
  key: A,
  logs: Object.entries(logs).map(([leader, ops]) => ({leader: leaderId(leader), ops})),
  inUse: new Set<ResolverName>(['lww']),
  order: [US, EU],
  isAcknowledged: () => true,
  custom: {},
});

const set = (value: Json): Intent => ({type: 'set', value});
const outward = ({reading, lost}: Pick<ComparedResolver, 'reading' | 'lost'>) => ({reads: readingToJson(reading), lost: lost.map(showDot)});

describe('of two concurrent writes', () => {
  const conflict = () => {
    const both = pair();
    both.write('us', set('A'), 1000);
    both.write('eu', set('B'), 1005);
    both.sync();
    return both;
  };

  test('lww loses the one with the lower wall clock, siblings none', () => {
    const {through} = conflict();
    expect(outward(through('lww'))).toEqual({reads: {value: 'B'}, lost: ['us:1']});
    expect(outward(through('siblings'))).toEqual({reads: {siblings: ['B', 'A']}, lost: []});
    expect(outward(through('crdt'))).toEqual({reads: {siblings: ['B', 'A']}, lost: []});
  });

  test('what no client was told to be safe is not lost', () => {
    expect(outward(conflict().through('lww', {isAcknowledged: ({origin}) => origin !== US})).lost).toEqual([]);
  });

  test('a merge that saw the siblings replaces them fairly, and under lww only the one that it would have seen', () => {
    const {write, sync, through} = conflict();
    write('us', set('AB'), 2000);
    sync();
    expect(outward(through('siblings'))).toEqual({reads: {value: 'AB'}, lost: []});
    expect(outward(through('lww'))).toEqual({reads: {value: 'AB'}, lost: ['us:1']});
  });
});

test('a write that had seen the other is lost under lww where its clock is behind, and not under siblings', () => {
  const {write, sync, through} = pair();
  write('us', set('A'), 6000);
  sync();
  write('eu', set('B'), 1000);
  sync();
  expect(outward(through('lww'))).toEqual({reads: {value: 'A'}, lost: ['eu:1']});
  expect(outward(through('siblings'))).toEqual({reads: {value: 'B'}, lost: []});
});

test('concurrent increments add up under crdt, and under lww one is lost', () => {
  const {write, sync, through} = pair();
  write('us', set(10), 1000);
  sync();
  write('us', {type: 'incr', by: 1}, 2000);
  write('eu', {type: 'incr', by: 2}, 2001);
  sync();
  expect(outward(through('crdt'))).toEqual({reads: {value: 13}, lost: []});
  expect(outward(through('lww'))).toEqual({reads: {value: 12}, lost: ['us:2']});
});

describe('under a resolver that goes by arrival', () => {
  const both = () => {
    const made = pair();
    made.write('us', set('A'), 1000);
    made.write('eu', set('B'), 1005);
    made.sync();
    return made;
  };

  test('each leader has its own reading, and lost is what all have lost', () => {
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

  test('leaders that read the same have no readings of their own', () => {
    const {write, sync, through} = both();
    write('us', set('AB'), 2000);
    sync();
    expect(through('apply-remote').byLeader).toBeUndefined();
    // The one who merged had seen B only: under this resolver A was gone by then.
    expect(outward(through('apply-remote'))).toEqual({reads: {value: 'AB'}, lost: ['us:1']});
  });

  test('halt stops the stream of whoever conflicts, and what waits behind it is not lost', () => {
    const {write, sync, through} = both();
    write('eu', set('C'), 2000);
    sync();
    expect(Object.values(through('halt').byLeader ?? {}).map(outward)).toEqual([
      {reads: {value: 'A'}, lost: []},
      {reads: {value: 'C'}, lost: []},
    ]);
  });

  test('where leaders halt, what is in their logs all the same was skipped, and is lost', () => {
    const {through} = both();
    const {byLeader} = through('halt', {inUse: new Set<ResolverName>(['halt'])});
    expect(Object.values(byLeader ?? {}).map(outward)).toEqual([
      {reads: {value: 'A'}, lost: ['eu:1']},
      {reads: {value: 'B'}, lost: ['us:1']},
    ]);
  });
});

test('custom is what the leaders that use it read, and is left out where none does', () => {
  const {write, sync, logs} = pair();
  write('us', set('A'), 1000);
  sync();
  expect(compare(whole(logs)).resolvers.map(({name}) => name)).not.toContain('custom');
  const custom = {[US]: {reading: {type: 'value', value: 'x'}, lost: []}, [EU]: {reading: {type: 'absent'}, lost: []}} as const;
  const compared = compare({...whole(logs), inUse: new Set<ResolverName>(['custom']), custom}).resolvers;
  expect(compared.find(({name}) => name === 'custom')).toEqual({...custom[US], name: 'custom', inUse: true, byLeader: custom});
  expect(compared.filter(({inUse}) => inUse).map(({name}) => name)).toEqual(['custom']);
});

test('of a long history the newest writes are examined, and the comparison says so', () => {
  const {write, sync, logs, through} = pair();
  write('us', set('first'), 1);
  write('eu', set('other'), 2);
  sync();
  for (let n = 0; n < EXAMINED_LIMIT; n++) write('us', set(n), 10 + n);
  const {examined, resolvers} = compare(whole({us: logs.us}));
  expect(examined).toBe(EXAMINED_LIMIT);
  expect(outward(resolvers[0] as ComparedResolver)).toEqual({reads: {value: EXAMINED_LIMIT - 1}, lost: []});
  logs.us.splice(0, 2);
  expect(outward(through('lww')).lost).toEqual([]);
});

describe('of any history', () => {
  /** The definition, word for word, over one order of arrival. */
  function lostByDefinition(name: Exclude<ResolverName, 'custom'>, ops: readonly Op[]): string[] {
    const resolver = resolverOf(name === 'priority' ? {name, order: [US, EU]} : {name});
    const shown = (among: readonly Op[]) => {
      const fold = new Fold(resolver, []);
      let state = resolver.initial();
      for (const op of among) {
        fold.apply(op);
        for (const change of op.writes) state = resolver.apply(state, {...op, change}, fold.snapshot(A).frontier);
      }
      return among.filter(({dot, writes}) =>
        writes.some(change => change.key === A && resolver.shows(state, fold.snapshot(A).frontier, dot, change)),
      );
    };
    const onKey = ops.filter(op => op.writes.some(change => change.key === A));
    // What x's origin had applied, in an order that is possible there: its own write came before all that it had not seen yet.
    const before = (x: Op): Op[] => {
      const seen = new Set<Op>();
      for (const own of onKey.filter(({dot}) => dot.origin === x.dot.origin && dot.seq <= x.dot.seq)) {
        for (const other of onKey) if (covers(own.after, other.dot)) seen.add(other);
        if (own !== x) seen.add(own);
      }
      return [...seen];
    };
    const now = shown(onKey);
    return onKey
      .filter(w => !now.includes(w))
      .filter(w => !onKey.some(x => covers(x.after, w.dot) && shown(before(x)).includes(w)))
      .map(({dot}) => showDot(dot))
      .sort();
  }

  const folded = RESOLVER_NAMES.filter(name => name !== 'custom' && name !== 'halt');

  test.each(folded)('what %s loses is what the definition says', name => {
    fc.assert(
      fc.property(anyHistory(), ops => {
        // Each in the same order, so that it is each one's own.
        const found = compare(whole({us: ops, eu: ops, ap: ops})).resolvers.find(one => one.name === name);
        expect(found?.lost.map(showDot).sort()).toEqual(lostByDefinition(name, ops));
      }),
      {numRuns: 60},
    );
  });

  test('resolvers that converge say the same whatever the leaders’ orders of arrival, and siblings loses nothing', () => {
    fc.assert(
      fc.property(anyHistory(), anyPicks, (ops, picks) => {
        const straight = compare(whole({us: ops})).resolvers;
        const mixed = compare(whole({us: interleave(ops, picks), eu: ops.slice(0, ops.length / 2)})).resolvers;
        for (const name of RESOLVER_NAMES.filter(isConvergent)) {
          const [a, b] = [straight, mixed].map(list => list.find(one => one.name === name));
          expect(b).toEqual(a);
          if (name === 'siblings') expect(a?.lost).toEqual([]);
        }
      }),
      {numRuns: 60},
    );
  });
});

const isConvergent = (name: ResolverName): boolean => {
  if (name === 'custom') return false;
  return resolverOf(name === 'priority' ? {name, order: [US, EU]} : {name}).convergent;
};
