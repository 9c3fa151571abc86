/**
 * The laws of resolvers, over random histories of three leaders with skewed clocks. A resolver that claims to
 * converge is a function of the set of writes, for any order; one that does not claim it is refuted
 * here, by two writes.
 */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {fail, succeed} from '../../../src/base/failure.ts';
import {canonicalJson, isObject, type Json} from '../../../src/base/json.ts';
import {Fold} from '../../../src/core/fold/fold.ts';
import {happenedBefore, type Op} from '../../../src/core/log/op.ts';
import {
  EMPTY,
  extend,
  sameDot,
  seqOf,
  showDot,
  type VersionVector,
} from '../../../src/core/log/version-vector.ts';
import type {CustomModule} from '../../../src/core/resolvers/custom-module.ts';
import {
  RESOLVER_ABOUT,
  RESOLVER_NAMES,
  type ResolverName,
  resolverOf,
} from '../../../src/core/resolvers/registry.ts';
import type {Resolver} from '../../../src/core/resolvers/resolver.ts';
import {anyHistory, anyPicks, interleave, interleaveCausally, LEADERS} from '../../support/arbitraries.ts';
import {runs} from '../../support/runs.ts';
import {AP, Lens, US, writesTo} from './lens.ts';

const KEYS = ['a', 'b'];

const texts = (value: Json | undefined): Json => canonicalJson(value ?? 'deleted');

/** A union of what was given, as text: commutative, associative, idempotent. */
const LAWFUL_MERGE: CustomModule = {
  form: 'merge',
  merge: (mine, theirs) => {
    const parts = (value: Json | undefined): Json[] =>
      typeof value === 'object' && value !== null && 'of' in value
        ? [...(value.of as Json[])]
        : [texts(value)];
    return succeed({of: [...new Set([...parts(mine), ...parts(theirs)])].sort()});
  },
  resolve: () => fail('never', 'not that form'),
};

/**
 * Breaks all laws: its result depends on everything but the order in which it is called, and it fails
 * sometimes.
 */
const ANY_RESOLVE: CustomModule = {
  form: 'resolve',
  merge: () => fail('never', 'not that form'),
  resolve: siblings =>
    siblings.length === 3
      ? fail('custom', 'three are too many')
      : succeed(siblings.map(({origin, seq}) => `${origin}${seq}`).reverse()),
};

/** It keeps what it was called with first: neither commutative nor anything else. */
const UNLAWFUL_MERGE: CustomModule = {
  ...LAWFUL_MERGE,
  merge: (mine, theirs) => succeed(mine ?? theirs ?? null),
};

function resolverCalled(name: ResolverName): Resolver {
  if (name === 'priority') return resolverOf({name, order: [US, AP]});
  return name === 'custom' ? resolverOf({name, file: '/m.mjs'}, ANY_RESOLVE) : resolverOf({name});
}

const CONVERGENT: readonly (readonly [string, Resolver])[] = [
  ...RESOLVER_NAMES.map(name => [name as string, resolverCalled(name)] as const).filter(
    ([, {convergent}]) => convergent,
  ),
  ['custom with a lawful merge', resolverOf({name: 'custom', file: '/m.mjs'}, LAWFUL_MERGE)],
  ['custom without its module', resolverOf({name: 'custom', file: '/m.mjs'})],
];

/**
 * Everything that can be asked of a resolver about one history, in one text. Asking after every write must
 * change nothing.
 */
function account(
  resolver: Resolver,
  history: readonly Op[],
  order: readonly Op[],
  asking: 'at the end' | 'always' = 'at the end',
): string {
  const perKey = KEYS.map(of => {
    const lens = new Lens(resolver);
    for (const write of writesTo(order, of)) {
      lens.apply(write);
      if (asking === 'always') void [lens.reads, lens.lost, lens.why];
    }
    const written = writesTo(order, of).length > 0;
    const shows = history.filter(({dot}) => lens.shows(dot)).map(({dot}) => showDot(dot));
    return {
      reads: lens.reads,
      shown: lens.shown,
      lost: lens.lost,
      shows,
      failure: lens.failure,
      why: written ? typeof lens.why : '',
    };
  });
  return JSON.stringify([
    perKey.map(({reads, ...rest}) => ({...rest, reads: canonicalJson(reads)})),
    new Fold(resolver, order).digest(),
  ]);
}

