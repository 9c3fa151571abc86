import fc from 'fast-check';
import {expect, test} from 'vitest';
import {Heap} from '../../src/base/heap.ts';

test('a heap returns its items in order for any mix of pushes and pops', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(50), {freq: 3})), steps => {
      const heap = new Heap<number>((a, b) => a < b);
      const model: number[] = [];
      for (const step of steps) {
        if (step !== null) {
          heap.push(step);
          model.push(step);
          model.sort((a, b) => a - b);
        } else expect(heap.pop()).toBe(model.shift());
        expect(heap.first).toBe(model[0]);
        expect([...heap.items].sort((a, b) => a - b)).toEqual(model);
      }
    }),
  );
});
