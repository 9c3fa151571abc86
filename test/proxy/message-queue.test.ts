import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {leaderId, linkId} from '../../src/base/ids.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import type {MessageQueue} from '../../src/proxy/message-queue.ts';
import {Link} from '../../src/proxy/proxied-link.ts';
import {encodeFrame, type Frame, type FrameKind, FrameReader} from '../../src/wire/frame.ts';

const id = linkId(leaderId('us'), leaderId('eu'));
const rule = (change: Partial<LinkRule>): LinkRule => ({...CLEAR_RULE, ...change});

function frame(kind: FrameKind, text: string): Frame {
  const [made] = new FrameReader().push(encodeFrame(kind, text)).frames;
  if (made === undefined) throw new Error('no frame');
  return made;
}

const HEADER_BYTES = 5;

/** Takes everything that is due, as text; the close as `close`. */
function takeAll(queue: MessageQueue, nowMs: number): string[] {
  const taken: string[] = [];
  for (;;) {
    const next = queue.take(nowMs);
    if (next === undefined) return taken;
    taken.push(next === 'close' ? 'close' : new TextDecoder().decode(next.raw.subarray(HEADER_BYTES)));
  }
}

function setUp(change: Partial<LinkRule>) {
  const link = new Link({id, carries: 'frames', rule: rule(change), seed: 1});
  const {forth, back} = link.open();
  const ops = (text: string, nowMs: number): void => forth.push(frame('ops', text), nowMs);
  return {link, forth, back, ops};
}

const bandwidthBytesPerS = fc.constantFrom(0, 100, 10_000);
const share = fc.constantFrom(0, 0.3, 1);

type Step = readonly ['send' | 'take' | 'reset' | Partial<LinkRule>, number];

/** An event on a link, and how long it happens after the previous one. */
const step = (rules: fc.Arbitrary<Partial<LinkRule>>): fc.Arbitrary<Step> =>
  fc.tuple(
    fc.oneof(
      {weight: 5, arbitrary: fc.constant('send' as const)},
      {weight: 3, arbitrary: fc.constant('take' as const)},
      {weight: 2, arbitrary: rules},
      {weight: 1, arbitrary: fc.constant('reset' as const)},
    ),
    fc.nat(20),
  );

/** Carries out the steps, then delivers every message that is left. */
function play(steps: readonly Step[]) {
  const {link, forth, ops} = setUp({});
  const taken: number[] = [];
  let [nowMs, sent] = [0, 0];
  for (const [what, gapMs] of steps) {
    nowMs += gapMs;
    if (what === 'send') ops(`${sent++}`, nowMs);
    else if (what === 'take') taken.push(...takeAll(forth, nowMs).map(Number));
    else if (what === 'reset') link.reset(nowMs);
    else link.setRule(rule(what), nowMs);
  }
  link.setRule(CLEAR_RULE, nowMs);
  taken.push(...takeAll(forth, nowMs).map(Number));
  return {link, forth, sent, taken};
}

