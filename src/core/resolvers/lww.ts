/**
 * `lww`, last write wins: the write with the highest wall clock, ties to the higher origin. It never looks at
 * causality, so a write from a slow clock loses even to one that it had seen.
 *
 * Seen in Cassandra (cell timestamps), DynamoDB global tables and pglogical's `last_update_wins`. Equal
 * clocks go to the higher leader's name here; in Cassandra to a tombstone, then to the greater value. (The
 * rule is Thomas's: "A Majority Consensus Approach to Concurrency Control", 1979.)
 */

import type {Write} from '../log/op.ts';
import {compareDots, sameDot, showDot} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import {readWrite} from './frontier-winner.ts';
import {althoughSeen, few, ONLY_WRITE, showGap} from './reasons.ts';
import type {Resolver} from './resolver.ts';

type State = Write | undefined;

const later = (a: Write, b: Write): boolean =>
  a.wallMs !== b.wallMs ? a.wallMs > b.wallMs : compareDots(a.dot, b.dot) > 0;

function explain(winner: State, frontier: Frontier): string {
  if (winner === undefined) return 'never written';
  const losers = frontier.members.filter(member => !sameDot(member.dot, winner.dot));
  if (losers.length === 0) return `${showDot(winner.dot)} ${ONLY_WRITE}`;
  return `${showDot(winner.dot)} wins: ${few(losers, loser => reason(winner, loser), '; ')}`;
}

function reason(winner: Write, loser: Write): string {
  const aheadMs = winner.wallMs - loser.wallMs;
  const seen = althoughSeen(winner, loser);
  const [other, origin] = [showDot(loser.dot), winner.dot.origin];
  if (aheadMs === 0) return `its wall clock equals that of ${other}, and ${origin} sorts higher${seen}`;
  return `written ${showGap(aheadMs)} later, by its own clock, than ${other}${seen}`;
}

export const lww: Resolver<State> = {
  name: 'lww',
  summary: 'the write with the highest wall clock; the others are lost',
  seenIn: 'Cassandra (except for ties), DynamoDB, pglogical last_update_wins',
  convergent: true,
  madeOf: 'writes',
  initial: () => undefined,
  apply: (winner, write) => (winner === undefined || later(write, winner) ? write : winner),
  read: readWrite,
  shown: winner => winner?.dot,
  shows: (winner, _frontier, dot) => winner !== undefined && sameDot(winner.dot, dot),
  explain: (_key, winner, frontier) => explain(winner, frontier),
};
