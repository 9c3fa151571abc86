import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {must} from '../../src/base/assert.ts';
import {succeed} from '../../src/base/failure.ts';
import {type Key, key} from '../../src/base/ids.ts';
import {canonicalJson, type Json} from '../../src/base/json.ts';
import {isGiven} from '../../src/core/fold/equal-writes.ts';
import {type Disturbance, Fold} from '../../src/core/fold/fold.ts';
import {happenedBefore, type KeyWrite, type Op, writeOf} from '../../src/core/log/op.ts';
import {
  compareDots,
  type Dot,
  EMPTY,
  extend,
  parseDot,
  sameDot,
  showDot,
  type VersionVector,
} from '../../src/core/log/version-vector.ts';
import type {CustomModule} from '../../src/core/resolvers/custom-module.ts';
import {
  isPlainResolver,
  type PlainResolverName,
  RESOLVER_NAMES,
  resolverOf,
} from '../../src/core/resolvers/registry.ts';
import {readingToJson} from '../../src/core/state/reading.ts';
import {anyHistory, anyPicks, interleave} from '../support/arbitraries.ts';
import {runs} from '../support/runs.ts';

const KEYS = ['a', 'b'].map(key);
const A = key('a');

const parsedDot = (text: string): Dot => must(parseDot(text), 'a dot');

/**
 * A simple oracle: of all writes to the key, those that no other write to the key had seen.
 */
function dumbFrontier(ops: readonly Op[], of: Key): string[] {
  const writes = ops.filter(op => op.writes.some(write => write.key === of));
  return writes
    .filter(write => !writes.some(other => happenedBefore(write, other)))
    .map(({dot}) => showDot(dot))
    .sort();
}

const frontierOf = (fold: Fold, of: Key): string[] =>
  fold
    .snapshot(of)
    .frontier.members.map(({dot}) => showDot(dot))
    .sort();

const vvOf = (ops: readonly Op[]): VersionVector => ops.reduce((vv, {dot}) => extend(vv, dot), EMPTY);

const stateOf = (fold: Fold): string[] => KEYS.map(of => canonicalJson(readingToJson(fold.read(of))));

/** Those that are in the registry by now. */
const PLAIN = RESOLVER_NAMES.filter(isPlainResolver).filter(name => resolverOf({name}).name === name);

/**
 * The definition of a lost write, word for word: applied, no applied write that replaced it had seen it, and
 * no reader gets what it asked for. What a reader gets is asked of a resolver that was shown the same writes
 * in the same order.
 */
function dumbLost(ops: readonly Op[], of: Key, name: PlainResolverName): string[] {
  const resolver = resolverOf({name});
  const writes = ops.flatMap(op =>
    op.writes.filter(change => change.key === of).map(change => writeOf(op, change)),
  );
  const fold = new Fold(resolver, []);
  let state = resolver.initial();
  for (const op of ops) {
    fold.apply(op);
    for (const write of writes)
      if (write.dot === op.dot) state = resolver.apply(state, write, fold.snapshot(of).frontier);
  }
  const {frontier} = fold.snapshot(of);
  const isOnFrontier = (dot: Dot): boolean => dumbFrontier(ops, of).includes(showDot(dot));
  const wasSeen = (dot: Dot): boolean =>
    writes.some(({change}) => change.saw.some(other => sameDot(other, dot)));
  const shown = {reading: resolver.read(state, frontier), shown: resolver.shown(state, frontier), frontier};
  return writes
    .filter(({dot}) => isOnFrontier(dot) || !wasSeen(dot))
    .filter(({dot, change}) => !resolver.shows(state, frontier, dot, change))
    .filter(write => !isGiven(write, shown, resolver))
    .map(({dot}) => dot)
    .sort(compareDots)
    .map(showDot);
}

const lostOf = (fold: Fold, of: Key): string[] => fold.lost(of).map(showDot);

/** Writes made under one resolver, looked at through another. */
const anyPlain = fc.constantFrom(...PLAIN);
const anyMadeHistory = anyPlain.chain(name => anyHistory(name));