/** A leader as far as delivery goes: what it has applied already is dropped. */
class Site {
  readonly log: Op[] = [];
  #vv: VersionVector = EMPTY;
  receive(ops: readonly Op[]): this {
    for (const op of ops) {
      if (seqOf(this.#vv, op.dot.origin) >= op.dot.seq) continue;
      this.#vv = extend(this.#vv, op.dot);
      this.log.push(op);
    }
    return this;
  }
}

describe.each(CONVERGENT)('%s', (_name, resolver) => {
  it('reads, shows and loses the same in any two orders of delivery', () => {
    fc.assert(
      fc.property(anyHistory(resolver), anyPicks, anyPicks, (ops, a, b) => {
        expect(account(resolver, ops, interleave(ops, a), 'always')).toBe(
          account(resolver, ops, interleave(ops, b)),
        );
      }),
      {numRuns: runs(400)},
    );
  });

  it('reads, shows and loses the same in a causal order as in any other', () => {
    fc.assert(
      fc.property(anyHistory(resolver), anyPicks, anyPicks, (ops, a, b) => {
        expect(account(resolver, ops, interleaveCausally(ops, a))).toBe(
          account(resolver, ops, interleave(ops, b)),
        );
      }),
      {numRuns: runs(100)},
    );
  });

  it('joins what leaders received in parts and repeatedly to the same value, for any grouping', () => {
    const anyPrefix = fc.tuple(fc.nat(15), fc.nat(15), fc.nat(15));
    fc.assert(
      fc.property(anyHistory(resolver), anyPrefix, anyPrefix, (ops, one, other) => {
        const part = (lengths: readonly number[]) =>
          ops.filter(({dot}) => dot.seq <= (lengths[LEADERS.indexOf(dot.origin)] ?? 0));
        const [a, b, c] = [part(one), part(other), ops];
        const left = new Site().receive(a).receive(b).receive(c).receive(a);
        const right = new Site().receive(new Site().receive(b).receive(c).log).receive(b).receive(a);
        expect(account(resolver, ops, left.log)).toBe(account(resolver, ops, right.log));
      }),
      {numRuns: runs(60)},
    );
  });

  it('shows a write that has seen every other, and loses nothing without a conflict', () => {
    fc.assert(
      fc.property(anyHistory(resolver), ops => {
        for (const of of KEYS) {
          const lens = new Lens(resolver, writesTo(ops, of));
          const [only, ...others] = lens.frontier.members;
          if (only === undefined || others.length > 0 || resolver.name === 'lww') continue;
          expect(lens.shows(only.dot)).toBe(true);
        }
      }),
      {numRuns: runs(60)},
    );
  });
});

/** Each leader applies its own operations first, then the others'. */
const ownFirst = (ops: readonly Op[], own: number): Op[] => [
  ...ops.filter(({dot}) => dot.origin === LEADERS[own]),
  ...ops.filter(({dot}) => dot.origin !== LEADERS[own]),
];

describe.each(RESOLVER_NAMES.filter(name => !RESOLVER_ABOUT[name].convergent && name !== 'custom'))(
  '%s',
  name => {
    const resolver = resolverCalled(name);

    it('does not converge even with two writes', () => {
      const converges = fc.property(anyHistory(resolver), ops => {
        const [us, eu] = [0, 1]
          .map(own => ownFirst(ops, own))
          .map(order => KEYS.map(of => canonicalJson(new Lens(resolver, writesTo(order, of)).reads)));
        expect(us).toEqual(eu);
      });
      const {failed, counterexample, seed} = fc.check(converges, {numRuns: runs(1000)});
      expect(failed, `seed ${seed}`).toBe(true);
      expect(counterexample?.[0], `seed ${seed}`).toHaveLength(2);
    });
  },
);

describe('custom with a merge that violates the laws', () => {
  it('does not converge', () => {
    const resolver = resolverOf({name: 'custom', file: '/m.mjs'}, UNLAWFUL_MERGE);
    const converges = fc.property(anyHistory(resolver), anyPicks, anyPicks, (ops, a, b) => {
      expect(account(resolver, ops, interleave(ops, a))).toBe(account(resolver, ops, interleave(ops, b)));
    });
    const {failed, seed} = fc.check(converges, {numRuns: runs(1000)});
    expect(failed, `seed ${seed}`).toBe(true);
  });
});

const anyOrder = (resolver: Resolver) =>
  fc.tuple(anyHistory(resolver), anyPicks).map(([ops, picks]) => interleave(ops, picks));

describe('guarantees of resolvers', () => {
  it('hlc never discards a write in favour of one that it had seen', () => {
    fc.assert(
      fc.property(anyOrder(resolverOf({name: 'hlc'})), order => {
        for (const of of KEYS) {
          const lens = new Lens(resolverOf({name: 'hlc'}), writesTo(order, of));
          const shown = order.find(({dot}) => showDot(dot) === lens.shown);
          for (const op of order.filter(({writes}) => writes.some(change => change.key === of))) {
            if (shown && !sameDot(op.dot, shown.dot)) expect(happenedBefore(shown, op)).toBe(false);
          }
        }
      }),
      {numRuns: runs(300)},
    );
  });

  it('lww discards one if a clock is behind', () => {
    const never = fc.property(anyOrder(resolverOf({name: 'lww'})), order => {
      for (const of of KEYS) {
        const lens = new Lens(resolverOf({name: 'lww'}), writesTo(order, of));
        if (lens.shown !== undefined)
          expect(lens.frontier.members.map(({dot}) => showDot(dot))).toContain(lens.shown);
      }
    });
    const {failed, seed} = fc.check(never, {numRuns: runs(1000)});
    expect(failed, `seed ${seed}`).toBe(true);
  });

  it.each(['siblings', 'crdt'] as const)(
    '%s loses no write, except leaves of documents that two leaders put concurrently',
    name => {
      const resolver = resolverOf({name});
      fc.assert(
        fc.property(anyOrder(resolver), order => {
          for (const of of KEYS) {
            const lens = new Lens(resolver, writesTo(order, of));
            const isLeaf = (dot: string) => {
              const change = lens.frontier.members.find(member => showDot(member.dot) === dot)?.change;
              return change?.type === 'hset' || (change?.type === 'set' && isObject(change.value));
            };
            expect(lens.lost.filter(dot => name === 'siblings' || !isLeaf(dot))).toEqual([]);
          }
        }),
        {numRuns: runs(200)},
      );
    },
  );

  it.each(['hlc', 'fww', 'priority', 'apply-remote', 'keep-local', 'halt'] as const)(
    '%s shows one member of the frontier, and loses the others',
    name => {
      const resolver = resolverCalled(name);
      fc.assert(
        fc.property(anyOrder(resolver), order => {
          for (const of of KEYS) {
            const lens = new Lens(resolver, writesTo(order, of));
            const members = lens.frontier.members.map(({dot}) => showDot(dot));
            if (members.length > 0) expect([lens.shown, ...lens.lost].sort()).toEqual(members);
          }
        }),
        {numRuns: runs(150)},
      );
    },
  );

  it('no explanation grows with the conflict', () => {
    const many = Array.from({length: 300}, (_, n) => `l${n}`);
    for (const name of RESOLVER_NAMES) {
      const lens = new Lens(resolverCalled(name));
      for (const origin of many) {
        lens.apply({
          dot: {origin: origin as typeof US, seq: 1},
          after: EMPTY,
          hlc: {wallMs: 5, logical: 0},
          wallMs: 5,
          change: {
            type: 'hset',
            field: 'name',
            value: origin,
            effect: {name: origin},
            key: 'a' as never,
            generation: 1,
            saw: [],
          },
        });
      }
      expect(lens.frontier.members).toHaveLength(300);
      expect(lens.why.length, lens.why).toBeLessThan(700);
    }
  });
});