describe('a link', () => {
  test('delivers each message when its latency has passed, not earlier', () => {
    const {forth, ops} = setUp({latencyMs: 45});
    ops('a', 100);
    ops('b', 110);
    expect(forth.nextDueMs()).toBe(145);
    expect(takeAll(forth, 144)).toEqual([]);
    expect(takeAll(forth, 154)).toEqual(['a']);
    expect(takeAll(forth, 155)).toEqual(['b']);
  });

  test('applies the same rule to acknowledgements on the way back', () => {
    const {link, back} = setUp({latencyMs: 45});
    back.push(frame('have', 'h'), 0);
    expect(back.nextDueMs()).toBe(45);
    expect(link.inFlight()).toEqual([{direction: 'back', sentAtMs: 0, dueAtMs: 45, faults: ['latency']}]);
    link.setRule(rule({cut: true}), 1);
    expect(link.tally).toMatchObject({delivered: 0, dropped: 1});
  });

  test('loses the messages in flight at a cut and those sent during it, and counts both', () => {
    const {link, forth, ops} = setUp({latencyMs: 45});
    ops('under way', 0);
    link.setRule(rule({cut: true}), 10);
    ops('during', 20);
    expect(forth.nextDueMs()).toBeUndefined();
    link.setRule(rule({latencyMs: 45}), 100);
    ops('after', 100);
    expect(takeAll(forth, 1000)).toEqual(['after']);
    expect(link.tally).toMatchObject({delivered: 1, dropped: 2});
    expect(link.tally.droppedBytes).toBe(
      frame('ops', 'under way').raw.length + frame('ops', 'during').raw.length,
    );
  });

  test('forwards the close of an end only after the heal', () => {
    const {link, forth, ops} = setUp({});
    link.setRule(rule({cut: true}), 0);
    ops('lost', 1);
    forth.close(2);
    expect(takeAll(forth, 1000)).toEqual([]);
    link.setRule(rule({latencyMs: 10}), 2000);
    expect(takeAll(forth, 2009)).toEqual([]);
    expect(takeAll(forth, 2010)).toEqual(['close']);
  });

  test('sends a close again after the heal if it was in flight at the cut', () => {
    const {link, forth} = setUp({latencyMs: 45});
    forth.close(0);
    link.setRule(rule({cut: true}), 10);
    link.setRule(rule({latencyMs: 45}), 100);
    expect(forth.nextDueMs()).toBe(145);
  });

  test('forwards the close after everything that was sent before it', () => {
    const {forth, ops} = setUp({latencyMs: 5});
    ops('a', 0);
    forth.close(1);
    expect(takeAll(forth, 100)).toEqual(['a', 'close']);
  });

  test(
    'keeps messages in flight and later ones back during a ' + 'hold, and forwards them in order on release',
    () => {
      const {link, forth, ops} = setUp({latencyMs: 45});
      ops('a', 0);
      link.setRule(rule({hold: true, latencyMs: 45}), 10);
      ops('b', 20);
      ops('c', 30);
      expect(takeAll(forth, 500)).toEqual([]);
      expect(link.held()).toBe(3);
      expect(link.inFlight()).toEqual([]);
      link.setRule(rule({latencyMs: 45}), 500);
      expect(link.held()).toBe(0);
      expect(takeAll(forth, 500)).toEqual(['a']);
      expect(takeAll(forth, 545)).toEqual(['b', 'c']);
    },
  );

  test('lets no message wait for a latency that was removed', () => {
    const {link, forth, ops} = setUp({latencyMs: 60_000});
    ops('a', 0);
    link.setRule(rule({latencyMs: 5}), 100);
    ops('b', 100);
    expect(takeAll(forth, 105)).toEqual(['a', 'b']);
  });

  test('delays and drops heartbeats, but does not show or count them', () => {
    const {link, forth} = setUp({latencyMs: 45});
    forth.push(frame('ping', '1'), 0);
    expect(link.inFlight()).toEqual([]);
    expect(takeAll(forth, 44)).toEqual([]);
    expect(takeAll(forth, 45)).toEqual(['1']);
    link.setRule(rule({cut: true}), 50);
    forth.push(frame('ping', '2'), 60);
    expect(takeAll(forth, 1000)).toEqual([]);
    expect(link.tally).toMatchObject({delivered: 0, dropped: 0, droppedBytes: 0, byFault: {}, marks: []});
  });

  test('shows at most the 8 oldest messages in flight', () => {
    const {link, ops} = setUp({latencyMs: 45});
    for (let i = 0; i < 20; i++) ops(`${i}`, i);
    expect(link.inFlight().map(message => message.sentAtMs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test(
    'delivers in order and at most once under any sequence of cuts, holds and delays, and ' +
      'counts every message',
    () => {
      const delays = fc.record({
        cut: fc.boolean(),
        hold: fc.boolean(),
        latencyMs: fc.nat(50),
        jitterMs: fc.nat(30),
        bandwidthBytesPerS,
      });
      fc.assert(
        fc.property(fc.array(step(delays), {maxLength: 200}), steps => {
          const {link, sent, taken} = play(steps);
          expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
          expect(link.tally.delivered + link.tally.dropped).toBe(sent);
        }),
      );
    },
  );

  test('accounts for every message and copy under any sequence of faults, and keeps none', () => {
    const faults = fc.record({
      cut: fc.boolean(),
      hold: fc.boolean(),
      latencyMs: fc.nat(50),
      bandwidthBytesPerS,
      lossShare: share,
      dupShare: share,
      reorderShare: share,
    });
    fc.assert(
      fc.property(fc.array(step(faults), {maxLength: 200}), steps => {
        const {link, sent, taken, forth} = play(steps);
        const {delivered, dropped, byFault, marks} = link.tally;
        expect(delivered).toBe(taken.length);
        expect(delivered + dropped).toBe(sent + (byFault.dup ?? 0));
        expect(dropped).toBe((byFault.cut ?? 0) + (byFault.loss ?? 0) + (byFault.reset ?? 0));
        expect(marks.length).toBeLessThanOrEqual(8);
        expect({bytes: forth.bytes, counted: forth.counted}).toEqual({bytes: 0, counted: 0});
      }),
    );
  });

  test('has the same jitter for the same seed, and another jitter than other links', () => {
    const dues = (seed: number, link = id): unknown => {
      const {forth} = new Link({
        id: link,
        carries: 'frames',
        rule: rule({latencyMs: 100, jitterMs: 50}),
        seed,
      }).open();
      return Array.from({length: 5}, (_, i) => {
        forth.push(frame('ops', ''), i * 1000);
        const due = forth.nextDueMs();
        forth.take(i * 1000 + 500);
        return due;
      });
    };
    expect(dues(1)).toEqual(dues(1));
    expect(dues(1)).not.toEqual(dues(2));
    expect(dues(1)).not.toEqual(dues(1, linkId(leaderId('eu'), leaderId('us'))));
  });
});

describe('a faulty link', () => {
  const {raw} = frame('ops', 'm');

  test('loses messages, and counts those that are not heartbeats', () => {
    const {link, forth, back, ops} = setUp({lossShare: 1});
    ops('m', 10);
    forth.push(frame('echo', 'm'), 20);
    back.push(frame('have', 'm'), 30);
    for (const kind of ['hello', 'ping', 'known'] as const) forth.push(frame(kind, ''), 40);
    for (const kind of ['hello', 'pong', 'known'] as const) back.push(frame(kind, ''), 40);
    expect(takeAll(forth, 1000)).toEqual([]);
    expect(link.tally).toMatchObject({
      delivered: 0,
      dropped: 3,
      droppedBytes: 3 * raw.length,
      byFault: {loss: 3},
    });
    expect(link.tally.marks).toEqual([
      {atMs: 10, direction: 'forth', bytes: raw.length, did: 'dropped', faults: ['loss']},
      {atMs: 20, direction: 'forth', bytes: raw.length, did: 'dropped', faults: ['loss']},
      {atMs: 30, direction: 'back', bytes: raw.length, did: 'dropped', faults: ['loss']},
    ]);
  });

  test('duplicates whole messages; the copy comes later, and other messages do not wait for it', () => {
    const {link, forth, ops} = setUp({dupShare: 1, latencyMs: 45});
    ops('a', 0);
    ops('b', 1);
    expect(takeAll(forth, 46)).toEqual(['a', 'b']);
    expect(takeAll(forth, 45 + 46).sort()).toEqual(['a', 'b']);
    expect(link.tally).toMatchObject({delivered: 4, byFault: {dup: 2, latency: 2}});
    expect(link.tally.marks[0]).toEqual({
      atMs: 0,
      direction: 'forth',
      bytes: raw.length,
      did: 'doubled',
      faults: ['dup'],
    });
  });

  test('reorders messages, and delivers each once, when it is due', () => {
    const {link, forth, ops} = setUp({reorderShare: 0.3});
    for (let i = 0; i < 200; i++) ops(`${i}`, i);
    const taken: string[] = [];
    for (let nowMs = 0; nowMs <= 220; nowMs++) {
      const now = takeAll(forth, nowMs);
      expect(now.map(Number).every(i => i <= nowMs)).toBe(true);
      taken.push(...now);
    }
    const inOrder = Array.from({length: 200}, (_, i) => `${i}`);
    expect(taken).not.toEqual(inOrder);
    expect(taken.sort((a, b) => Number(a) - Number(b))).toEqual(inOrder);
    expect(link.tally.byFault.reorder).toBeGreaterThan(20);
    expect(link.tally.marks).toHaveLength(8);
    expect(link.tally.marks.at(-1)).toMatchObject({
      did: 'overtaken',
      faults: ['reorder'],
      delayMs: expect.any(Number),
    });
  });

  test(
    'lets messages leave at its bandwidth, counts the ' + 'wait, and shortens it when the bandwidth grows',
    () => {
      const {link, forth, ops} = setUp({bandwidthBytesPerS: 100 * raw.length});
      for (let i = 0; i < 10; i++) ops(`${i}`, 0);
      expect(takeAll(forth, 35)).toEqual(['0', '1', '2']);
      expect(link.inFlight()).toHaveLength(7);
      expect(link.inFlight()[6]).toMatchObject({sentAtMs: 0, dueAtMs: 100, faults: ['bandwidth']});
      expect(link.tally).toMatchObject({byFault: {bandwidth: 10}});
      expect(link.tally.marks.at(-1)).toMatchObject({did: 'delayed', faults: ['bandwidth'], delayMs: 100});
      link.setRule(rule({bandwidthBytesPerS: 1000 * raw.length}), 35);
      expect(takeAll(forth, 41)).toEqual(['3', '4', '5', '6', '7', '8']);
      expect(takeAll(forth, 42)).toEqual(['9']);
      ops('n', 42);
      expect(forth.nextDueMs()).toBe(43);
    },
  );

  test('does not make messages after a heal wait for messages that a cut lost', () => {
    const {link, forth, ops} = setUp({bandwidthBytesPerS: 1});
    for (let i = 0; i < 10; i++) ops(`${i}`, 0);
    link.setRule(rule({cut: true}), 10);
    link.setRule(rule({bandwidthBytesPerS: 1}), 20);
    ops('after', 20);
    expect(forth.nextDueMs()).toBe(20 + 1000 * frame('ops', 'after').raw.length);
  });

  test('does not delay messages after a heal until the arrival of messages that a cut lost', () => {
    const dues = Array.from({length: 20}, (_, seed) => {
      const link = new Link({id, carries: 'frames', rule: rule({latencyMs: 1000}), seed});
      const {forth} = link.open();
      forth.push(frame('ops', 'taken'), 0);
      link.setRule(rule({cut: true}), 10);
      link.setRule(rule({latencyMs: 500, jitterMs: 500}), 20);
      forth.push(frame('ops', 'after'), 20);
      return forth.nextDueMs() ?? 0;
    });
    expect(Math.min(...dues)).toBeLessThan(500);
  });

  test('delivers in the order of sending when all faults end', () => {
    const {link, forth, ops} = setUp({latencyMs: 1000, reorderShare: 0.5});
    const inOrder = Array.from({length: 50}, (_, i) => `${i}`);
    for (const text of inOrder) ops(text, 0);
    link.setRule(CLEAR_RULE, 10);
    expect(takeAll(forth, 10)).toEqual(inOrder);
  });

  test('lets waiting messages leave in the order of sending, at the new bandwidth', () => {
    const {link, forth, ops} = setUp({bandwidthBytesPerS: raw.length, reorderShare: 0.5});
    const inOrder = 'abcdefghijklmnopqrst'.split('');
    for (const text of inOrder) ops(text, 0);
    link.setRule(rule({bandwidthBytesPerS: 10 * raw.length}), 10);
    expect(inOrder.map((_, i) => takeAll(forth, 10 + 100 * (i + 1)))).toEqual(inOrder.map(text => [text]));
  });

  test(
    'reports how long a hold delayed messages sent before ' + 'it or during it, including those in flight',
    () => {
      const {link, forth, ops} = setUp({latencyMs: 45});
      ops('under way', 0);
      ops('not due before the release', 40);
      link.setRule(rule({hold: true, latencyMs: 45}), 41);
      ops('during', 42);
      link.setRule(rule({latencyMs: 45}), 60);
      expect(link.tally.byFault).toEqual({latency: 3, hold: 2});
      expect(link.tally.marks.map(({did, faults, delayMs}) => ({did, faults, delayMs}))).toEqual([
        {did: 'delayed', faults: ['hold'], delayMs: 15},
        {did: 'delayed', faults: ['hold'], delayMs: 18},
      ]);
      expect(takeAll(forth, 60)).toEqual(['under way']);
      expect(link.inFlight().map(({faults}) => faults)).toEqual([['latency'], ['hold', 'latency']]);
    },
  );

  test('decides about held messages on release', () => {
    const {link, forth, ops} = setUp({hold: true});
    for (let i = 0; i < 5; i++) ops(`${i}`, i);
    expect(link.held()).toBe(5);
    link.setRule(rule({lossShare: 1}), 10);
    expect(takeAll(forth, 1000)).toEqual([]);
    expect(link.tally).toMatchObject({dropped: 5, byFault: {loss: 5}});
    expect(forth.bytes).toBe(0);
  });

  test('never loses, duplicates or reorders the close, which comes after every straggler', () => {
    const {forth, ops} = setUp({lossShare: 0.5, dupShare: 0.5, reorderShare: 0.5, bandwidthBytesPerS: 1000});
    for (let i = 0; i < 100; i++) ops(`${i}`, i);
    forth.close(100);
    const taken = takeAll(forth, 1e9);
    expect(taken.length).toBeGreaterThan(30);
    expect(taken.indexOf('close')).toBe(taken.length - 1);
  });

  test(
    'loses the messages in flight and the held ones at a ' + 'reset, in both directions, and still works',
    () => {
      const {link, forth, back, ops} = setUp({latencyMs: 45});
      ops('a', 0);
      back.push(frame('have', 'h'), 0);
      link.setRule(rule({hold: true}), 1);
      ops('held', 2);
      link.reset(3);
      link.setRule(CLEAR_RULE, 4);
      expect([...takeAll(forth, 1000), ...takeAll(back, 1000)]).toEqual([]);
      expect(link.tally).toMatchObject({dropped: 3, byFault: {reset: 3}});
      expect(link.tally.marks.map(({did, faults}) => [did, ...faults])).toEqual(
        Array(3).fill(['dropped', 'reset']),
      );
      ops('b', 1000);
      expect(takeAll(forth, 1000)).toEqual(['b']);
    },
  );

  test('shows stragglers among the messages in flight', () => {
    const {link, ops} = setUp({reorderShare: 1, latencyMs: 50});
    for (let i = 0; i < 20; i++) ops(`${i}`, i);
    expect(link.inFlight()).toHaveLength(8);
    for (const {faults} of link.inFlight()) expect(faults).toEqual(['latency', 'reorder']);
  });

  test('has room for a hundred thousand messages in flight, including stragglers', () => {
    const {forth, ops} = setUp({latencyMs: 1000, reorderShare: 0.5, dupShare: 0.1});
    for (let i = 0; i < 100_000; i++) ops('m', i / 1000);
    expect(takeAll(forth, 10_000).length).toBeGreaterThan(100_000);
    expect(forth.bytes).toBe(0);
  });
});
