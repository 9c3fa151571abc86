import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {key, leaderId, linkId} from '../../src/base/ids.ts';
import type {Input} from '../../src/core/io/input-effect.ts';
import type {VersionVector} from '../../src/core/log/version-vector.ts';
import {Replica} from '../../src/core/replica.ts';
import {EventPublisher} from '../../src/leader/event-publisher.ts';
import {type News, newsSchema} from '../../src/wire/leader-control.ts';

const US = leaderId('us');
const EU = leaderId('eu');
const AP = leaderId('ap');

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp() {
  const replica = new Replica({
    self: US,
    cluster: 'test',
    resolver: {name: 'halt'},
    delivery: 'causal',
    members: [US, EU],
    ops: [],
  });
  const clock = {offsetMs: 0, driftPpm: 0, sinceMs: 0};
  const publisher = new EventPublisher(replica, () => clock, Date.now());
  const news: News[] = [];
  publisher.subscribe({bufferedBytes: 0, event: body => news.push(newsSchema.parse(body))});
  const input = (one: Input): void => {
    for (const effect of replica.step(one, {wallMs: 1000, monotonicMs: 0}))
      if (effect.type === 'report') publisher.report(effect.event, Date.now());
    publisher.touch();
  };
  const receive = (origin: typeof EU, seq: number, after: VersionVector, name: string): void => {
    const op = {
      dot: {origin, seq},
      after,
      hlc: {wallMs: 1000, logical: 0},
      wallMs: 1000,
      writes: [{type: 'set', key: key(name), generation: 1, saw: [], value: seq}],
    } as const;
    input({
      type: 'message-received',
      link: linkId(EU, US),
      message: {type: 'ops', batch: 1, ops: [op], hops: [2]},
    });
  };
  const write = (name: string): void => {
    input({
      type: 'write-requested',
      request: 1,
      writes: [{key: key(name), intent: {type: 'set', value: 'A'}}],
    });
    input({type: 'persisted', count: replica.opCount});
  };
  return {replica, news, clock, publisher, input, receive, write};
}

it('a leader that starts reports its conflicts, because it may decide them differently now', () => {
  const writes = [{type: 'set', key: key('title'), generation: 1, saw: [], value: 'A'}] as const;
  const ops = [US, EU].map(origin => ({
    dot: {origin, seq: 1},
    after: {},
    hlc: {wallMs: 1000, logical: 0},
    wallMs: 1000,
    writes: [...writes],
  }));
  const replica = new Replica({self: US, cluster: 'test', resolver: {name: 'siblings'}, ops});
  const news: News[] = [];
  const publisher = new EventPublisher(replica, () => ({offsetMs: 0, driftPpm: 0, sinceMs: 0}), Date.now());
  publisher.subscribe({bufferedBytes: 0, event: body => news.push(newsSchema.parse(body))});
  expect(news).toMatchObject([{conflicts: [{key: 'title', resolver: 'siblings', writes: [{}, {}]}]}]);
});

it('reports the halted origins, and the operations in a notice', () => {
  const {news, receive, write, input} = setUp();
  write('title');
  receive(EU, 1, {}, 'title');
  vi.advanceTimersByTime(40);
  expect(news.at(-1)).toMatchObject({
    acknowledged: [[1, 1]],
    halted: [{origin: EU, dot: {origin: EU, seq: 1}, key: 'title', with: [{origin: US, seq: 1}]}],
    notices: ['has halted on eu:1 (title): it conflicts with us:1'],
  });
  input({type: 'skip-requested', request: 2, origin: EU});
  vi.advanceTimersByTime(40);
  expect(news.at(-1)).toMatchObject({
    halted: [],
    applied: [{dot: {origin: EU, seq: 1}, hops: 2}],
    notices: ['applies operations of eu again'],
  });
});

it('reports how many operations wait in memory', () => {
  const {news, receive} = setUp();
  receive(EU, 1, {[AP]: 1}, 'title');
  vi.advanceTimersByTime(40);
  expect(news.at(-1)?.buffered).toBe(1);
});

