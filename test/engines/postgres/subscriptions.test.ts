/**
 * Subscriptions are watched on whatever happens. Servers are replaced by stubs, because real servers do not
 * fail in unexpected ways.
 */
import {afterEach, expect, test} from 'vitest';
import {succeed} from '../../../src/base/failure.ts';
import {leaderId} from '../../../src/base/ids.ts';
import type {PostgresLeader} from '../../../src/engines/postgres/leader/postgres-leader.ts';
import type {Dialect} from '../../../src/engines/postgres/links/dialect.ts';
import {Subscriptions} from '../../../src/engines/postgres/links/subscriptions.ts';
import type {Links} from '../../../src/engines/shared/links.ts';
import {waitFor} from '../../support/wait.ts';

let subscriptions: Subscriptions | undefined;
afterEach(() => subscriptions?.close());

/** Two leaders with a subscription of an earlier lab. `unsubscribe` decides how its removal ends. */
function looking(unsubscribe: () => Promise<void>, failed: (reason: string) => void): Subscriptions {
  const leaders = ['us', 'eu'].map(name => {
    const sql = {query: () => Promise.resolve([])};
    return {id: leaderId(name), state: {status: 'up'}, sql} as unknown as PostgresLeader;
  });
  const dialect = {
    names: () => Promise.resolve(['us_to_eu']),
    states: () => Promise.resolve([]),
    unsubscribe,
  } as unknown as Dialect;
  const links = {
    clearly: <T>(_links: unknown, work: () => Promise<T>) => work(),
    arrange: () => Promise.resolve(succeed(null)),
    all: () => [],
  } as unknown as Links;
  return new Subscriptions({
    dialect,
    links,
    leaders: new Map(leaders.map(leader => [leader.id, leader])),
    changed: () => {},
    failed,
  });
}

test('an unexpected failure of a repair is reported, and the next repair still runs', async () => {
  let isBroken = true;
  let removed = 0;
  const told: string[] = [];
  const unsubscribe = async (): Promise<void> => {
    if (isBroken) throw new Error('an unexpected answer');
    removed += 1;
  };
  subscriptions = looking(unsubscribe, reason => told.push(reason));
  await expect(subscriptions.bring([])).rejects.toThrow('an unexpected answer');
  await waitFor('the failure is reported', () => told.length > 0);
  expect(told[0]).toContain('an unexpected answer');
  isBroken = false;
  await waitFor('it is removed', () => removed > 0);
  expect(await subscriptions.bring([])).toEqual(succeed(null));
});
