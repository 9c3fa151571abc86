import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
  compareHlc,
  DRIFT_LIMIT_MS,
  HLC_ZERO,
  type Hlc,
  observeHlc,
  tickHlc,
} from '../../src/core/log/hybrid-clock.ts';

const anyHlc = fc.record({wallMs: fc.integer({min: 0, max: 100}), logical: fc.integer({min: 0, max: 5})});
const anyNow = fc.integer({min: 0, max: 100});

describe('invariant 6: the hybrid logical clock', () => {
  it('only rises, whatever the wall clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.record({nowMs: anyNow, remote: fc.option(anyHlc)})), steps => {
        let own: Hlc = HLC_ZERO;
        for (const {nowMs, remote} of steps) {
          const next = remote ? (observeHlc(own, remote, nowMs) ?? own) : tickHlc(own, nowMs);
          expect(compareHlc(next, own)).toBeGreaterThan(0);
          own = next;
        }
      }),
    );
  });

  it('is higher than every clock that it has received, so later operations have a higher clock', () => {
    fc.assert(
      fc.property(anyHlc, anyHlc, anyNow, (own, remote, nowMs) => {
        const seen = observeHlc(own, remote, nowMs);
        expect(seen && compareHlc(seen, remote)).toBeGreaterThan(0);
        expect(seen && compareHlc(seen, own)).toBeGreaterThan(0);
      }),
    );
  });

  it('stays at the wall clock while that is ahead', () => {
    expect(tickHlc({wallMs: 5, logical: 3}, 9)).toEqual({wallMs: 9, logical: 0});
    expect(tickHlc({wallMs: 9, logical: 3}, 5)).toEqual({wallMs: 9, logical: 4});
  });

  it('does not adopt a remote clock beyond the drift limit', () => {
    expect(observeHlc(HLC_ZERO, {wallMs: 1000 + DRIFT_LIMIT_MS + 1, logical: 0}, 1000)).toBeUndefined();
    expect(observeHlc(HLC_ZERO, {wallMs: 1000 + DRIFT_LIMIT_MS, logical: 0}, 1000)).toEqual({
      wallMs: 1000 + DRIFT_LIMIT_MS,
      logical: 1,
    });
  });
});
