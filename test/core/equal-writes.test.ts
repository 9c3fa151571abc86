/**
 * Concurrent writes that ask for the same: which of them a reader gets, and which are lost.
 */
import {describe, expect, it} from 'vitest';
import {must} from '../../src/base/assert.ts';
import {type Key, key, leaderId} from '../../src/base/ids.ts';
import {acceptIntent} from '../../src/core/fold/accept.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import type {Intent, Op} from '../../src/core/log/op.ts';
import {covers, EMPTY, extend, showDot, type VersionVector} from '../../src/core/log/version-vector.ts';
import {type ResolverName, type ResolverSpec, resolverOf} from '../../src/core/resolvers/registry.ts';

const A: Key = key('a');
type At = 'us' | 'eu' | 'ap';

const specOf = (name: ResolverName): ResolverSpec => {
  if (name === 'priority') return {name, order: [leaderId('us')]};
  return name === 'custom' ? {name, file: 'm.mjs'} : {name};
};

/**
 * Leaders that resolve alike. `write` is accepted at a leader with what it has, a millisecond after the one
 * before.
 */
function cluster(name: ResolverName) {
  const folds = new Map<At, {fold: Fold; vv: VersionVector}>();
  const of = (at: At) => {
    const known = folds.get(at) ?? {fold: new Fold(resolverOf(specOf(name)), []), vv: EMPTY};
    folds.set(at, known);
    return known;
  };
  const ops: Op[] = [];
  const apply = (at: At, op: Op): void => {
    const known = of(at);
    known.fold.apply(op);
    known.vv = extend(known.vv, op.dot);
  };
  const write = (at: At, intent: Intent): void => {
    const {fold, vv} = of(at);
    const accepted = acceptIntent(fold, A, intent);
    if (!accepted.ok) throw new Error(accepted.failure.message);
    const wallMs = 1000 + ops.length;
    const dot = {origin: leaderId(at), seq: (vv[leaderId(at)] ?? 0) + 1};
    const op: Op = {dot, after: vv, hlc: {wallMs, logical: 0}, wallMs, writes: [accepted.value]};
    ops.push(op);
    apply(at, op);
  };
  const sync = (...leaders: At[]): void => {
    for (const at of leaders) for (const op of ops) if (!covers(of(at).vv, op.dot)) apply(at, op);
  };
  const lost = (at: At = 'us'): string => of(at).fold.lost(A).map(showDot).join(' ');
  const reads = (at: At = 'us') => must(of(at).fold.read(A), 'a reading');
  return {write, sync, lost, reads};
}

const set = (value: Intent & {type: 'set'} extends {value: infer V} ? V : never): Intent => ({
  type: 'set',
  value,
});
const del: Intent = {type: 'del'};
const incr = (by: number): Intent => ({type: 'incr', by});
const sadd = (element: string): Intent => ({type: 'sadd', element});
const srem = (element: string): Intent => ({type: 'srem', element});
const hset = (field: string, value: string | number): Intent => ({type: 'hset', field, value});

/** What us and eu write at once over the same base, and what is lost once both have both. */
function lostOf(name: ResolverName, base: readonly Intent[], us: Intent, eu: Intent): string {
  const {write, sync, lost} = cluster(name);
  for (const one of base) write('us', one);
  sync('eu');
  write('us', us);
  write('eu', eu);
  sync('us', 'eu');
  return [lost('us'), lost('eu')].join(' / ');
}

const SHOW_ONE = ['lww', 'hlc', 'fww', 'priority', 'revision', 'apply-remote', 'keep-local'] as const;
const ALL = [...SHOW_ONE, 'siblings', 'fields', 'crdt'] as const;

describe.each(ALL)('under %s neither of two concurrent writes is lost', name => {
  it.each<[string, Intent[], Intent, Intent]>([
    ['that set the same value', [set(0)], set('same'), set('same')],
    [
      'that set the same document, its fields in another order',
      [],
      set({a: 1, b: [{c: 2, d: 3}]}),
      set({b: [{d: 3, c: 2}], a: 1}),
    ],
    ['that both delete', [set(0)], del, del],
    ['that both delete an absent key', [], del, del],
    ['that put the same value into a field', [set({n: 1})], hset('a.b', 'x'), hset('a.b', 'x')],
    ['that add the same element', [set(['y'])], sadd('x'), sadd('x')],
    ['that remove the same element', [set(['x', 'y'])], srem('x'), srem('x')],
    ['of which one sets the document that the other makes', [set({n: 1})], hset('a', 2), set({a: 2, n: 1})],
  ])('%s', (_what, base, us, eu) => {
    expect(lostOf(name, base, us, eu)).toBe(' / ');
    expect(lostOf(name, base, eu, us)).toBe(' / ');
  });
});

