import {expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import {LossFeed} from '../../src/core/loss-feed.ts';

const US = leaderId('us');
const TITLE = key('title');
const dot = (seq: number) => ({origin: US, seq});

it('tells each change once, and nothing of what came and went in between', () => {
  const feed = new LossFeed();
  feed.add({key: TITLE, lost: [dot(1), dot(2)], found: []});
  feed.add({key: TITLE, lost: [], found: [dot(1)]});
  expect(feed.take()).toEqual([{key: TITLE, lost: [dot(2)], found: []}]);
  feed.add({key: TITLE, lost: [], found: [dot(2)]});
  expect(feed.take()).toEqual([{key: TITLE, lost: [], found: [dot(2)]}]);
  expect([feed.take(), feed.size]).toEqual([[], 0]);
});

it('tells everything anew after a reset, a bounded part with each message', () => {
  const feed = new LossFeed();
  feed.add({key: TITLE, lost: [dot(1)], found: []});
  const all = Array.from({length: 45_000}, (_, i) => dot(i + 1));
  feed.reset({disturbedKeys: () => [TITLE], lost: () => all});
  const taken = [feed.take(), feed.take(), feed.take(), feed.take()].map(reports => reports.flatMap(({lost}) => lost));
  expect(taken.map(({length}) => length)).toEqual([20_000, 20_000, 5000, 0]);
  expect(new Set(taken.flat().map(({seq}) => seq)).size).toBe(45_000);
});
