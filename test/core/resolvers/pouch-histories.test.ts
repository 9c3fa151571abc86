/**
 * `revision` against PouchDB, history by history. PouchDB is driven as a plain client would: it reads the
 * winner at its replica, and puts or removes with that `_rev` (or with none, where it read nothing); replicas
 * replicate as PouchDB's replicator does, by asking for every leaf with its edit history and storing those.
 * Ours gets the same writes, and at every read the winner and the set of conflicts must be equal.
 *
 * The two break ties of equal generations by different hashes. Where that decided, the history is counted as
 * a tie and goes no further.
 */
import {afterAll, beforeAll, expect, it} from 'vitest';
import {must} from '../../../src/base/assert.ts';
import {canonicalJson, type Json} from '../../../src/base/json.ts';
import {Prng} from '../../../src/base/prng.ts';
import {acceptIntent} from '../../../src/core/fold/accept.ts';
import {Fold} from '../../../src/core/fold/fold.ts';
import {effectOf, type Intent, type Op, type Write} from '../../../src/core/log/op.ts';
import {covers, EMPTY, extend, type VersionVector} from '../../../src/core/log/version-vector.ts';
import {resolverOf} from '../../../src/core/resolvers/registry.ts';
import type {Revision} from '../../../src/core/state/revision-edit.ts';
import {LEADERS} from '../../support/arbitraries.ts';
import {openPouch, type PouchDatabase, type PouchDocument} from '../../support/pouch.ts';
import {runs} from '../../support/runs.ts';
import {KEY} from './lens.ts';

const HISTORIES = Number(process.env.POUCH_HISTORIES ?? runs(300));
const SEED = process.env.POUCH_SEED ?? '1';
const STEPS = 16;

/**
 * What a reader sees at one replica: leaves as `generation:value`, the winner apart from the other live ones.
 */
interface Look {
  readonly winner: string;
  readonly conflicts: readonly string[];
}

interface Ours {
  fold: Fold;
  vv: VersionVector;
  readonly ops: Op[];
}

const databases: PouchDatabase[] = [];

beforeAll(() => {
  for (const leader of LEADERS) databases.push(openPouch(`leaderlab-history-${leader}`));
});
afterAll(() => Promise.all(databases.map(database => database.destroy())));

const ABSENT = 'absent';
const shown = (generation: number, value: unknown): string => `${generation}:${canonicalJson(value as Json)}`;

async function lookAtPouch(
  database: PouchDatabase,
  id: string,
): Promise<Look & {readonly rev?: string; readonly value?: unknown}> {
  const found = await database.get(id, {conflicts: true}).catch((error: {status?: number}) => {
    if (error.status === 404) return undefined;
    throw error;
  });
  if (found === undefined) return {winner: ABSENT, conflicts: []};
  const losers = await Promise.all((found._conflicts ?? []).map(rev => database.get(id, {rev})));
  const text = ({_rev, value}: PouchDocument): string => shown(Number.parseInt(_rev, 10), value);
  return {winner: text(found), conflicts: losers.map(text).sort(), rev: found._rev, value: found.value};
}

const contentOf = ({writes}: Revision): Json | undefined => effectOf((writes[0] as Write).change);

function lookAtOurs({fold}: Ours): Look {
  const [winner, ...others] = fold.leaves(KEY);
  if (winner === undefined || winner.isDeleted) return {winner: ABSENT, conflicts: []};
  const text = (leaf: Revision): string => shown(leaf.generation, contentOf(leaf) ?? null);
  expect(fold.read(KEY)).toEqual({type: 'value', value: contentOf(winner)});
  const conflicts = others.filter(({isDeleted}) => !isDeleted).map(text);
  return {winner: text(winner), conflicts: conflicts.sort()};
}

const allOf = ({winner, conflicts}: Look): string => [winner, ...conflicts].sort().join(' ');

/** Whether the order of hashes decides what is shown, or, of deleted leaves, what the next write edits. */
function isDecidedByHash({fold}: Ours): boolean {
  const [first, second] = fold.leaves(KEY);
  return (
    first !== undefined && first.generation === second?.generation && first.isDeleted === second.isDeleted
  );
}

/** The same leaf is shown: none that lost looks like it. */
const isSurelyAlike = (theirs: Look, ours: Look): boolean =>
  theirs.winner !== ABSENT && theirs.winner === ours.winner && !ours.conflicts.includes(ours.winner);