describe.each(SHOW_ONE)('under %s one of two increments is lost', name => {
  it('is lost even if both lead to the same number', () => {
    expect(lostOf(name, [set(10)], incr(1), incr(1))).toMatch(/^(us:2|eu:1) \/ (us:2|eu:1)$/);
    expect(lostOf(name, [], incr(0), incr(0))).toMatch(/^(us:1|eu:1) \/ (us:1|eu:1)$/);
  });
});

it('an increment is lost to a set of the same number, but that set is not lost to the increment', () => {
  expect(lostOf('lww', [set(10)], incr(1), set(11))).toBe('us:2 / us:2');
  expect(lostOf('lww', [set(10)], set(11), incr(1))).toBe(' / ');
});

it('writes that differ are lost as before', () => {
  expect(lostOf('lww', [], set('A'), set('B'))).toBe('us:1 / us:1');
  expect(lostOf('lww', [], set(1), set('1'))).toBe('us:1 / us:1');
  expect(lostOf('lww', [set({n: 1})], hset('a', 1), hset('b', 1))).toBe('us:2 / us:2');
  expect(lostOf('lww', [set({n: 1})], hset('a', 1), hset('a', 2))).toBe('us:2 / us:2');
  expect(lostOf('lww', [set(['y'])], sadd('x'), sadd('z'))).toBe('us:2 / us:2');
  expect(lostOf('lww', [set(1)], set(2), del)).toBe('us:2 / us:2');
  expect(lostOf('fields', [], set({a: 1, b: 2}), set({a: 1, b: 3}))).toBe('us:1 / us:1');
});

describe('a part of a value', () => {
  it('is not lost if the shown write contains it, too', () => {
    expect(lostOf('lww', [set(['y'])], sadd('x'), set(['x', 'z']))).toBe(' / ');
    expect(lostOf('lww', [set({n: 1})], hset('a', 1), set({a: 1, b: 2}))).toBe(' / ');
    expect(lostOf('lww', [set(['x'])], srem('x'), del)).toBe(' / ');
  });

  it('is lost with the writes that its writer had seen, if the shown write had not seen those', () => {
    const {write, sync, lost} = cluster('lww');
    write('us', set({n: 1}));
    sync('eu');
    write('us', hset('name', 'Ada'));
    write('us', hset('city', 'Rome'));
    write('eu', hset('city', 'Rome'));
    sync('us', 'eu');
    // Nobody reads the name any more.
    expect([lost('us'), lost('eu')]).toEqual(['us:3', 'us:3']);
  });
});

it('only the one of three writes with a different effect is lost', () => {
  const {write, sync, lost} = cluster('lww');
  write('ap', set('B'));
  write('us', set('A'));
  write('eu', set('A'));
  sync('us', 'eu', 'ap');
  expect([lost('us'), lost('ap')]).toEqual(['ap:1', 'ap:1']);
});

it('two equal writes are both lost to a third', () => {
  const {write, sync, lost} = cluster('lww');
  write('us', set('A'));
  write('eu', set('A'));
  write('ap', set('B'));
  sync('us', 'eu', 'ap');
  expect(lost('us')).toBe('eu:1 us:1');
});

it('a write that replaces one of two equal writes has seen the other, and neither is lost', () => {
  const {write, sync, lost} = cluster('lww');
  write('us', set('A'));
  write('eu', set('A'));
  sync('us', 'eu');
  write('us', set('C'));
  sync('us', 'eu');
  expect([lost('us'), lost('eu')]).toEqual(['', '']);
});

it('a lost write stays lost when a client writes the same again', () => {
  const {write, sync, lost} = cluster('lww');
  write('us', set('A'));
  write('eu', set('B'));
  sync('us', 'eu');
  write('us', set('A'));
  sync('us', 'eu');
  expect([lost('us'), lost('eu')]).toEqual(['us:1', 'us:1']);
});
