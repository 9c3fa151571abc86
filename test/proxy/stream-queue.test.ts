/**
 * The queues of a link that carries a stream: whatever the faults, nothing is lost, doubled or overtaken
 * while the connection lives.
 */
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {leaderId, linkId} from '../../src/base/ids.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import type {MessageQueue} from '../../src/proxy/message-queue.ts';
import {Link} from '../../src/proxy/proxied-link.ts';

const id = linkId(leaderId('us'), leaderId('eu'));
const rule = (change: Partial<LinkRule>): LinkRule => ({...CLEAR_RULE, ...change});

const piece = (kind: string, text: string) => ({kind, raw: new TextEncoder().encode(text)});

/** Everything that is due, as text; the close as `close`. */
function takeAll(queue: MessageQueue, nowMs: number): string[] {
  const taken: string[] = [];
  for (;;) {
    const next = queue.take(nowMs);
    if (next === undefined) return taken;
    taken.push(next === 'close' ? 'close' : new TextDecoder().decode(next.raw));
  }
}

function setUp(change: Partial<LinkRule>) {
  const link = new Link({id, carries: 'stream', rule: rule(change), seed: 1});
  const {forth, back, fromClient, fromTarget} = link.open();
  const commit = (text: string, nowMs: number): void => forth.push(piece('ops', text), nowMs);
  return {link, forth, back, fromClient, fromTarget, commit};
}

/** What the marks say, without sizes and directions. */
const told = ({tally}: Link) => tally.marks.map(({did, faults, delayMs}) => ({did, faults, delayMs}));

