import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {Prng} from '../../src/base/prng.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import {
  FRESH_LINK,
  type LinkState,
  longestDelayMs,
  sendingMs,
  type Verdict,
  verdict,
} from '../../src/faults/verdict.ts';

const rule = (change: Partial<LinkRule>): LinkRule => ({...CLEAR_RULE, ...change});
const judge = (change: Partial<LinkRule>, nowMs = 1000, link = FRESH_LINK, bytes = 100) =>
  verdict(rule(change), link, {bytes}, nowMs, new Prng(1));

type Delivery = Extract<Verdict, {type: 'deliver'}>;

interface Sent {
  readonly gapMs: number;
  readonly bytes: number;
}

interface Judged {
  readonly nowMs: number;
  readonly bytes: number;
  readonly before: LinkState;
  readonly verdict: Verdict;
}

/** The same messages one after the other on one link. */
function send(messages: readonly Sent[], change: Partial<LinkRule>, seed: number): Judged[] {
  const random = new Prng(seed);
  let [link, nowMs] = [FRESH_LINK, 0];
  return messages.map(({gapMs, bytes}) => {
    nowMs += gapMs;
    const judged = {nowMs, bytes, before: link, verdict: verdict(rule(change), link, {bytes}, nowMs, random)};
    if (judged.verdict.type !== 'hold') link = judged.verdict.link;
    return judged;
  });
}

const evenly = (count: number, gapMs: number): Sent[] =>
  Array.from({length: count}, () => ({gapMs, bytes: 100}));
const deliveries = (judged: readonly Judged[]): Delivery[] =>
  judged.flatMap(one => (one.verdict.type === 'deliver' ? one.verdict : []));

const messages = fc.array(fc.record({gapMs: fc.nat(50), bytes: fc.integer({min: 5, max: 5000})}), {
  minLength: 1,
  maxLength: 60,
});
const delays = fc.record({latencyMs: fc.nat(200), jitterMs: fc.nat(300)});
const bandwidthBytesPerS = fc.constantFrom(0, 1000, 100_000);
const share = fc.constantFrom(0, 0.3, 1);
const anything = fc
  .tuple(delays, fc.record({bandwidthBytesPerS, lossShare: share, dupShare: share, reorderShare: share}))
  .map(([a, b]) => ({...a, ...b}));

describe('the verdict on a message', () => {
  test('a link without faults delivers at once, and names no fault', () => {
    expect(judge({})).toMatchObject({
      type: 'deliver',
      arrivals: [{dueAtMs: 1000, keepsPlace: true, lateMs: 0, faults: []}],
    });
  });

  test('latency delays by exactly its value', () => {
    expect(judge({latencyMs: 45})).toMatchObject({
      arrivals: [{dueAtMs: 1045, lateMs: 0, faults: ['latency']}],
    });
  });

  test('a cut drops, even on a link that also holds', () => {
    expect(judge({cut: true, hold: true, latencyMs: 45})).toMatchObject({type: 'drop', fault: 'cut'});
  });

  test('a hold keeps the message back', () => {
    expect(judge({hold: true, lossShare: 1})).toEqual({type: 'hold', fault: 'hold'});
  });

  test('no message overtakes the one before it', () => {
    expect(judge({latencyMs: 5}, 1000, {lastDueMs: 1200, freeAtMs: 0})).toMatchObject({
      arrivals: [{dueAtMs: 1200}],
    });
  });

  test('limited bandwidth lets a message leave after the previous one, and reports the wait', () => {
    const link = {lastDueMs: 0, freeAtMs: 1050};
    expect(judge({latencyMs: 5, bandwidthBytesPerS: 1000}, 1000, link, 20)).toEqual({
      type: 'deliver',
      arrivals: [{dueAtMs: 1075, keepsPlace: true, lateMs: 70, faults: ['latency', 'bandwidth']}],
      link: {lastDueMs: 1075, freeAtMs: 1070},
    });
  });

  test('loss is certain at 100%, and a lost message uses bandwidth', () => {
    expect(judge({latencyMs: 5, lossShare: 1, bandwidthBytesPerS: 1000})).toEqual({
      type: 'drop',
      fault: 'loss',
      link: {lastDueMs: 1105, freeAtMs: 1100},
    });
  });

  test('a duplicate arrives whole a little later, and both copies use bandwidth', () => {
    const judged = judge({latencyMs: 40, dupShare: 1, bandwidthBytesPerS: 1000}) as Delivery;
    const [first, second] = judged.arrivals;
    expect(first).toMatchObject({dueAtMs: 1140, faults: ['latency', 'bandwidth']});
    expect(second?.faults).toEqual(['latency', 'bandwidth', 'dup']);
    expect(second?.dueAtMs).toBeGreaterThanOrEqual(1140 + 100 + 20);
    expect(second?.dueAtMs).toBeLessThanOrEqual(1140 + 100 + 40);
    expect(judged.link.freeAtMs).toBe(1200);
  });

  test.each([0, 45, 1000])(
    'reordering lets messages overtake on a busy link at a latency of %d ms',
    latencyMs => {
      const dues = deliveries(send(evenly(100, 5), {latencyMs, reorderShare: 0.2}, 1)).map(
        ({arrivals}) => arrivals[0].dueAtMs,
      );
      const overtaken = dues.filter((due, i) => dues.slice(i + 1).some(later => later < due));
      expect(overtaken.length).toBeGreaterThan(10);
      expect(overtaken.length).toBeLessThan(40);
    },
  );
});

