/**
 * `revision` against PouchDB itself: the same leaves, written to both, have the same winner and the same
 * conflicts. Whole histories are compared in pouch-histories.test.ts.
 */
import fc from 'fast-check';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {effectOf, type Write} from '../../../src/core/log/op.ts';
import {showDot} from '../../../src/core/log/version-vector.ts';
import {revision, revisionHash} from '../../../src/core/resolvers/revision.ts';
import type {Revision} from '../../../src/core/state/revision-edit.ts';
import {Revisions} from '../../../src/core/state/revisions.ts';
import {anyHistory, anyPicks, interleave, LEADERS} from '../../support/arbitraries.ts';
import {openPouch, type PouchDatabase} from '../../support/pouch.ts';
import {runs} from '../../support/runs.ts';
import {del, Lens, set, write, writesTo} from './lens.ts';

let db: PouchDatabase;
let documents = 0;

beforeAll(() => {
  db = openPouch('leaderlab-revisions');
});
afterAll(() => db.destroy());

const revOf = (leaf: Revision): string => `${leaf.generation}-${revisionHash(leaf)}`;

/** What PouchDB makes of these leaves: the winner, and the live ones that lost. */
async function inPouch(leaves: readonly Revision[]): Promise<{winner: string; conflicts: string[]}> {
  documents += 1;
  const _id = `d${documents}`;
  const docs = leaves.map(leaf => {
    const value = effectOf((leaf.writes[0] as Write).change);
    return value === undefined ? {_id, _rev: revOf(leaf), _deleted: true} : {_id, _rev: revOf(leaf), value};
  });
  await db.bulkDocs(docs, {new_edits: false});
  const {rows} = await db.allDocs({keys: [_id], conflicts: true, include_docs: true});
  const [row] = rows;
  if (row === undefined || 'error' in row) throw new Error(`no ${_id}`);
  return {winner: row.value.rev, conflicts: [...(row.doc?._conflicts ?? [])].sort()};
}

function inOurs(revisions: Revisions): {winner: string; conflicts: string[]} {
  const {winner} = revisions;
  if (winner === undefined) throw new Error('no winner');
  const losers = revisions.leaves().filter(leaf => leaf !== winner && !leaf.isDeleted);
  return {winner: revOf(winner), conflicts: losers.map(revOf).sort()};
}

const revisionsOf = (writes: readonly Write[]): Revisions => {
  const revisions = new Revisions();
  for (const write of writes) revisions.add(write);
  return revisions;
};

it('picks the winner that PouchDB picks among the leaves of random histories', async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory('revision'), anyPicks, async (ops, picks) => {
      for (const of of ['a', 'b']) {
        const revisions = revisionsOf(writesTo(interleave(ops, picks), of));
        if (revisions.writes.length > 0) expect(inOurs(revisions)).toEqual(await inPouch(revisions.leaves()));
      }
    }),
    {numRuns: runs(150)},
  );
});

it('picks the winner that PouchDB picks among any leaves', async () => {
  const anyLeaf = fc.record({
    generation: fc.constantFrom(1, 2, 9, 10),
    value: fc.constantFrom('A', 'B', undefined),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyLeaf, {minLength: 1, maxLength: LEADERS.length}), async leaves => {
      const writes = leaves.map(({generation, value}, i) => {
        const name = showDot({origin: LEADERS[i] as (typeof LEADERS)[number], seq: 1});
        return value === undefined ? del(name, {generation}) : set(name, value, {generation});
      });
      const revisions = revisionsOf(writes);
      expect(inOurs(revisions)).toEqual(await inPouch(revisions.leaves()));
    }),
    {numRuns: runs(150)},
  );
});

it('prefers the longer edit history, compared as a number', () => {
  const lens = new Lens(revision, [
    set('eu:1', 'A', {generation: 10}),
    set('us:1', 'B', {generation: 9, wallMs: 999}),
  ]);
  expect(lens.reads).toEqual({value: 'A'});
  expect(lens.lost).toEqual(['us:1']);
  expect(lens.why).toMatch(
    new RegExp(
      '^eu:1 wins: revision 10-[0-9a-f]{6}… beats 9-[0-9a-f]{6}… of us:1, which stays readable: ' +
        'the longer edit history$',
    ),
  );
});

it('prefers any live revision to a deleted one', () => {
  const lens = new Lens(revision, [del('eu:1', {generation: 7}), set('us:1', 'B')]);
  expect(lens.reads).toEqual({value: 'B'});
  expect(lens.lost).toEqual(['eu:1']);
  expect(lens.why).toMatch(/: a live revision before a deleted one$/);
});

it('treats equal edits of one parent as one revision, and loses neither', () => {
  const edits = ['us:1', 'eu:1'].map(name => set(name, 'B', {saw: 'ap:1', parent: 'ap:1', generation: 2}));
  const lens = new Lens(revision, [set('ap:1', 'A'), ...edits]);
  expect([lens.reads, lens.lost]).toEqual([{value: 'B'}, []]);
  expect(lens.why).toBe('eu:1 and us:1 are equal edits of one parent, so they are one revision');
  // One of them is edited: the other is the same revision, so it was edited, too.
  lens.apply(set('us:2', 'C', {parent: 'us:1', generation: 3}));
  expect([lens.reads, lens.lost, lens.shown]).toEqual([{value: 'C'}, [], 'us:2']);
});

it('loses one of two equal increments', () => {
  const increments = ['us:1', 'eu:1'].map(name => write(name, {type: 'incr', by: 1, effect: 1}));
  const lens = new Lens(revision, increments);
  expect([lens.reads, lens.lost]).toEqual([{value: 1}, ['us:1']]);
});

it('shows the best of the losers after the winner is deleted, and continues from it', () => {
  const lens = new Lens(revision, [
    set('us:1', 'A'),
    set('us:2', 'A2', {parent: 'us:1', generation: 2}),
    set('eu:1', 'B'),
    set('ap:1', 'C'),
  ]);
  expect([lens.reads, lens.lost]).toEqual([{value: 'A2'}, ['ap:1', 'eu:1']]);
  lens.apply(del('us:3', {saw: 'eu:1 ap:1', parent: 'us:2', generation: 3}));
  const [first, second] = lens.shown === 'eu:1' ? ['B', 'ap:1'] : ['C', 'eu:1'];
  expect([lens.reads, lens.lost]).toEqual([{value: first}, []]);
  expect(lens.why).toMatch(
    new RegExp(`a live revision before a deleted one; 1-[0-9a-f]{6}… of ${second} stays readable, too$`),
  );
});
