/**
 * Three real leaders without a lab: what they are told to do, and what their clients are told.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {type LeaderId, leaderId} from '../../src/base/ids.ts';
import {HOP_LIMIT} from '../../src/core/io/input-effect.ts';
import {type Child, startChild} from '../../src/engines/shared/child-process.ts';
import {findPrograms} from '../../src/engines/shared/programs.ts';
import {Channel} from '../../src/net/channel.ts';
import {
  doneSchema,
  type LeaderSettings,
  type News,
  newsSchema,
  skippedSchema,
  writtenSchema,
} from '../../src/wire/leader-control.ts';
import {waitFor} from '../support/wait.ts';

const TOKEN = 'the-token-of-this-test';
const RING = ['us', 'eu', 'ap'].map(leaderId);
const [US, EU, AP] = RING as [LeaderId, LeaderId, LeaderId];
const SETTINGS: LeaderSettings = {
  resolver: {name: 'lww'},
  delivery: 'fifo',
  ack: 'all',
  loopguard: true,
  members: RING,
  clock: {offsetMs: 0, driftPpm: 0, sinceMs: 0},
};

const folder = mkdtempSync(join(tmpdir(), 'leaderlab-test-'));
const children = new Map<LeaderId, Child>();
const clients = new Map<LeaderId, Channel>();
const news = new Map<LeaderId, News>();

beforeAll(async () => {
  const programs = findPrograms();
  if (!programs.ok) throw new Error(programs.failure.message);
  for (const id of RING) {
    const args = ['--id', id, '--folder', join(folder, id), '--settings', JSON.stringify(SETTINGS)];
    const started = await startChild(programs.value.leader, args, TOKEN);
    if (!started.ok) throw new Error(started.failure.message);
    children.set(id, started.value);
    const onEvent = (event: unknown): unknown => news.set(id, newsSchema.parse(event));
    const opened = await Channel.open({port: started.value.port, token: TOKEN, onEvent, onClosed: () => {}});
    if (!opened.ok) throw new Error(opened.failure.message);
    clients.set(id, opened.value);
    await opened.value.request({type: 'subscribe'}, doneSchema);
  }
  await configure(SETTINGS);
  await waitFor('every link open', () =>
    RING.every(id => news.get(id)?.links.every(({isOpen}) => isOpen) && news.get(id)?.links.length === 1),
  );
});

afterAll(async () => {
  for (const child of children.values()) child.end();
  await Promise.all([...children.values()].map(child => child.ended));
  rmSync(folder, {recursive: true});
});

const client = (id: LeaderId): Channel => {
  const found = clients.get(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

async function configure(settings: LeaderSettings): Promise<void> {
  for (const [i, id] of RING.entries()) {
    const leader = RING[(i + 1) % RING.length] as LeaderId;
    const peers = [{leader, port: children.get(leader)?.port, forward: 'all'}];
    expect(await client(id).request({type: 'configure', settings, peers}, doneSchema)).toEqual({
      ok: true,
      value: null,
    });
  }
}

const write = (id: LeaderId, key: string, value: string, more: object = {}) =>
  client(id).request({type: 'write', writes: [{key, intent: {type: 'set', value}}], ...more}, writtenSchema);

const total = (count: (one: News) => number): number =>
  [...news.values()].reduce((sum, one) => sum + count(one), 0);

it('a write under ack all is confirmed by all three leaders of a one-way ring', async () => {
  expect(await write(US, 'title', 'A')).toEqual({ok: true, value: {dot: {origin: US, seq: 1}}});
  await waitFor('ap to tell', () => news.get(AP)?.opCount === 1);
});

it('a write whose guard does not hold is refused with the present value', async () => {
  const answer = await write(EU, 'title', 'B', {guard: {key: 'title', expected: {value: 'X'}}});
  expect(answer).toMatchObject({ok: false, failure: {code: 'guard', message: 'title is "A", not "X"'}});
});

it('without the loop guard, one write goes round a ring up to the hop limit', async () => {
  await configure({...SETTINGS, loopguard: false});
  expect((await write(US, 'flood', 'x')).ok).toBe(true);
  // Of the links that it may travel, two bring it to leaders that lack it.
  await waitFor(
    'the rounds that the hop limit allows',
    () => total(({redundantOps}) => redundantOps) >= HOP_LIMIT - 2,
  );
  await configure(SETTINGS);
});

it('a skewed clock stamps writes, and the reports say by how much', async () => {
  await configure({...SETTINGS, clock: {offsetMs: -60_000, driftPpm: 0, sinceMs: 0}});
  await waitFor('us to tell', () => news.get(US)?.clockOffsetMs === -60_000);
  await configure(SETTINGS);
});

it('skip does nothing if nothing is halted', async () => {
  expect(await client(US).request({type: 'skip', origin: EU}, skippedSchema)).toEqual({
    ok: true,
    value: {dots: []},
  });
});

it(
  'with one leader dead, a write under ack all is unconfirmed, and the answer names the ' +
    'leaders that confirmed',
  async () => {
    children.get(AP)?.kill('SIGKILL');
    await children.get(AP)?.ended;
    const answer = await write(US, 'title', 'C');
    expect(answer).toMatchObject({
      ok: true,
      value: {dot: {origin: US}, unconfirmed: {confirmed: [US, EU], needed: 3}},
    });
  },
);
