import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {UngreetedConnections} from '../../src/net/ungreeted-connections.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Stranger {
  sentAway: string | undefined;
  destroy(reason: string): void {
    this.sentAway = reason;
  }
}

const some = (count: number): Stranger[] => Array.from({length: count}, () => new Stranger());

test('a connection that does not greet in time is closed, and one that greets stays open', () => {
  const reception = new UngreetedConnections(8, 1000);
  const [silent, polite] = some(2) as [Stranger, Stranger];
  for (const stranger of [silent, polite]) reception.add(stranger);
  vi.advanceTimersByTime(999);
  reception.remove(polite);
  expect(silent.sentAway).toBeUndefined();
  vi.advanceTimersByTime(2000);
  expect([silent.sentAway, polite.sentAway]).toEqual(['it sent no greeting', undefined]);
});

test(
  'if too many connections have not greeted, the oldest of them is closed, so a new ' +
    'connection is always accepted',
  () => {
    const reception = new UngreetedConnections(8, 1000);
    const strangers = some(300);
    for (const stranger of strangers) {
      reception.add(stranger);
      expect(stranger.sentAway).toBeUndefined();
    }
    expect(strangers.filter(({sentAway}) => sentAway === undefined)).toEqual(strangers.slice(-8));
  },
);

test('a connection that has greeted is not counted', () => {
  const reception = new UngreetedConnections(2, 1000);
  const [polite, ...others] = some(3) as [Stranger, ...Stranger[]];
  reception.add(polite);
  reception.remove(polite);
  for (const stranger of others) reception.add(stranger);
  expect(others.map(({sentAway}) => sentAway)).toEqual([undefined, undefined]);
});