describe.each(PLAIN)('lost writes under %s', (name: PlainResolverName) => {
  it('match the definition after every step, for any order of delivery', () => {
    fc.assert(
      fc.property(anyMadeHistory, anyPicks, (history, picks) => {
        const ops = interleave(history, picks);
        const fold = new Fold(resolverOf({name}), []);
        ops.forEach((op, i) => {
          fold.apply(op);
          for (const of of KEYS) expect(lostOf(fold, of)).toEqual(dumbLost(ops.slice(0, i + 1), of, name));
        });
      }),
      {numRuns: runs(300)},
    );
  });

  it('are reported as they change, and the reports add up to the present state', () => {
    fc.assert(
      fc.property(anyMadeHistory, anyPicks, (history, picks) => {
        const fold = new Fold(resolverOf({name}), []);
        const told = new Map<Key, Set<string>>(KEYS.map(of => [of, new Set()]));
        for (const op of interleave(history, picks)) {
          for (const change of fold.apply(op)) addUp(told, change);
          for (const of of KEYS) expect([...(told.get(of) ?? [])].sort()).toEqual(lostOf(fold, of).sort());
        }
      }),
      {numRuns: runs(300)},
    );
  });

  it('are the same after a switch to it as if it had been in use from the start', () => {
    fc.assert(
      fc.property(anyMadeHistory, anyPlain, anyPicks, (history, other, picks) => {
        const ops = interleave(history, picks);
        const fold = new Fold(resolverOf({name: other}), ops).refold(resolverOf({name}));
        const fresh = new Fold(resolverOf({name}), ops);
        expect([stateOf(fold), fold.digest()]).toEqual([stateOf(fresh), fresh.digest()]);
        for (const of of KEYS) {
          expect([lostOf(fold, of), fold.seen(of), fold.leaves(of)]).toEqual([
            lostOf(fresh, of),
            fresh.seen(of),
            fresh.leaves(of),
          ]);
        }
        expect([...fold.disturbedKeys()].sort()).toEqual([...fresh.disturbedKeys()].sort());
      }),
    );
  });

  it.runIf(resolverOf({name}).convergent)('are the same at every leader when all have everything', () => {
    fc.assert(
      fc.property(anyMadeHistory, anyPicks, anyPicks, (ops, picksA, picksB) => {
        const [a, b] = [picksA, picksB].map(picks =>
          KEYS.map(of => lostOf(new Fold(resolverOf({name}), interleave(ops, picks)), of)),
        );
        expect(a).toEqual(b);
      }),
      {numRuns: runs(300)},
    );
  });
});

it('reports a lost write as found when a removal makes it visible again', () => {
  const changes = {
    'eu:1': {type: 'hset', field: 'address', value: 'Elm'},
    'us:1': {type: 'hset', field: 'name', value: 'Ada'},
    'us:2': {type: 'hset', field: 'address.zip', value: 7},
    'us:3': {type: 'hset', field: 'name', value: 'Bob'},
    'eu:2': {type: 'del'},
  } as const;
  const op = (name: keyof typeof changes, saw: string, wallMs: number): Op => {
    const [dot, seen] = [parsedDot(name), saw === '' ? [] : [parsedDot(saw)]];
    const after = dot.seq === 1 ? {} : {[dot.origin]: dot.seq - 1};
    const change = {
      key: A,
      generation: dot.seq,
      saw: seen,
      ...changes[name],
      ...(name === 'eu:2' ? {} : {effect: null}),
    } as KeyWrite;
    return {dot, after, hlc: {wallMs, logical: 0}, wallMs, writes: [change]};
  };
  // us:3 replaces us:1 only: for its writer us:2 was hidden behind eu:1, which eu:2 then takes away.
  const ops = [
    op('eu:1', '', 1010),
    op('us:1', '', 1005),
    op('us:2', '', 1006),
    op('us:3', 'us:1', 1007),
    op('eu:2', 'eu:1', 1020),
  ];
  const fold = new Fold(resolverOf({name: 'crdt'}), ops.slice(0, 4));
  expect(lostOf(fold, A)).toEqual(['us:2']);
  fold.apply(ops[4] as Op);
  expect(readingToJson(fold.read(A))).toEqual({value: {address: {zip: 7}, name: 'Bob'}});
  expect(lostOf(fold, A)).toEqual([]);
});

it.each(['merge', 'resolve'] as const)(
  'a switch to a module with %s reads as if it had been in use from the start',
  form => {
    // Not commutative, so that it depends on what arrived when.
    const join = (values: readonly (Json | undefined)[]) => succeed(JSON.stringify(values));
    const module: CustomModule = {
      form,
      merge: (mine, theirs) => join([mine, theirs]),
      resolve: siblings => join(siblings.map(sibling => ('value' in sibling ? sibling.value : null))),
    };
    const resolver = resolverOf({name: 'custom', file: '/merge.mjs'}, module);
    fc.assert(
      fc.property(anyMadeHistory, anyPlain, anyPicks, (history, other, picks) => {
        const ops = interleave(history, picks);
        const [switched, fresh] = [
          new Fold(resolverOf({name: other}), ops).refold(resolver),
          new Fold(resolver, ops),
        ];
        expect(stateOf(switched)).toEqual(stateOf(fresh));
        for (const of of KEYS)
          expect([lostOf(switched, of), switched.seen(of)]).toEqual([lostOf(fresh, of), fresh.seen(of)]);
      }),
      {numRuns: runs(300)},
    );
  },
);