class History {
  readonly #id: string;
  readonly #prng: Prng;
  readonly #ours: readonly Ours[] = LEADERS.map(() => ({
    fold: new Fold(resolverOf({name: 'revision'}), []),
    vv: EMPTY,
    ops: [],
  }));
  readonly #did: string[] = [];
  #clockMs = 1000;

  constructor(id: string, seed: string) {
    this.#id = id;
    this.#prng = new Prng(seed);
  }

  get story(): string {
    return this.#did.join('\n');
  }

  /** How the two differ, if they do. */
  async play(count: {observations: number; ties: number}): Promise<string | undefined> {
    for (let step = 0; step < STEPS; step++) {
      const at = this.#prng.int(0, LEADERS.length - 1);
      if (this.#prng.chance(0.6)) await this.#write(at);
      else await this.#replicate(this.#prng.int(0, LEADERS.length - 1), at);
      const [theirs, ours] = [await lookAtPouch(this.#database(at), this.#id), lookAtOurs(this.#at(at))];
      if (allOf(theirs) !== allOf(ours))
        return `PouchDB: ${JSON.stringify(theirs)}\nours: ${JSON.stringify(ours)}`;
      if (isDecidedByHash(this.#at(at)) && !isSurelyAlike(theirs, ours)) {
        count.ties += 1;
        return undefined;
      }
      if (theirs.winner !== ours.winner) return `PouchDB: ${theirs.winner}\nours: ${ours.winner}`;
      count.observations += 1;
    }
    return undefined;
  }

  #at = (at: number): Ours => must(this.#ours[at], 'a leader');
  #database = (at: number): PouchDatabase => must(databases[at], 'a database');

  async #write(at: number): Promise<void> {
    const [ours, database] = [this.#at(at), this.#database(at)];
    const {rev, value} = await lookAtPouch(database, this.#id);
    const asks: Intent[] = [
      {type: 'set', value: this.#prng.int(0, 2)},
      {type: 'incr', by: 1},
    ];
    if (rev !== undefined) asks.push({type: 'del'});
    const intent = this.#prng.pick(asks);
    this.#did.push(`${JSON.stringify(intent)} @${LEADERS[at]}`);
    const accepted = acceptIntent(ours.fold, KEY, intent);
    if (!accepted.ok) throw new Error(accepted.failure.message);
    const origin = LEADERS[at] as (typeof LEADERS)[number];
    const dot = {origin, seq: (ours.vv[origin] ?? 0) + 1};
    this.#clockMs += 1;
    const op: Op = {
      dot,
      after: ours.vv,
      hlc: {wallMs: this.#clockMs, logical: 0},
      wallMs: this.#clockMs,
      writes: [accepted.value],
    };
    this.#apply(ours, op);
    if (intent.type === 'del') await database.remove(this.#id, rev as string);
    else
      await database.put({
        _id: this.#id,
        ...(rev === undefined ? {} : {_rev: rev}),
        value: nextValue(intent, value),
      });
  }

  async #replicate(from: number, to: number): Promise<void> {
    if (from === to) return;
    this.#did.push(`${LEADERS[from]} > ${LEADERS[to]}`);
    const [source, target] = [this.#at(from), this.#at(to)];
    for (const op of source.ops) if (!covers(target.vv, op.dot)) this.#apply(target, op);
    const leaves = await this.#database(from)
      .get(this.#id, {open_revs: 'all', revs: true})
      .catch(() => []);
    const documents = leaves.flatMap(leaf => ('ok' in leaf ? [leaf.ok] : []));
    if (documents.length > 0) await this.#database(to).bulkDocs(documents, {new_edits: false});
  }

  #apply(leader: Ours, op: Op): void {
    leader.fold.apply(op);
    leader.vv = extend(leader.vv, op.dot);
    leader.ops.push(op);
  }
}

const nextValue = (intent: Intent, before: unknown): unknown =>
  intent.type === 'incr'
    ? (typeof before === 'number' ? before : 0) + intent.by
    : intent.type === 'set'
      ? intent.value
      : null;

it('shows the winner and the conflicts that PouchDB shows, at every read of random histories', async () => {
  const count = {observations: 0, ties: 0};
  let other = 0;
  for (let n = 0; n < HISTORIES; n++) {
    const history = new History(`h${n}`, `${SEED}.${n}`);
    const difference = await history.play(count);
    if (difference === undefined) continue;
    other += 1;
    process.stdout.write(`history ${SEED}.${n}:\n${history.story}\n${difference}\n`);
  }
  const {observations, ties} = count;
  const found = [
    `${observations + ties + other} observations`,
    `${observations} equal`,
    `${ties} ties by hash`,
    `${other} other`,
  ];
  const again =
    `POUCH_SEED=${SEED} POUCH_HISTORIES=${HISTORIES} npx vitest run ` +
    'test/core/resolvers/pouch-histories.test.ts';
  process.stdout.write(`PouchDB: ${HISTORIES} histories, ${found.join(', ')} (${again})\n`);
  expect(other).toBe(0);
  expect(observations).toBeGreaterThan(10 * ties);
}, 300_000);
