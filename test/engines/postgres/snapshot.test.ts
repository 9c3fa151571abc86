/**
 * Tables of a database that a user changed by hand: the lab refuses them, because its own state would
 * contradict itself.
 */
import {expect, it} from 'vitest';
import {succeed} from '../../../src/base/failure.ts';
import type {LeaderId} from '../../../src/base/ids.ts';
import {readSnapshot} from '../../../src/engines/postgres/leader/snapshot.ts';
import {LEADERS} from '../../support/arbitraries.ts';

const [US, EU] = LEADERS as [LeaderId, LeaderId];

const row = {
  origin: US,
  seq: 1,
  after: {},
  hlc: {wallMs: 1, logical: 0},
  changes: ['{"key":"a","type":"set","value":1}'],
  generations: [1],
  saw: ['[]'],
  xid: 7,
  committed: 1,
  arrived: 1,
};

async function read(ops: readonly object[], applied: object): Promise<string> {
  const snapshot = await readSnapshot(
    {ask: async () => succeed([{ops, skipped: null, rows: null, applied}])},
    {members: [US, EU], have: {}, touched: [], hopsFrom: () => 0, operation: () => undefined},
  );
  return snapshot.ok ? 'read' : snapshot.failure.code;
}

it('reads operations that the database says it has applied', async () => {
  expect(await read([row], {us: 1})).toBe('read');
});

it('refuses an operation that the database does not count as applied', async () => {
  expect(await read([row], {})).toBe('damaged');
  expect(await read([row], {eu: 1})).toBe('damaged');
});

it('refuses an operation that has seen itself', async () => {
  expect(await read([{...row, after: {us: 1}}], {us: 1})).toBe('damaged');
});
