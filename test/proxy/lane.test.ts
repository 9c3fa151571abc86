import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {leaderId, linkId} from '../../src/base/ids.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import type {Lane} from '../../src/proxy/lane.ts';
import {Link} from '../../src/proxy/link.ts';
import {encodeFrame, type Frame, type FrameKind, FrameReader} from '../../src/wire/frame.ts';

const id = linkId(leaderId('us'), leaderId('eu'));
const rule = (change: Partial<LinkRule>): LinkRule => ({...CLEAR_RULE, ...change});

function frame(kind: FrameKind, text: string): Frame {
  const [made] = new FrameReader().push(encodeFrame(kind, text)).frames;
  if (made === undefined) throw new Error('no frame');
  return made;
}

/** Everything that is due, as text; the close as `close`. */
function takeAll(lane: Lane, nowMs: number): string[] {
  const taken: string[] = [];
  for (;;) {
    const next = lane.take(nowMs);
    if (next === undefined) return taken;
    taken.push(next === 'close' ? 'close' : new TextDecoder().decode(next.payload));
  }
}

function setUp(change: Partial<LinkRule>) {
  const link = new Link(id, rule(change), 1);
  const {forth, back} = link.open();
  const ops = (text: string, nowMs: number): void => forth.push(frame('ops', text), nowMs);
  return {link, forth, back, ops};
}

describe('a link', () => {
  test('delivers each message when its latency has passed, not before', () => {
    const {forth, ops} = setUp({latencyMs: 45});
    ops('a', 100);
    ops('b', 110);
    expect(forth.nextDueMs()).toBe(145);
    expect(takeAll(forth, 144)).toEqual([]);
    expect(takeAll(forth, 154)).toEqual(['a']);
    expect(takeAll(forth, 155)).toEqual(['b']);
  });

  test('makes acknowledgements on the way back suffer the same rule', () => {
    const {link, back} = setUp({latencyMs: 45});
    back.push(frame('have', 'h'), 0);
    expect(back.nextDueMs()).toBe(45);
    expect(link.inFlight()).toEqual([{direction: 'back', sentAtMs: 0, dueAtMs: 45, faults: ['latency']}]);
    link.setRule(rule({cut: true}), 1);
    expect(link.tally).toMatchObject({delivered: 0, dropped: 1});
  });

  test('loses on a cut what is under way and what is sent during it, and counts both', () => {
    const {link, forth, ops} = setUp({latencyMs: 45});
    ops('under way', 0);
    link.setRule(rule({cut: true}), 10);
    ops('during', 20);
    expect(forth.nextDueMs()).toBeUndefined();
    link.setRule(rule({latencyMs: 45}), 100);
    ops('after', 100);
    expect(takeAll(forth, 1000)).toEqual(['after']);
    expect(link.tally).toMatchObject({delivered: 1, dropped: 2});
    expect(link.tally.droppedBytes).toBe(frame('ops', 'under way').raw.length + frame('ops', 'during').raw.length);
  });

  test('passes the close of an end only after the heal', () => {
    const {link, forth, ops} = setUp({});
    link.setRule(rule({cut: true}), 0);
    ops('lost', 1);
    forth.close(2);
    expect(takeAll(forth, 1000)).toEqual([]);
    link.setRule(rule({latencyMs: 10}), 2000);
    expect(takeAll(forth, 2009)).toEqual([]);
    expect(takeAll(forth, 2010)).toEqual(['close']);
  });

  test('passes the close behind everything that was sent before it', () => {
    const {forth, ops} = setUp({latencyMs: 5});
    ops('a', 0);
    forth.close(1);
    expect(takeAll(forth, 100)).toEqual(['a', 'close']);
  });

  test('keeps back on a hold what is under way and what is sent during it, and passes it in order on release', () => {
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
  });

  test('lets nothing wait for a latency that was taken away', () => {
    const {link, forth, ops} = setUp({latencyMs: 60_000});
    ops('a', 0);
    link.setRule(rule({latencyMs: 5}), 100);
    ops('b', 100);
    expect(takeAll(forth, 105)).toEqual(['a', 'b']);
  });

  test('neither shows nor counts heartbeats, yet delays and drops them', () => {
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

  test('shows at most 8 messages under way, the oldest', () => {
    const {link, ops} = setUp({latencyMs: 45});
    for (let i = 0; i < 20; i++) ops(`${i}`, i);
    expect(link.inFlight().map(message => message.sentAtMs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('under any sequence of faults delivers in order, each message at most once, and accounts for every one', () => {
    const step = fc.oneof(
      {weight: 5, arbitrary: fc.constant('send' as const)},
      {weight: 3, arbitrary: fc.constant('take' as const)},
      {weight: 2, arbitrary: fc.record({cut: fc.boolean(), hold: fc.boolean(), latencyMs: fc.nat(50), jitterMs: fc.nat(30)})},
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(20)), {maxLength: 200}), steps => {
        const {link, forth, ops} = setUp({});
        const taken: number[] = [];
        let [nowMs, sent] = [0, 0];
        for (const [what, gap] of steps) {
          nowMs += gap;
          if (what === 'send') ops(`${sent++}`, nowMs);
          else if (what === 'take') taken.push(...takeAll(forth, nowMs).map(Number));
          else link.setRule(rule(what), nowMs);
        }
        link.setRule(CLEAR_RULE, nowMs);
        taken.push(...takeAll(forth, nowMs).map(Number));
        expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
        expect(link.tally.delivered).toBe(taken.length);
        expect(link.tally.delivered + link.tally.dropped).toBe(sent);
        expect({bytes: forth.bytes, counted: forth.counted}).toEqual({bytes: 0, counted: 0});
      }),
    );
  });

  test('repeats its jitter from its seed, and differs from other links', () => {
    const dues = (seed: number, link = id): unknown => {
      const {forth} = new Link(link, rule({latencyMs: 100, jitterMs: 50}), seed).open();
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
