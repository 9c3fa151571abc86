import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {key, type LeaderId} from '../../src/base/ids.ts';
import {DisputedIncrements, uncounted} from '../../src/history/uncounted-increments.ts';
import {LEADERS} from '../support/arbitraries.ts';

const [US, EU, AP] = LEADERS as [LeaderId, LeaderId, LeaderId];
const A = key('a');

interface One {
  readonly key: typeof A;
  readonly reporters: Set<LeaderId>;
}
const made = (...reporters: readonly LeaderId[]): One => ({key: A, reporters: new Set(reporters)});

/** Which lets nobody look at it unseen. */
function watched(one: One, looked: () => void): One {
  const reporters = new Proxy(one.reporters, {
    get: (target, name) => {
      looked();
      const found: unknown = Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  return {key: one.key, reporters};
}

describe('increments that no leader adds up', () => {
  it('match the definition after every change, and the reported changes add up to them', () => {
    const anyStep = fc.record({
      at: fc.nat({max: 7}),
      reporters: fc.subarray([US, EU, AP]),
      isDisputed: fc.boolean(),
      live: fc.subarray([US, EU, AP]),
      settles: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyStep, {maxLength: 60}), steps => {
        const all = Array.from({length: 8}, () => made());
        const disputed = new Set<One>();
        const increments = new DisputedIncrements<One>();
        const told = new Set<One>();
        let before: readonly LeaderId[] = [];
        for (const {at, reporters, isDisputed, live, settles} of steps) {
          const one = all[at] as One;
          one.reporters.clear();
          for (const leader of reporters) one.reporters.add(leader);
          if (isDisputed) disputed.add(one);
          else disputed.delete(one);
          increments.note(one, isDisputed);
          if (!settles) continue;
          if (before.join() !== live.join()) increments.noteAll();
          before = live;
          for (const turned of increments.settle(live)) if (!told.delete(turned)) told.add(turned);
          const expected = new Set(uncounted([...disputed], live));
          expect(told).toEqual(expected);
          for (const other of all) expect(increments.isLost(other)).toBe(expected.has(other));
        }
      }),
    );
  });

  it('are not all checked again when one of them changes', () => {
    const increments = new DisputedIncrements<One>();
    let looks = 0;
    const all = Array.from({length: 2000}, (_, i) => watched(made(i % 3 === 0 ? US : EU), () => looks++));
    for (const one of all) increments.note(one, true);
    increments.settle([US, EU]);
    looks = 0;
    for (const one of all.slice(0, 10)) {
      increments.note(one, true);
      increments.settle([US, EU]);
    }
    expect(looks).toBeLessThan(200);
  });

  it('can number hundreds of thousands', () => {
    const increments = new DisputedIncrements<One>();
    for (let i = 0; i < 300_000; i++) increments.note(made(US), true);
    expect(increments.settle([US])).toHaveLength(300_000);
    increments.noteAll();
    expect(increments.settle([EU])).toHaveLength(300_000);
  });
});
