import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {
  concurrent,
  covers,
  dominates,
  EMPTY,
  extend,
  merge,
  missing,
  parseDot,
  sameVector,
  showDot,
  total,
} from '../../src/core/log/version-vector.ts';
import {anyDot, anyVector} from '../support/arbitraries.ts';

/** The oracle: a version vector as the plain set of the dots it stands for. */
const dotsOf = (vv: ReturnType<typeof Object>): Set<string> =>
  new Set(
    Object.entries(vv as Record<string, number>).flatMap(([origin, n]) =>
      Array.from({length: n}, (_, i) => `${origin}:${i + 1}`),
    ),
  );

const isSuperset = (a: Set<string>, b: Set<string>): boolean => [...b].every(dot => a.has(dot));

describe('a version vector is the set of dots below it', () => {
  it('covers exactly the dots in the set', () => {
    fc.assert(
      fc.property(anyVector, anyDot, (vv, dot) => {
        expect(covers(vv, dot)).toBe(dotsOf(vv).has(showDot(dot)));
      }),
    );
  });

  it('dominates exactly its subsets', () => {
    fc.assert(
      fc.property(anyVector, anyVector, (a, b) => {
        expect(dominates(a, b)).toBe(isSuperset(dotsOf(a), dotsOf(b)));
      }),
    );
  });

  it('is concurrent with another when neither contains the other', () => {
    fc.assert(
      fc.property(anyVector, anyVector, (a, b) => {
        expect(concurrent(a, b)).toBe(!isSuperset(dotsOf(a), dotsOf(b)) && !isSuperset(dotsOf(b), dotsOf(a)));
      }),
    );
  });

  it('merges to the union', () => {
    fc.assert(
      fc.property(anyVector, anyVector, (a, b) => {
        expect(dotsOf(merge(a, b))).toEqual(new Set([...dotsOf(a), ...dotsOf(b)]));
      }),
    );
  });

  it('merges commutatively, associatively and idempotently', () => {
    fc.assert(
      fc.property(anyVector, anyVector, anyVector, (a, b, c) => {
        expect(sameVector(merge(a, b), merge(b, a))).toBe(true);
        expect(sameVector(merge(merge(a, b), c), merge(a, merge(b, c)))).toBe(true);
        expect(sameVector(merge(a, a), a)).toBe(true);
      }),
    );
  });

  it('counts the dots that another lacks', () => {
    fc.assert(
      fc.property(anyVector, anyVector, (a, b) => {
        const lacking = [...dotsOf(a)].filter(dot => !dotsOf(b).has(dot)).length;
        expect(missing(a, b)).toBe(lacking);
        expect(missing(a, EMPTY)).toBe(total(a));
      }),
    );
  });

  it('grows only by the next dot of an origin', () => {
    const us = leaderId('us');
    expect(extend({[us]: 2}, {origin: us, seq: 3})).toEqual({us: 3});
    expect(() => extend({[us]: 2}, {origin: us, seq: 4})).toThrow('us:4 does not follow us:2');
    expect(() => extend({[us]: 2}, {origin: us, seq: 2})).toThrow();
  });

  it('prints dots that can be parsed again, and parses nothing else', () => {
    fc.assert(
      fc.property(anyDot, dot => {
        expect(parseDot(showDot(dot))).toEqual(dot);
      }),
    );
    for (const text of ['us', 'us:', 'us:0', 'us:-1', 'us:1:2', 'US:1', ':1', 'us:1x', 'constructor:1'])
      expect(parseDot(text), text).toBeUndefined();
  });
});
