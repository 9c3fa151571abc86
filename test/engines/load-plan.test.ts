import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {LoadMix} from '../../src/command/action.ts';
import {LoadPlan, type PlannedWrite} from '../../src/engines/shared/model/load-plan.ts';

const planned = (
  mix: LoadMix,
  {keys = 20, perSecond = 1000, forMs = 2000, seed = 1} = {},
): PlannedWrite[] => {
  const plan = new LoadPlan({perSecond, forMs, keys, mix}, seed);
  return Array.from({length: plan.count}, () => plan.next());
};

describe('the plan of a load', () => {
  it('is the same for the same seed, and differs for another seed', () => {
    expect(planned({set: 1, incr: 1})).toEqual(planned({set: 1, incr: 1}));
    expect(planned({set: 1, incr: 1}, {seed: 2})).not.toEqual(planned({set: 1, incr: 1}));
  });

  it('writes kinds by their weights, to every key of the load and to no other', () => {
    const writes = planned({set: 8, incr: 2, del: 0});
    const sets = writes.filter(({intent}) => intent.type === 'set').length;
    expect(sets / writes.length).toBeCloseTo(0.8, 1);
    expect(writes.some(({intent}) => intent.type === 'del')).toBe(false);
    expect(new Set(writes.map(({key}) => key))).toEqual(
      new Set(Array.from({length: 20}, (_, i) => `load:${i + 1}`)),
    );
  });

  it('never uses one key for both a counter and a set, or for both a set and a document', () => {
    const family = {set: 'value', incr: 'value', sadd: 'set', srem: 'set', hset: 'document', del: undefined};
    fc.assert(
      fc.property(fc.integer({min: 3, max: 50}), fc.integer(), (keys, seed) => {
        const families = new Map<string, string>();
        for (const {key, intent} of planned(
          {set: 3, incr: 1, sadd: 2, srem: 1, hset: 2, del: 1},
          {keys, seed, forMs: 300},
        )) {
          const wanted = family[intent.type];
          if (wanted === undefined) continue;
          expect(families.get(key) ?? wanted).toBe(wanted);
          families.set(key, wanted);
        }
      }),
    );
  });

  it('uses only its keys, even if there are fewer keys than kinds', () => {
    const keys = new Set(planned({set: 1, sadd: 1, hset: 1}, {keys: 2}).map(({key}) => key));
    expect([...keys].sort()).toEqual(['load:1', 'load:2']);
  });

  it('schedules writes evenly: the first at once, the last within the time', () => {
    const plan = new LoadPlan({perSecond: 500, forMs: 5000, keys: 1, mix: {set: 1}}, 1);
    expect(plan.count).toBe(2500);
    expect([0, 1, 2, 1000, 4998, 60_000].map(ms => plan.due(ms))).toEqual([1, 1, 2, 501, 2500, 2500]);
  });
});
