import {expect, it} from 'vitest';
import {RecentTimes} from '../../src/history/recent-times.ts';

it('counts what happened within the window, and nothing earlier', () => {
  const times = new RecentTimes(1000);
  for (const atMs of [0, 500, 1000, 1500]) times.add(atMs);
  expect(times.count(1500)).toBe(2);
  expect(times.count(2400)).toBe(1);
  expect(times.count(9000)).toBe(0);
});

it('keeps at most twice what a window holds, even if it is never read', () => {
  const times = new RecentTimes(1000);
  let most = 0;
  for (let i = 0; i < 200_000; i++) {
    times.add(i / 5);
    most = Math.max(most, times.remembered);
  }
  expect(most).toBeLessThanOrEqual(10_100);
  expect(times.count(40_000)).toBe(4999);
});