it('changes of counters alone are sent within a second, with the next other report, and only once', () => {
  const {news, receive, write, publisher} = setUp();
  receive(EU, 1, {}, 'a');
  vi.advanceTimersByTime(40);
  const before = news.length;
  receive(EU, 1, {}, 'a');
  vi.advanceTimersByTime(500);
  expect(news).toHaveLength(before);
  vi.advanceTimersByTime(500);
  expect(news.slice(before).map(({redundantOps}) => redundantOps)).toEqual([1]);
  receive(EU, 1, {}, 'a');
  write('b');
  vi.advanceTimersByTime(40);
  expect(news.at(-1)?.redundantOps).toBe(2);
  const after = news.length;
  for (let i = 0; i < 50; i++) {
    publisher.touch();
    vi.advanceTimersByTime(100);
  }
  expect(news).toHaveLength(after);
});

it('publishNow sends changes of counters alone, too', () => {
  const {news, receive, publisher} = setUp();
  receive(EU, 1, {}, 'a');
  publisher.publishNow();
  receive(EU, 1, {}, 'a');
  publisher.publishNow();
  expect(news.at(-1)?.redundantOps).toBe(1);
  const told = news.length;
  publisher.publishNow();
  expect(news).toHaveLength(told);
});

it('reports a changed clock at once', () => {
  const {news, clock, publisher} = setUp();
  clock.offsetMs = -500;
  publisher.touch();
  vi.advanceTimersByTime(40);
  expect(news.at(-1)?.clockOffsetMs).toBe(-500);
});

it('reports a changed resolver at once, even if no reading changes', () => {
  const {replica, news, publisher} = setUp();
  const standIn = vi.spyOn(replica, 'resolver', 'get').mockReturnValue({name: 'lww'});
  publisher.touch();
  vi.advanceTimersByTime(40);
  expect(news.at(-1)?.resolver).toEqual({name: 'lww'});
  standIn.mockRestore();
});

it("keys on which the user's module failed for one reason share a notice", () => {
  const {news, publisher} = setUp();
  for (let n = 1; n <= 9; n++)
    publisher.report({type: 'custom-failed', key: key(`k${n}`), reason: n === 2 ? 'no idea' : 'too late'}, 0);
  vi.advanceTimersByTime(40);
  expect(news.at(-1)?.notices).toEqual([
    'custom failed on k1, k3, k4 and 5 more: too late; siblings are kept',
    'custom failed on k2: no idea; siblings are kept',
  ]);
  publisher.report({type: 'custom-failed', key: key('k'), reason: 'no idea'}, 0);
  vi.advanceTimersByTime(40);
  expect(news.at(-1)?.notices).toEqual(['custom failed on k: no idea; siblings are kept']);
});

it('the state of many keys with large siblings fits in a message', () => {
  const value = '日'.repeat(4000);
  const leaders = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(leaderId);
  const ops = leaders.flatMap(origin =>
    Array.from({length: 200}, (_, n) => ({
      dot: {origin, seq: n + 1},
      after: n === 0 ? {} : {[origin]: n},
      hlc: {wallMs: 1000, logical: n},
      wallMs: 1000,
      writes: [{type: 'set', key: key(`k${n}`), generation: 1, saw: [], value}] as const,
    })),
  );
  const replica = new Replica({self: US, cluster: 'test', resolver: {name: 'siblings'}, ops});
  const publisher = new EventPublisher(replica, () => ({offsetMs: 0, driftPpm: 0, sinceMs: 0}), Date.now());
  const sizes: number[] = [];
  publisher.subscribe({bufferedBytes: 0, event: body => sizes.push(Buffer.byteLength(JSON.stringify(body)))});
  expect(sizes).toHaveLength(1);
  expect(sizes[0]).toBeLessThan(8 * 1024 * 1024);
});

it('reused dots are reported in as many messages as they need', () => {
  const {publisher, news} = setUp();
  const writes = Array.from(
    {length: 100},
    (_, n) => ({type: 'set', key: key(`k${n}`), generation: 1, saw: [], value: 'x'.repeat(4000)}) as const,
  );
  for (let seq = 1; seq <= 50; seq++) {
    const op = {
      dot: {origin: EU, seq},
      after: seq === 1 ? {} : {[EU]: seq - 1},
      hlc: {wallMs: 1, logical: 0},
      wallMs: 1,
      writes,
    };
    publisher.report({type: 'dot-reused', dot: op.dot, peer: EU, ours: op, theirs: op}, Date.now());
  }
  publisher.flush();
  expect(news.flatMap(({reusedDots}) => reusedDots)).toHaveLength(50);
  for (const one of news) expect(JSON.stringify(one).length).toBeLessThan(1024 * 1024);
});
