import {describe, expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {CLEAR_RULE} from '../../src/faults/rule.ts';
import {lan, slow, wan} from '../../src/faults/wan.ts';

const regions = ['us', 'eu', 'ap', 'sa', 'af', 'me', 'in', 'jp', 'au', 'ca'].map(leaderId);
const [us, eu, ap] = ['us', 'eu', 'ap'].map(leaderId) as [never, never, never];

describe('the distances between leaders', () => {
  test('the default lab has the documented latencies, with a little jitter', () => {
    expect(wan(us, eu)).toEqual({...CLEAR_RULE, latencyMs: 45, jitterMs: 2});
    expect(wan(eu, ap).latencyMs).toBe(90);
    expect(wan(us, ap).latencyMs).toBe(75);
  });

  test('every pair of regions has a plausible latency, which is the same in both directions', () => {
    for (const a of regions)
      for (const b of regions.filter(other => other !== a)) {
        expect(wan(a, b)).toEqual(wan(b, a));
        expect(wan(a, b).latencyMs, `${a}-${b}`).toBeGreaterThanOrEqual(5);
        expect(wan(a, b).latencyMs, `${a}-${b}`).toBeLessThanOrEqual(150);
      }
    expect(wan(us, leaderId('ca')).latencyMs).toBeLessThan(wan(us, leaderId('au')).latencyMs);
  });

  test('a name that is not a region is 60 ms away', () => {
    expect(wan(us, leaderId('x1')).latencyMs).toBe(60);
  });

  test('slow multiplies latencies, and lan removes them', () => {
    expect(slow(10)(us, eu)).toEqual({...CLEAR_RULE, latencyMs: 450, jitterMs: 23});
    expect(lan(us, eu)).toEqual(CLEAR_RULE);
  });
});
