/**
 * `revision`: every replica picks the same winner among the leaves of the key's tree of revisions without
 * talking: a live one before a deleted one, then the longer edit history, then the greater hash, compared as
 * text. A write or a delete edits the winner, and only that: the losers stay leaves, which CouchDB lists
 * under `_conflicts`, and once the winner is deleted the best of them is shown. A reader who does not ask for
 * them never sees them, so they count as lost while they are not shown.
 *
 * Equal edits of one revision are one revision, and none of them is lost. Of equal increments all but one are
 * lost. A delete does not lose to a revision that its leader had: it removed the one that its reader saw.
 *
 * Seen in CouchDB and PouchDB. (CouchDB's "Replication and conflict model"; the tests here compare with
 * PouchDB itself.)
 */
import {listed} from '../../base/list.ts';
import type {KeyWrite, Write} from '../log/op.ts';
import {covers, type Dot, sameDot, showDot} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import type {Revision} from '../state/revision-edit.ts';
import {Revisions} from '../state/revisions.ts';
import {readWrite} from './frontier-winner.ts';
import {few, ONLY_WRITE} from './reasons.ts';
import type {Resolver} from './resolver.ts';

/** The part of a revision's id behind the generation: which edit it is, as 14 hexadecimal digits. */
export const revisionHash = ({id}: Revision): string => id.toString(16).padStart(14, '0');

const isOf = ({writes}: Revision, dot: Dot): boolean => writes.some(write => sameDot(write.dot, dot));

function shows(state: Revisions, {members}: Frontier, dot: Dot, change: KeyWrite): boolean {
  const {winner} = state;
  if (winner === undefined) return false;
  if (isOf(winner, dot)) return change.type !== 'incr' || isFirstIncrement(winner, dot);
  if (change.type === 'del')
    return members.some(
      ({dot: of, after}) => sameDot(of, dot) && winner.writes.some(one => covers(after, one.dot)),
    );
  return change.type !== 'incr' && state.isReplacedAsEqual(dot);
}

/** Of several equal increments only one can be in the value. */
function isFirstIncrement({writes}: Revision, dot: Dot): boolean {
  const first = writes.find(({change}) => change.type === 'incr');
  return first !== undefined && sameDot(first.dot, dot);
}

/** How many leaves to name besides the writes on the frontier. */
const NAMED_LEAVES = 5;

function explain(state: Revisions, {members}: Frontier): string {
  const {winner, liveLeaves} = state;
  const [first] = winner?.writes ?? [];
  if (winner === undefined || first === undefined) return 'never written';
  const losers = losersOn(state, winner, members);
  const hidden = liveLeaves - (winner.isDeleted ? 0 : 1) - losers.filter(({isDeleted}) => !isDeleted).length;
  const reasons = [
    few(losers, loser => reason(winner, loser), '; '),
    hiddenLeaves(state, winner, losers, hidden),
  ];
  const wins = reasons.filter(text => text !== '').join('; ');
  const clauses = [...(wins === '' ? [] : [`${showDot(first.dot)} wins: ${wins}`]), ...equalOn(winner)];
  return clauses.length === 0 ? `${showDot(first.dot)} ${ONLY_WRITE}` : clauses.join('; ');
}

/** The other leaves made by writes on the frontier. */
function losersOn(state: Revisions, winner: Revision, members: readonly Write[]): Revision[] {
  const made = new Set(members.flatMap(({dot}) => state.leafOf(dot) ?? []));
  return [...made].filter(leaf => leaf !== winner);
}

const equalOn = ({writes}: Revision): string[] =>
  writes.length < 2
    ? []
    : [
        `${few(writes, ({dot}) => showDot(dot), ' and ')} are equal edits of one parent, so they are ` +
          'one revision',
      ];

function hiddenLeaves(
  state: Revisions,
  winner: Revision,
  losers: readonly Revision[],
  count: number,
): string {
  if (count < 1) return '';
  if (count > NAMED_LEAVES) return `${count} more losing revisions stay readable`;
  const others = state.leaves().filter(leaf => !leaf.isDeleted && leaf !== winner && !losers.includes(leaf));
  return `${few(others, shortName)} ${count === 1 ? 'stays' : 'stay'} readable, too`;
}

const shortName = (revision: Revision): string =>
  `${shortId(revision)} of ${listed(revision.writes.map(({dot}) => showDot(dot)))}`;

const shortId = (revision: Revision): string =>
  `${revision.generation}-${revisionHash(revision).slice(0, 6)}…`;

function reason(winner: Revision, loser: Revision): string {
  const stays = loser.isDeleted ? '' : ', which stays readable';
  const pair = `revision ${shortId(winner)} beats ${shortName(loser)}${stays}`;
  if (winner.isDeleted !== loser.isDeleted) return `${pair}: a live revision before a deleted one`;
  return `${pair}: the ${winner.generation === loser.generation ? 'greater hash' : 'longer edit history'}`;
}

export const revision: Resolver<Revisions> = {
  name: 'revision',
  summary: 'the longest edit history, then the greater hash',
  seenIn: 'CouchDB, PouchDB',
  convergent: true,
  madeOf: 'revisions',
  initial: () => new Revisions(),
  apply: (state, write) => state.add(write),
  read: ({winner}) => readWrite(winner?.writes[0]),
  shown: ({winner}) => winner?.writes[0]?.dot,
  shows,
  touched: state => state.touched(),
  explain: (_key, state, frontier) => explain(state, frontier),
};