describe('a stream', () => {
  test('flows from the target to the receiver of the operations, which has connected to it', () => {
    const {forth, back, fromClient, fromTarget} = setUp({});
    expect([fromTarget, fromClient]).toEqual([forth, back]);
    expect(fromTarget).toBe(forth);
  });

  test('waits for the heal of a cut, in order: the messages in flight and those sent during it', () => {
    const {link, forth, commit} = setUp({latencyMs: 45});
    commit('under way', 0);
    link.setRule(rule({cut: true, latencyMs: 45}), 10);
    commit('during', 20);
    expect(takeAll(forth, 1000)).toEqual([]);
    expect(forth.nextDueMs()).toBeUndefined();
    expect(link.passes).toBe(false);
    expect(link.held()).toBe(2);
    expect(link.inFlight()).toEqual([]);
    link.setRule(rule({latencyMs: 45}), 1000);
    expect(link.held()).toBe(0);
    expect(takeAll(forth, 1000)).toEqual(['under way']);
    expect(takeAll(forth, 1045)).toEqual(['during']);
    expect(link.tally).toMatchObject({delivered: 2, dropped: 0, byFault: {cut: 2}});
    expect(told(link)).toEqual([
      {did: 'delayed', faults: ['cut'], delayMs: 955},
      {did: 'delayed', faults: ['cut'], delayMs: 980},
    ]);
  });

  test('counts as held by a hold, or by both faults if one followed the other', () => {
    const {link, forth, commit} = setUp({hold: true});
    commit('a', 0);
    link.setRule(rule({cut: true, hold: true}), 10);
    commit('b', 20);
    link.setRule(rule({hold: true}), 30);
    commit('c', 40);
    link.setRule(CLEAR_RULE, 50);
    expect(takeAll(forth, 50)).toEqual(['a', 'b', 'c']);
    expect(told(link)).toEqual([
      {did: 'delayed', faults: ['hold', 'cut'], delayMs: 50},
      {did: 'delayed', faults: ['cut', 'hold'], delayMs: 30},
      {did: 'delayed', faults: ['hold'], delayMs: 10},
    ]);
  });

  test('counts both faults for messages in flight when a hold follows a cut', () => {
    const {link, commit} = setUp({latencyMs: 45});
    commit('a', 0);
    link.setRule(rule({cut: true}), 10);
    link.setRule(rule({hold: true}), 60);
    link.setRule(CLEAR_RULE, 100);
    expect(told(link)).toEqual([{did: 'delayed', faults: ['cut', 'hold'], delayMs: 55}]);
    link.setRule(rule({hold: true}), 200);
    commit('b', 210);
    link.setRule(CLEAR_RULE, 220);
    expect(told(link).at(-1)).toEqual({did: 'delayed', faults: ['hold'], delayMs: 10});
  });

  test('forwards its close after everything else, and only after the heal', () => {
    const {link, forth, commit} = setUp({latencyMs: 5});
    commit('a', 0);
    link.setRule(rule({cut: true}), 1);
    commit('b', 2);
    forth.close(3);
    expect(takeAll(forth, 1000)).toEqual([]);
    link.setRule(rule({latencyMs: 5}), 1000);
    expect(takeAll(forth, 1004)).toEqual(['a']);
    expect(takeAll(forth, 1005)).toEqual(['b', 'close']);
  });

  test('leaves at its bandwidth, piece by piece for a large message', () => {
    const {link, forth} = setUp({bandwidthBytesPerS: 1000});
    for (const [kind, text] of [
      ['part', 'aaaaaaaaaa'],
      ['part', 'bbbbbbbbbb'],
      ['ops', 'cccccccccc'],
    ] as const)
      forth.push(piece(kind, text), 0);
    expect(takeAll(forth, 29)).toHaveLength(2);
    expect(link.inFlight()).toMatchObject([{dueAtMs: 30, faults: ['bandwidth']}]);
    expect(takeAll(forth, 30)).toEqual(['cccccccccc']);
    expect(link.tally).toMatchObject({delivered: 1, byFault: {bandwidth: 1}});
  });

  test('counts only commits, not other messages and not the opposite direction', () => {
    const {link, forth, back} = setUp({cut: true});
    for (const kind of ['part', 'other', 'opaque']) {
      forth.push(piece(kind, kind), 0);
      back.push(piece(kind, kind), 0);
    }
    expect(link.held()).toBe(0);
    link.setRule(CLEAR_RULE, 10);
    expect([...takeAll(forth, 10), ...takeAll(back, 10)]).toHaveLength(6);
    expect(link.tally).toMatchObject({delivered: 0, byFault: {}, marks: []});
  });

  test('measures its queue by the memory that small messages take, not by their bytes', () => {
    const {link, back} = setUp({cut: true});
    for (let i = 0; i < 1000; i++) back.push(piece('other', '.'), i);
    expect(back.bytes).toBeGreaterThan(100_000);
    link.setRule(CLEAR_RULE, 1000);
    expect(takeAll(back, 1000)).toHaveLength(1000);
    expect(back.bytes).toBe(0);
  });

  test('loses the messages in flight with its connection, but none of the next connection', () => {
    const {link, forth, commit} = setUp({latencyMs: 45});
    commit('under way', 0);
    link.setRule(rule({cut: true}), 1);
    commit('waiting', 2);
    link.reset(3);
    expect(link.tally).toMatchObject({dropped: 2, byFault: {reset: 2}});
    expect(forth.bytes).toBe(0);
    const next = link.open();
    next.forth.push(piece('ops', 'next'), 4);
    link.setRule(CLEAR_RULE, 5);
    expect(takeAll(next.forth, 5)).toEqual(['next']);
    expect(takeAll(forth, 1000)).toEqual([]);
  });

  test('is dropped when its receiver is gone, and is counted for no fault', () => {
    const {link, forth, commit} = setUp({cut: true});
    commit('a', 0);
    forth.discard();
    commit('b', 1);
    expect(forth.bytes).toBe(0);
    link.setRule(CLEAR_RULE, 2);
    expect(takeAll(forth, 1000)).toEqual([]);
    expect(link.tally).toMatchObject({delivered: 0, dropped: 0, marks: []});
  });

  const share = fc.constantFrom(0, 0.3, 1);
  const rules = fc.record({
    cut: fc.boolean(),
    hold: fc.boolean(),
    latencyMs: fc.nat(50),
    jitterMs: fc.nat(30),
    bandwidthBytesPerS: fc.constantFrom(0, 100, 10_000),
    lossShare: share,
    dupShare: share,
    reorderShare: share,
  });
  const step = fc.tuple(
    fc.oneof(
      {weight: 5, arbitrary: fc.constant('send' as const)},
      {weight: 3, arbitrary: fc.constant('take' as const)},
      {weight: 2, arbitrary: rules},
    ),
    fc.nat(20),
  );

  test(
    'arrives completely and in order under any sequence of faults, and not at all while the ' +
      'link is stopped',
    () => {
      fc.assert(
        fc.property(fc.array(step, {maxLength: 200}), steps => {
          const {link, forth, commit} = setUp({});
          const taken: string[] = [];
          let [nowMs, sent, stopped] = [0, 0, false];
          for (const [what, gapMs] of steps) {
            nowMs += gapMs;
            if (what === 'send') commit(`${sent++}`, nowMs);
            else if (what !== 'take') {
              stopped = what.cut || what.hold;
              link.setRule(what, nowMs);
            } else {
              const now = takeAll(forth, nowMs);
              if (stopped) expect(now).toEqual([]);
              taken.push(...now);
            }
          }
          forth.close(nowMs);
          link.setRule(CLEAR_RULE, nowMs);
          taken.push(...takeAll(forth, nowMs));
          expect(taken).toEqual([...Array.from({length: sent}, (_, i) => `${i}`), 'close']);
          expect(link.tally).toMatchObject({delivered: sent, dropped: 0});
          expect({bytes: forth.bytes, counted: forth.counted}).toEqual({bytes: 0, counted: 0});
        }),
      );
    },
  );
});