describe('under any rule', () => {
  test('without loss, duplication and reordering, every message arrives once, in order and in time', () => {
    fc.assert(
      fc.property(delays, bandwidthBytesPerS, messages, fc.integer(), (change, bandwidth, sent, seed) => {
        const full = rule({...change, bandwidthBytesPerS: bandwidth});
        for (const {nowMs, bytes, before, verdict: judged} of send(sent, full, seed)) {
          if (judged.type !== 'deliver') throw new Error('not delivered');
          const [{dueAtMs, keepsPlace}, again] = judged.arrivals;
          expect({again, keepsPlace}).toEqual({again: undefined, keepsPlace: true});
          const leftMs = Math.max(nowMs, before.freeAtMs) + sendingMs(full, bytes);
          expect(dueAtMs).toBeGreaterThanOrEqual(Math.max(leftMs, before.lastDueMs));
          expect(dueAtMs).toBeLessThanOrEqual(Math.max(leftMs + longestDelayMs(full), before.lastDueMs));
        }
      }),
    );
  });

  test('n bytes take at least n divided by the bandwidth, including lost and duplicated messages', () => {
    fc.assert(
      fc.property(anything, messages, fc.integer(), (change, sent, seed) => {
        const full = rule({...change, bandwidthBytesPerS: 10_000});
        let passed = 0;
        for (const {bytes, verdict: judged} of send(sent, full, seed)) {
          if (judged.type === 'hold') throw new Error('held');
          const copies = judged.type === 'deliver' ? judged.arrivals.length : 1;
          passed += copies * bytes;
          expect(judged.link.freeAtMs).toBeGreaterThanOrEqual(sendingMs(full, passed) - 1e-6);
          if (judged.type !== 'deliver') continue;
          for (const {dueAtMs} of judged.arrivals)
            expect(dueAtMs).toBeGreaterThanOrEqual(sendingMs(full, passed - (copies - 1) * bytes) - 1e-6);
        }
      }),
    );
  });

  test('the same seed gives the same verdicts', () => {
    fc.assert(
      fc.property(anything, messages, fc.integer(), (change, sent, seed) => {
        expect(send(sent, change, seed)).toEqual(send(sent, change, seed));
      }),
    );
  });

  test(
    'the same messages have the same luck under another rule, because each uses the same ' +
      'number of random numbers',
    () => {
      fc.assert(
        fc.property(
          fc.oneof(anything, fc.constant({cut: true})),
          messages,
          fc.integer(),
          (change, sent, seed) => {
            const [one, other] = [new Prng(seed), new Prng(seed)];
            for (const {bytes} of sent) {
              verdict(rule(change), FRESH_LINK, {bytes}, 0, one);
              verdict(CLEAR_RULE, FRESH_LINK, {bytes}, 0, other);
            }
            expect(one.next()).toBe(other.next());
          },
        ),
      );
    },
  );

  test('loss and reordering do not affect the other messages', () => {
    fc.assert(
      fc.property(anything, messages, fc.integer(), (change, sent, seed) => {
        // Doubled messages use a narrow line twice, and so delay those behind.
        const full = {...change, dupShare: change.bandwidthBytesPerS === 0 ? change.dupShare : 0};
        const calm = deliveries(send(sent, {...full, lossShare: 0, reorderShare: 0, dupShare: 0}, seed));
        for (const [i, {verdict: judged}] of send(sent, full, seed).entries()) {
          if (judged.type !== 'deliver' || !judged.arrivals[0].keepsPlace) continue;
          expect(judged.arrivals[0].dueAtMs).toBe(calm[i]?.arrivals[0].dueAtMs);
        }
      }),
    );
  });
});

describe('random faults', () => {
  const COUNT = 10_000;
  /** Six standard deviations of so many throws. */
  const near = (count: number, chance: number): void => {
    const slack = 6 * Math.sqrt(COUNT * chance * (1 - chance));
    expect(count).toBeGreaterThan(COUNT * chance - slack);
    expect(count).toBeLessThan(COUNT * chance + slack);
  };

  test.each([0.01, 0.05, 0.5])('hit a share of %d of the messages, each fault independently', chance => {
    const judged = send(evenly(COUNT, 1), {lossShare: chance, dupShare: chance, reorderShare: chance}, 7);
    const delivered = deliveries(judged);
    const overtaken = delivered.filter(({arrivals}) => arrivals[0].faults.includes('reorder'));
    const doubled = delivered.filter(({arrivals}) => arrivals.length === 2);
    near(COUNT - delivered.length, chance);
    near(overtaken.length, chance * (1 - chance));
    near(doubled.length, chance * (1 - chance));
    near(overtaken.filter(one => doubled.includes(one)).length, chance * chance * (1 - chance));
  });

  test('vary the jitter', () => {
    const dues = deliveries(send(evenly(20, 1000), {latencyMs: 100, jitterMs: 10}, 7)).map(
      ({arrivals}) => arrivals[0].dueAtMs % 1000,
    );
    expect(new Set(dues).size).toBeGreaterThan(10);
    for (const due of dues) expect(Math.abs(due - 100)).toBeLessThanOrEqual(10);
  });
});
