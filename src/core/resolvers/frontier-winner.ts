/**
 * The common part of resolvers that let one member of the frontier win by some order. They keep no state: the
 * reading is a function of the frontier, which is a function of the set of writes, so all of them converge.
 */

import {effectOf, type Write} from '../log/op.ts';
import {sameDot, showDot} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import {ABSENT, type Reading} from '../state/reading.ts';
import {few, ONLY_WRITE} from './reasons.ts';
import type {Resolver, ResolverAbout} from './resolver.ts';
import type {ResolverName} from './spec.ts';

export interface Contest extends ResolverAbout {
  readonly name: ResolverName;
  /** A strict total order of writes. */
  beats(a: Write, b: Write): boolean;
  /** Why, with the numbers that decided: a clause that follows `eu:7 wins: `. */
  reason(winner: Write, loser: Write): string;
}

export function frontierWinner({name, summary, seenIn, convergent, beats, reason}: Contest): Resolver<null> {
  const winnerOf = (members: readonly Write[]): Write | undefined => {
    let winner = members[0];
    for (const member of members) if (winner !== undefined && beats(member, winner)) winner = member;
    return winner;
  };
  const explain = ({members}: Frontier): string => {
    const winner = winnerOf(members);
    if (winner === undefined) return 'never written';
    const losers = members.filter(member => member !== winner);
    if (losers.length === 0) return `${showDot(winner.dot)} ${ONLY_WRITE}`;
    return `${showDot(winner.dot)} wins: ${few(losers, loser => reason(winner, loser), '; ')}`;
  };
  return {
    name,
    summary,
    seenIn,
    convergent,
    madeOf: 'frontier',
    initial: () => null,
    apply: () => null,
    read: (_state, {members}) => readWrite(winnerOf(members)),
    shown: (_state, {members}) => winnerOf(members)?.dot,
    shows(_state, {members}, dot) {
      const winner = winnerOf(members);
      return winner !== undefined && sameDot(winner.dot, dot);
    },
    explain: (_key, _state, frontier) => explain(frontier),
  };
}

/** What a reader sees of this write alone. */
export function readWrite(write: Write | undefined): Reading {
  const value = write && effectOf(write.change);
  return value === undefined ? ABSENT : {type: 'value', value};
}