describe.each(['crdt', 'fields'] as const)('a switch to %s', name => {
  // eu had seen that us replaced what ap wrote, but not what ap wrote itself: links of unlike length, and
  // first-in-first-out delivery.
  const documents = [
    writes('ap:1', {}, {type: 'hset', field: 'f', value: 1, effect: {f: 1}}),
    writes('us:1', {ap: 1}, {type: 'hset', field: 'f', value: 2, effect: {f: 2}}),
    writes('eu:1', {us: 1}, {type: 'set', value: {g: 3}}),
  ];
  const counters = [
    writes('ap:1', {}, {type: 'incr', by: 1, effect: 1}),
    writes('us:1', {ap: 1}, {type: 'del'}),
    writes('eu:1', {us: 1}, {type: 'set', value: 5}),
  ];

  it.each(
    [documents, counters].flatMap(ops => [ops, [ops[1], ops[0], ops[2]], [ops[1], ops[2], ops[0]]]) as Op[][],
  )('respects what a replaced write had removed itself: %#', (...ops) => {
    const switched = new Fold(resolverOf({name: 'lww'}), ops).refold(resolverOf({name}));
    expect(stateOf(switched)).toEqual(stateOf(new Fold(resolverOf({name}), ops)));
  });
});

function writes(dot: string, after: {readonly [origin: string]: number}, change: object): Op {
  const common = {key: A, generation: 1, saw: []};
  return {
    dot: parsedDot(dot),
    after,
    hlc: {wallMs: 1000, logical: 0},
    wallMs: 1000,
    writes: [{...common, ...change} as unknown as KeyWrite],
  };
}

function addUp(told: ReadonlyMap<Key, Set<string>>, {key: of, lost, found}: Disturbance): void {
  for (const dot of lost) expect(told.get(of)?.has(showDot(dot))).toBe(false);
  for (const dot of lost) told.get(of)?.add(showDot(dot));
  for (const dot of found) expect(told.get(of)?.delete(showDot(dot))).toBe(true);
}

describe('the frontier', () => {
  it('agrees with the oracle, in any order of delivery', () => {
    fc.assert(
      fc.property(anyHistory(), anyPicks, (ops, picks) => {
        const fold = new Fold(resolverOf({name: 'lww'}), interleave(ops, picks));
        for (const of of KEYS) expect(frontierOf(fold, of)).toEqual(dumbFrontier(ops, of));
      }),
    );
  });
});

describe.each(['lww', 'siblings', 'crdt'] as const)('invariant 4 under %s', (name: PlainResolverName) => {
  it('reads the same from the same operations in any order of delivery', () => {
    fc.assert(
      fc.property(anyHistory(name), anyPicks, anyPicks, (ops, picksA, picksB) => {
        const [a, b] = [picksA, picksB].map(picks => new Fold(resolverOf({name}), interleave(ops, picks)));
        if (a === undefined || b === undefined) throw new Error('two folds');
        expect(stateOf(a)).toEqual(stateOf(b));
        expect(a.digest()).toBe(b.digest());
      }),
      {numRuns: runs(400)},
    );
  });

  it('has equal digests exactly if readers see the same', () => {
    fc.assert(
      fc.property(anyHistory(name), anyHistory(name), (opsA, opsB) => {
        const [a, b] = [new Fold(resolverOf({name}), opsA), new Fold(resolverOf({name}), opsB)];
        expect(a.digest() === b.digest()).toBe(canonicalJson(stateOf(a)) === canonicalJson(stateOf(b)));
      }),
    );
  });

  it('updates its digest step by step to the digest of all keys', () => {
    fc.assert(
      fc.property(anyHistory(name), ops => {
        const stepwise = new Fold(resolverOf({name}), []);
        for (const op of ops) {
          stepwise.apply(op);
          stepwise.digest();
        }
        expect(stepwise.digest()).toBe(new Fold(resolverOf({name}), ops).digest());
      }),
    );
  });

  it('undoes its last operations as if they had never been applied, and continues from there', () => {
    fc.assert(
      fc.property(anyHistory(name), anyPicks, fc.nat(), fc.boolean(), (history, order, at, isDigested) => {
        const ops = interleave(history, order);
        const keep = at % (ops.length + 1);
        const [fold, fresh] = [ops, ops.slice(0, keep)].map(some => new Fold(resolverOf({name}), some)) as [
          Fold,
          Fold,
        ];
        if (isDigested) fold.digest();
        fold.forget(ops.slice(keep), vvOf(ops.slice(0, keep)));
        const looks = (one: Fold): unknown => [
          one.digest(),
          [...one.disturbedKeys()].sort(),
          one.keyCount,
          KEYS.map(of => [
            one.lost(of),
            one.seen(of),
            frontierOf(one, of),
            one.leaves(of).map(({generation}) => generation),
          ]),
        ];
        expect(looks(fold)).toEqual(looks(fresh));
        for (const op of ops.slice(keep)) expect(fold.apply(op)).toEqual(fresh.apply(op));
        expect(looks(fold)).toEqual(looks(fresh));
      }),
    );
  });
});
