import {describe, expect, test} from 'vitest';
import {changeInWords, checkedChange, type RuleChange} from '../../src/faults/wording.ts';

describe('a change of a link', () => {
  test.each<[RuleChange, string]>([
    [{lossShare: 0.05, bandwidthBytesPerS: 100_000}, '100 kB/s, loss 5%'],
    [{latencyMs: 80, jitterMs: 20}, 'latency 80 ms, jitter 20 ms'],
    [{dupShare: 0.07, reorderShare: 0.005}, 'dup 7%, reorder 0.5%'],
    [{bandwidthBytesPerS: 1_500_000}, '1.5 MB/s'],
    [{bandwidthBytesPerS: 300}, '300 B/s'],
    [{bandwidthBytesPerS: 0, lossShare: 0}, 'any bandwidth, loss 0%'],
  ])('%j is described as %s', (change, words) => {
    expect(changeInWords(change)).toBe(words);
    expect(checkedChange(change)).toEqual({ok: true, value: change});
  });

  test.each<[RuleChange, string]>([
    [{lossShare: 1.2}, 'a link cannot have loss of 120%'],
    [{dupShare: -0.1}, 'a link cannot have dup of -10%'],
    [{reorderShare: Number.NaN}, 'a link cannot have reorder of NaN%'],
    [{latencyMs: -1}, 'a link cannot have a latency of -1 ms'],
    [{jitterMs: 3_600_001}, 'a link cannot have a jitter of 3600001 ms'],
    [{bandwidthBytesPerS: 0.5}, 'a link cannot have a bandwidth of 0.5 bytes/s'],
    [{bandwidthBytesPerS: Number.POSITIVE_INFINITY}, 'a link cannot have a bandwidth of Infinity bytes/s'],
  ])('%j is refused with a hint', (change, message) => {
    expect(checkedChange(change)).toMatchObject({
      ok: false,
      failure: {message, hint: expect.stringMatching(/^it is|^it goes/)},
    });
  });
});
