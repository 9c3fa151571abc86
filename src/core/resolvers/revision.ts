/**
 * `revision`: every replica picks the same winner without talking: a live revision before a deleted one, then the longer edit history,
 * then the greater hash, compared as text. The losers are not thrown away: CouchDB lists them under `_conflicts`, and so does the
 * explanation here. A reader who does not ask for them never learns of them, which is why they count as lost.
 *
 * Seen in CouchDB and PouchDB. (CouchDB's "Replication and conflict model"; the tests here compare with PouchDB itself.)
 */
import {canonicalJson} from '../../base/json.ts';
import {hash32} from '../../base/prng.ts';
import {effectOf, type Write} from '../op.ts';
import {showDot} from '../version-vector.ts';
import {frontierWinner} from './frontier-winner.ts';

/** The part of a revision's id behind the generation: which edit it is, as 16 hexadecimal digits. */
export function revisionHash({dot, change}: Write): string {
  const value = effectOf(change);
  const text = `${showDot(dot)} ${value === undefined ? 'deleted' : canonicalJson(value)}`;
  return [`1${text}`, `2${text}`].map(half => hash32(half).toString(16).padStart(8, '0')).join('');
}

const isDeleted = ({change}: Write): boolean => change.type === 'del';

function beats(a: Write, b: Write): boolean {
  if (isDeleted(a) !== isDeleted(b)) return isDeleted(b);
  if (a.change.generation !== b.change.generation) return a.change.generation > b.change.generation;
  return a !== b && revisionHash(a) > revisionHash(b);
}

const shortId = (write: Write): string => `${write.change.generation}-${revisionHash(write).slice(0, 6)}…`;

function reason(winner: Write, loser: Write): string {
  const pair = `revision ${shortId(winner)} beats ${shortId(loser)} of ${showDot(loser.dot)}, which stays readable`;
  if (isDeleted(winner) !== isDeleted(loser)) return `${pair}: a live revision before a deleted one`;
  return `${pair}: the ${winner.change.generation === loser.change.generation ? 'greater hash' : 'longer edit history'}`;
}

export const revision = frontierWinner({
  name: 'revision',
  summary: 'the longest edit history, then the greater hash',
  seenIn: 'CouchDB, PouchDB',
  convergent: true,
  beats,
  reason,
});
