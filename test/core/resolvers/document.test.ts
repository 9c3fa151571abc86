/**
 * Compares `shows` for one write with the reading of the whole document.
 */
import fc from 'fast-check';
import {expect, it} from 'vitest';
import {isObject} from '../../../src/base/json.ts';
import type {Write} from '../../../src/core/log/op.ts';
import {sameDot} from '../../../src/core/log/version-vector.ts';
import {DocumentTree, type Leaf, leavesOf} from '../../../src/core/resolvers/document.ts';
import {pathOf} from '../../../src/core/state/values.ts';
import {anyHistory, anyPicks, interleave} from '../../support/arbitraries.ts';
import {runs} from '../../support/runs.ts';
import {writesTo} from './lens.ts';

/** Fewer cases may have no write that is shown, or none that is hidden. */
const LEAST_CASES = 300;

interface Place {
  readonly at: readonly string[];
  readonly leaves: readonly Leaf[];
}

/** Where the write puts leaves, if it does. */
function placeOf({change}: Write, depth: number): Place | undefined {
  if (change.type === 'hset') return {at: pathOf(change.field), leaves: leavesOf(change.value, depth)};
  return change.type === 'set' && isObject(change.value)
    ? {at: [], leaves: leavesOf(change.value, depth)}
    : undefined;
}

it.each([1, 8])('`shows` agrees with the whole document, with leaves %i deep', depth => {
  let [shown, hidden] = [0, 0];
  fc.assert(
    fc.property(anyHistory('crdt'), anyPicks, (history, picks) => {
      const tree = new DocumentTree();
      const put: {readonly write: Write; readonly place: Place}[] = [];
      for (const write of writesTo(interleave(history, picks), 'a')) {
        const place = placeOf(write, depth);
        if (write.change.type !== 'hset') tree.reset(write.after);
        if (place !== undefined) {
          if (write.change.type === 'hset') tree.put(write, place.at, place.leaves);
          else tree.add(write, place.at, place.leaves);
          put.push({write, place});
        }
        for (const {
          write: {dot},
          place: {at, leaves},
        } of put) {
          const isShown = tree.visible()?.shown.some(other => sameDot(other.dot, dot)) ?? false;
          expect(tree.shows(dot, at, leaves)).toBe(isShown);
          if (isShown) shown += 1;
          else hidden += 1;
        }
      }
    }),
    {numRuns: Math.max(LEAST_CASES, runs(1000))},
  );
  expect(Math.min(shown, hidden)).toBeGreaterThan(0);
});
