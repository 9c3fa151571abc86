/**
 * The counter against the list of its increments, under random resets by writers that had seen some of them.
 */
import fc from 'fast-check';
import {expect, it} from 'vitest';
import {sumValue} from '../../../src/base/sum.ts';
import {compareDots, covers, type Dot} from '../../../src/core/log/version-vector.ts';
import {Counter} from '../../../src/core/resolvers/counter.ts';
import {anyVector, LEADERS} from '../../support/arbitraries.ts';

const LARGE = [1, -1].map(sign => sign * Number.MAX_SAFE_INTEGER);

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      origin: fc.constantFrom(...LEADERS),
      amount: fc.oneof(fc.integer(), fc.constantFrom(0.1, 0.2, ...LARGE)),
    }),
  },
  {weight: 1, arbitrary: anyVector},
);

it('is the sum of the increments that no reset had seen', () => {
  fc.assert(
    fc.property(fc.array(anyStep, {maxLength: 40}), steps => {
      const counter = new Counter();
      let live: {readonly dot: Dot; readonly amount: number}[] = [];
      steps.forEach((step, i) => {
        if ('amount' in step && typeof step.origin === 'string') {
          const dot = {origin: step.origin, seq: i + 1};
          counter.add(dot, step.amount);
          live.push({dot, amount: step.amount});
        } else {
          const seen = step as typeof anyVector extends fc.Arbitrary<infer T> ? T : never;
          counter.reset(seen);
          live = live.filter(({dot}) => !covers(seen, dot));
        }
        const byOrigin = [...LEADERS].sort().map(origin => live.filter(({dot}) => dot.origin === origin));
        const sums = byOrigin.filter(own => own.length > 0);
        const tenths = live.reduce(
          (sum, {amount}) => sum + (Number.isInteger(amount) ? 10n * BigInt(amount) : BigInt(10 * amount)),
          0n,
        );
        expect(String(sumValue(counter.sum))).toBe(textOfTenths(tenths));
        expect(counter.count).toBe(live.length);
        expect(counter.last).toEqual(
          live
            .map(({dot}) => dot)
            .sort(compareDots)
            .at(-1),
        );
        expect(new Set([...counter.ends()].map(({origin}) => origin)).size).toBe(sums.length);
      });
    }),
  );
});

function textOfTenths(tenths: bigint): string {
  const [whole, rest] = [tenths / 10n, tenths % 10n];
  if (rest === 0n) return String(whole);
  return `${tenths < 0n ? '-' : ''}${String(whole).replace('-', '')}.${String(rest).replace('-', '')}`;
}
