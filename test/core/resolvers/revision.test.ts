/**
 * `revision` against PouchDB itself: the same leaves, written to both, have the same winner and the same conflicts.
 */
import fc from 'fast-check';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {EMPTY_FRONTIER, type Frontier} from '../../../src/core/frontier.ts';
import {effectOf, type Write} from '../../../src/core/op.ts';
import {revision, revisionHash} from '../../../src/core/resolvers/revision.ts';
import {EMPTY, sameDot, showDot} from '../../../src/core/version-vector.ts';
import {anyHistory, anyPicks, interleave, LEADERS} from '../../support/arbitraries.ts';
import {openPouch, type PouchDatabase} from '../../support/pouch.ts';
import {del, Lens, set, writesTo} from './lens.ts';

let db: PouchDatabase;
let documents = 0;

beforeAll(() => {
  db = openPouch('leaderlab-revisions');
});
afterAll(() => db.destroy());

const revOf = (write: Write): string => `${write.change.generation}-${revisionHash(write)}`;

/** What PouchDB makes of these leaves: the winner, and the live ones that lost. */
async function inPouch(leaves: readonly Write[]): Promise<{winner: string; conflicts: string[]}> {
  documents += 1;
  const _id = `d${documents}`;
  const docs = leaves.map(write => {
    const value = effectOf(write.change);
    return value === undefined ? {_id, _rev: revOf(write), _deleted: true} : {_id, _rev: revOf(write), value};
  });
  await db.bulkDocs(docs, {new_edits: false});
  const {rows} = await db.allDocs({keys: [_id], conflicts: true, include_docs: true});
  const [row] = rows;
  if (row === undefined || 'error' in row) throw new Error(`no ${_id}`);
  return {winner: row.value.rev, conflicts: [...(row.doc?._conflicts ?? [])].sort()};
}

function inOurs(frontier: Frontier): {winner: string; conflicts: string[]} {
  const {members} = frontier;
  const shown = revision.shown(null, frontier);
  const winner = members.find(({dot}) => shown && sameDot(dot, shown));
  if (winner === undefined) throw new Error('no winner');
  const deletedOnly = winner.change.type === 'del';
  const losers = members.filter(write => write !== winner && write.change.type !== 'del');
  return {winner: revOf(winner), conflicts: deletedOnly ? [] : losers.map(revOf).sort()};
}

it('picks the winner that PouchDB picks, on the frontiers of random histories', async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory('revision'), anyPicks, async (ops, picks) => {
      for (const of of ['a', 'b']) {
        const {frontier} = new Lens(revision, writesTo(interleave(ops, picks), of));
        if (frontier.members.length > 0) expect(inOurs(frontier)).toEqual(await inPouch(frontier.members));
      }
    }),
    {numRuns: 150},
  );
});

it('picks the winner that PouchDB picks, among any leaves', async () => {
  const anyLeaf = fc.record({generation: fc.constantFrom(1, 2, 9, 10), value: fc.constantFrom('A', 'B', undefined)});
  await fc.assert(
    fc.asyncProperty(fc.array(anyLeaf, {minLength: 1, maxLength: LEADERS.length}), async leaves => {
      const members = leaves.map(({generation, value}, i) => {
        const name = showDot({origin: LEADERS[i] as (typeof LEADERS)[number], seq: 1});
        return value === undefined ? del(name, {generation}) : set(name, value, {generation});
      });
      const frontier: Frontier = {...EMPTY_FRONTIER, context: EMPTY, members};
      expect(inOurs(frontier)).toEqual(await inPouch(members));
    }),
    {numRuns: 150},
  );
});

it('prefers the longer edit history, as a number', () => {
  const lens = new Lens(revision, [set('eu:1', 'A', {generation: 10}), set('us:1', 'B', {generation: 9, wallMs: 999})]);
  expect(lens.reads).toEqual({value: 'A'});
  expect(lens.lost).toEqual(['us:1']);
  expect(lens.why).toMatch(
    /^eu:1 wins: revision 10-[0-9a-f]{6}… beats 9-[0-9a-f]{6}… of us:1, which stays readable: the longer edit history$/,
  );
});

it('prefers any live revision to a deleted one', () => {
  const lens = new Lens(revision, [del('eu:1', {generation: 7}), set('us:1', 'B')]);
  expect(lens.reads).toEqual({value: 'B'});
  expect(lens.why).toMatch(/: a live revision before a deleted one$/);
});
