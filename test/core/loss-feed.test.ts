import {expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import {LossFeed} from '../../src/core/state/loss-feed.ts';

const US = leaderId('us');
const TITLE = key('title');
const dot = (seq: number) => ({origin: US, seq});

it('reports each change once, and no change that was undone in between', () => {
  const feed = new LossFeed();
  feed.add({key: TITLE, lost: [dot(1), dot(2)], found: []});
  feed.add({key: TITLE, lost: [], found: [dot(1)]});
  expect(feed.take()).toEqual([{key: TITLE, lost: [dot(2)], found: []}]);
  feed.add({key: TITLE, lost: [], found: [dot(2)]});
  expect(feed.take()).toEqual([{key: TITLE, lost: [], found: [dot(2)]}]);
  expect([feed.take(), feed.size]).toEqual([[], 0]);
});

it('reports everything again after a reset, a bounded part in each message', () => {
  const feed = new LossFeed();
  feed.add({key: TITLE, lost: [dot(1)], found: []});
  const all = Array.from({length: 45_000}, (_, i) => dot(i + 1));
  feed.reset({disturbedKeys: () => [TITLE], lost: () => all});
  const told = messagesOf(feed).flat();
  expect(new Set(told.flatMap(({lost}) => lost).map(({seq}) => seq)).size).toBe(45_000);
});

it(
  'a message is bounded whatever it reports: lost and found writes, of one key or of many with long ' +
    'names',
  () => {
    const feed = new LossFeed();
    const dots = Array.from({length: 20_000}, (_, i) => dot(i + 1));
    for (const name of ['a', 'b', 'c']) feed.add({key: key(name), lost: dots, found: []});
    expect(sum(messagesOf(feed))).toBe(60_000);
    for (const name of ['a', 'b', 'c']) feed.add({key: key(name), lost: [], found: dots});
    expect(sum(messagesOf(feed))).toBe(60_000);
    for (let n = 0; n < 3000; n++)
      feed.add({key: key(`${n}`.padEnd(1000, 'x')), lost: [dot(1)], found: [dot(2)]});
    expect(sum(messagesOf(feed))).toBe(6000);
  },
);

type Told = ReturnType<LossFeed['take']>;

/** Until nothing waits. Each message is checked. */
function messagesOf(feed: LossFeed): Told[] {
  const messages: Told[] = [];
  while (feed.size > 0) {
    const message = feed.take();
    expect(JSON.stringify(message).length).toBeLessThan(1024 * 1024);
    expect(message.every(({lost, found}) => lost.length + found.length > 0)).toBe(true);
    messages.push(message);
  }
  return messages;
}

const sum = (messages: readonly Told[]): number =>
  messages.flat().reduce((dots, {lost, found}) => dots + lost.length + found.length, 0);
