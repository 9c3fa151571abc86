import {expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {LeaderEvent} from '../../src/core/io/leader-event.ts';
import {wallClock} from '../../src/core/log/wall-clock.ts';
import {Replica} from '../../src/core/replica.ts';
import {changedSettings} from '../../src/leader/changed-settings.ts';
import {Host} from '../../src/leader/host.ts';
import type {LogEntry, OpLogStore} from '../../src/store/log-store.ts';

const TRUE_CLOCK = {offsetMs: 0, driftPpm: 0, sinceMs: 0};

/** A disk that refuses on demand, and remembers what it stored. */
class MoodyStore implements OpLogStore {
  refuses = false;
  readonly taken: LogEntry[] = [];

  load(): readonly LogEntry[] {
    return [];
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    // An answer never comes in the same turn.
    await Promise.resolve();
    if (this.refuses) throw new Error('no space left on the disk');
    this.taken.push(...entries);
  }

  getMeta(): unknown {
    return undefined;
  }

  async setMeta(): Promise<void> {}
  async close(): Promise<void> {}
}

function setUp() {
  const store = new MoodyStore();
  const events: LeaderEvent[] = [];
  const replica = new Replica({self: leaderId('us'), cluster: 'test', resolver: {name: 'lww'}, ops: []});
  const surroundings = {
    send: () => {},
    report: (event: LeaderEvent) => events.push(event),
    dropLink: () => {},
    stepped: () => {},
  };
  const host = new Host(replica, store, surroundings, TRUE_CLOCK);
  const set = (name: string, value: number) =>
    host.request({type: 'write-requested', writes: [{key: key(name), intent: {type: 'set', value}}]});
  const get = (name: string) => host.request({type: 'read-requested', key: key(name)});
  return {store, events, host, set, get};
}

it(
  'refuses writes with the reason while the disk refuses them, continues to read, and accepts ' +
    'writes afterwards',
  async () => {
    const {store, events, set, get} = setUp();
    expect(await set('a', 1)).toMatchObject({type: 'accepted', dot: {seq: 1}});
    store.refuses = true;
    const refused = await set('a', 2);
    expect(refused).toMatchObject({
      type: 'refused',
      failure: {code: 'storage', message: 'the disk refused the write: no space left on the disk'},
    });
    expect(await get('a')).toMatchObject({type: 'read', reading: {type: 'value', value: 1}});
    expect(events.find(({type}) => type === 'storage-failed')).toMatchObject({forgotten: 1});
    store.refuses = false;
    expect(await set('a', 3)).toMatchObject({type: 'accepted', dot: {seq: 2}});
    expect(await get('a')).toMatchObject({type: 'read', reading: {type: 'value', value: 3}});
    expect(store.taken.map(({arrival, op}) => [arrival, op.dot.seq])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  },
);

it('answers many writes in one step, but not before the disk has them', async () => {
  const {store, set} = setUp();
  const replies = await Promise.all(
    Array.from({length: 50}, (_, n) => set(`k${n}`, n).then(reply => ({reply, taken: store.taken.length}))),
  );
  replies.forEach(({reply, taken}, n) => {
    expect(reply).toMatchObject({type: 'accepted', dot: {seq: n + 1}});
    expect(taken).toBeGreaterThan(n);
  });
  expect(store.taken).toHaveLength(50);
});

it('forgets all waiting writes when the disk refuses, and continues the numbers without a gap', async () => {
  const {store, set, get} = setUp();
  store.refuses = true;
  const replies = await Promise.all(Array.from({length: 5}, (_, n) => set(`k${n}`, n)));
  expect(replies.every(({type}) => type === 'refused')).toBe(true);
  store.refuses = false;
  expect(await set('k', 9)).toMatchObject({dot: {seq: 1}});
  expect(await get('k0')).toMatchObject({type: 'read', reading: {type: 'absent'}});
});

it('stamps its writes with a skewed and drifting clock, in whole milliseconds from 0', async () => {
  const {host, set} = setUp();
  host.clock = {offsetMs: -3_600_000, driftPpm: 0, sinceMs: 0};
  await set('a', 1);
  const before = Date.now();
  host.clock = {offsetMs: 3_600_000, driftPpm: 0, sinceMs: 0};
  await set('a', 2);
  const [slow, fast] = host.replica.log;
  expect(slow?.wallMs).toBeLessThanOrEqual(before - 3_600_000);
  expect(fast?.wallMs).toBeGreaterThanOrEqual(before + 3_600_000);
});

it.each([
  [{offsetMs: 500, driftPpm: 0, sinceMs: 0}, 10_000, 10_500],
  [{offsetMs: -40, driftPpm: 1000, sinceMs: 4_000}, 10_000, 9_966],
  [{offsetMs: 0, driftPpm: -100_000, sinceMs: 9_995}, 10_000, 10_000],
  [{offsetMs: -20_000, driftPpm: 0, sinceMs: 0}, 10_000, 0],
  [{offsetMs: 1e300, driftPpm: 0, sinceMs: 0}, 10_000, Number.MAX_SAFE_INTEGER],
])('the clock %j shows at %d ms: %d', (clock, machineMs, shown) => {
  expect(wallClock(clock, machineMs)).toBe(shown);
});

it('passes only the settings that changed to the replica', () => {
  const wanted = {
    resolver: {name: 'lww'},
    delivery: 'causal',
    ack: 'local',
    loopguard: true,
    members: [leaderId('us'), leaderId('eu')],
    clock: TRUE_CLOCK,
  } as const;
  const {host} = setUp();
  const changed = changedSettings(host.replica, {...wanted, members: [...wanted.members]});
  expect(changed.map(({name}) => name)).toEqual(['members', 'delivery']);
  for (const setting of changed) host.input({type: 'setting-changed', setting});
  expect(changedSettings(host.replica, {...wanted, members: [...wanted.members]})).toEqual([]);
});
