import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {Prng} from '../../src/base/prng.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import {FRESH_LINK, type LinkState, longestDelayMs, verdict} from '../../src/faults/verdict.ts';

const rule = (change: Partial<LinkRule>): LinkRule => ({...CLEAR_RULE, ...change});
const judge = (change: Partial<LinkRule>, nowMs = 1000, link = FRESH_LINK) => verdict(rule(change), link, nowMs, new Prng(1));

describe('the verdict on a message', () => {
  test('a clear link delivers at once, and blames nothing', () => {
    expect(judge({})).toEqual({type: 'deliver', dueAtMs: 1000, faults: []});
  });

  test('latency delays by exactly that', () => {
    expect(judge({latencyMs: 45})).toEqual({type: 'deliver', dueAtMs: 1045, faults: ['latency']});
  });

  test('a cut drops, even on a link that also holds', () => {
    expect(judge({cut: true, hold: true, latencyMs: 45})).toEqual({type: 'drop', fault: 'cut'});
  });

  test('a hold holds', () => {
    expect(judge({hold: true, latencyMs: 45})).toEqual({type: 'hold', fault: 'hold'});
  });

  test('no message overtakes the one before it', () => {
    expect(judge({latencyMs: 5}, 1000, {lastDueMs: 1200})).toMatchObject({dueAtMs: 1200});
  });

  test('jitter stays within its bounds, is never before now, never reorders, and repeats from its seed', () => {
    fc.assert(
      fc.property(
        fc.record({latencyMs: fc.nat(200), jitterMs: fc.nat(300)}),
        fc.array(fc.nat(50), {minLength: 1, maxLength: 50}),
        fc.integer(),
        (change, gaps, seed) => {
          const run = (): number[] => {
            const random = new Prng(seed);
            let link: LinkState = FRESH_LINK;
            let nowMs = 0;
            return gaps.map(gap => {
              nowMs += gap;
              const result = verdict(rule(change), link, nowMs, random);
              if (result.type !== 'deliver') throw new Error('not delivered');
              expect(result.dueAtMs).toBeGreaterThanOrEqual(Math.max(nowMs, link.lastDueMs));
              expect(result.dueAtMs).toBeLessThanOrEqual(Math.max(nowMs + longestDelayMs(rule(change)), link.lastDueMs));
              link = {lastDueMs: result.dueAtMs};
              return result.dueAtMs;
            });
          };
          expect(run()).toEqual(run());
        },
      ),
    );
  });

  test('jitter does vary', () => {
    const random = new Prng(7);
    const dues = Array.from({length: 20}, () => verdict(rule({latencyMs: 100, jitterMs: 10}), FRESH_LINK, 0, random));
    expect(new Set(dues.map(due => JSON.stringify(due))).size).toBeGreaterThan(10);
  });
});
