import fc from 'fast-check';
import {expect, it} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {showDot} from '../../src/core/log/version-vector.ts';
import {DotSet, within} from '../../src/history/dot-set.ts';

const ORIGINS = ['us', 'eu'].map(leaderId);
const anyRange = fc.record({
  origin: fc.constantFrom(...ORIGINS),
  from: fc.integer({min: 1, max: 30}),
  length: fc.integer({min: 0, max: 8}),
});

it('holds everything that was added in any order and overlap, in the smallest number of intervals', () => {
  fc.assert(
    fc.property(fc.array(anyRange), ranges => {
      const set = new DotSet();
      const oracle = new Set<string>();
      for (const {origin, from, length} of ranges) {
        set.add(origin, from, from + length);
        for (let seq = from; seq <= from + length; seq++) oracle.add(showDot({origin, seq}));
      }
      const again = new DotSet(set.toJson());
      for (const origin of ORIGINS) {
        for (let seq = 1; seq <= 40; seq++) {
          expect(set.has({origin, seq})).toBe(oracle.has(showDot({origin, seq})));
          expect(again.has({origin, seq})).toBe(set.has({origin, seq}));
        }
        const intervals = set.toJson()[origin] ?? [];
        intervals
          .slice(1)
          .forEach(([from], i) => void expect(from).toBeGreaterThan((intervals[i]?.[1] ?? 0) + 1));
      }
    }),
  );
});

it('finds the entries within a range, whether the range or the map is larger', () => {
  const map = new Map(
    [1, 5, 9].flatMap(seq => ORIGINS.map(origin => [showDot({origin, seq}), `${origin}${seq}`] as const)),
  );
  expect(within(map, ORIGINS[0] ?? leaderId('us'), 2, 5)).toEqual(['us5']);
  expect(within(map, ORIGINS[0] ?? leaderId('us'), 1, 1_000_000_000)).toEqual(['us1', 'us5', 'us9']);
});
