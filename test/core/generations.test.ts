/**
 * Generations and parents of writes against a simple oracle: for each write the whole tree of
 * revisions that its leader had is built from nothing, and the leaf that wins there must be what the write
 * edits, for any resolver that the writer used.
 */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {must} from '../../src/base/assert.ts';
import {key} from '../../src/base/ids.ts';
import {canonicalJson, type Json} from '../../src/base/json.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import {effectOf, type Op, type Write, writeOf} from '../../src/core/log/op.ts';
import {covers, sameDot, showDot} from '../../src/core/log/version-vector.ts';
import {isPlainResolver, RESOLVER_NAMES, resolverOf} from '../../src/core/resolvers/registry.ts';
import {anyHistory, anyPicks, interleave} from '../support/arbitraries.ts';
import {runs} from '../support/runs.ts';

const A = key('a');
const PLAIN = RESOLVER_NAMES.filter(isPlainResolver);

const writesOf = (ops: readonly Op[]): Write[] =>
  ops.flatMap(op => op.writes.filter(change => change.key === A).map(change => writeOf(op, change)));

/** The parent of this write. */
function parentOf({change: {parent, saw}}: Write): string | undefined {
  if (parent !== undefined) return showDot(parent);
  expect(saw.length).toBeLessThan(2);
  return saw[0] && showDot(saw[0]);
}

/** The whole edit history of a write among these, as text: equal for equal edits of equal revisions. */
function historyOf(write: Write, among: readonly Write[]): string {
  const parent = parentOf(write);
  const edited = among.find(({dot}) => showDot(dot) === parent);
  const content = canonicalJson([effectOf(write.change) ?? null, write.change.type === 'del'] as Json);
  if (parent === undefined) return content;
  // Operations may arrive before those that they depend on: until its history is here, a write is nobody's
  // equal.
  if (edited === undefined) return `only ${showDot(write.dot)}`;
  const before = historyOf(edited, among);
  return before.startsWith('only') ? `only ${showDot(write.dot)}` : `${before} ${content}`;
}

/** Of these writes those that made a leaf which may win: live before deleted, then the highest generation. */
function dumbWinners(writes: readonly Write[]): Write[] {
  const edited = new Set(
    writes.flatMap(write => {
      const parent = writes.find(({dot}) => showDot(dot) === parentOf(write));
      return parent === undefined ? [] : [historyOf(parent, writes)];
    }),
  );
  const leaves = writes.filter(write => !edited.has(historyOf(write, writes)));
  const live = leaves.filter(({change}) => change.type !== 'del');
  const able = live.length > 0 ? live : leaves;
  const most = Math.max(...able.map(({change}) => change.generation));
  return able.filter(({change}) => change.generation === most);
}

describe.each(PLAIN)('a write under %s', name => {
  it('edits the leaf that revision shows for what its leader had, and is one generation later', () => {
    fc.assert(
      fc.property(anyHistory(name), ops => {
        for (const write of writesOf(ops)) {
          const had = writesOf(ops).filter(({dot}) => covers(write.after, dot));
          if (had.length === 0) {
            expect([write.change.generation, write.change.saw, write.change.parent]).toEqual([
              1,
              [],
              undefined,
            ]);
            continue;
          }
          const winners = dumbWinners(had);
          expect(winners.map(({dot}) => showDot(dot))).toContain(parentOf(write));
          expect(write.change.generation).toBe(must(winners[0], 'a winner').change.generation + 1);
        }
      }),
      {numRuns: runs(60)},
    );
  });
});

it('leaves and winner match the oracle, and are the same for any order of delivery', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PLAIN).chain(name => anyHistory(name)),
      anyPicks,
      anyPicks,
      (history, picks, others) => {
        const ops = interleave(history, picks);
        const fold = new Fold(resolverOf({name: 'lww'}), []);
        ops.forEach((op, i) => {
          fold.apply(op);
          const writes = writesOf(ops.slice(0, i + 1));
          const [winner] = fold.leaves(A);
          expect(fold.revision(A)).toBe(winner);
          if (winner === undefined) {
            expect(writes).toEqual([]);
            return;
          }
          const able = dumbWinners(writes);
          expect(winner.writes.every(({dot}) => able.some(write => sameDot(write.dot, dot)))).toBe(true);
        });
        const another = new Fold(resolverOf({name: 'crdt'}), interleave(history, others));
        expect(leavesOf(another)).toEqual(leavesOf(fold));
      },
    ),
    {numRuns: runs(300)},
  );
});

/** One leaf alone needs no id: nothing is compared with it. */
function leavesOf(fold: Fold): string[] {
  const leaves = fold.leaves(A);
  return leaves.map(
    ({id, generation, writes}) =>
      `${generation}-${leaves.length > 1 ? id : ''} ${writes.map(({dot}) => showDot(dot)).join(' ')}`,
  );
}
