/**
 * Why a PostgreSQL leader shows what it shows: one sentence, with the numbers that decided, from what is known of the writes. The server's
 * own words stand beside it in the conflict log.
 */
import type {Key} from '../../base/ids.ts';
import type {Frontier} from '../../core/frontier.ts';
import type {Write} from '../../core/op.ts';
import type {ResolverName} from '../../core/resolvers/spec.ts';
import {few, fewDots, ONLY_WRITE} from '../../core/resolvers/words.ts';
import {type Dot, sameDot, showDot} from '../../core/version-vector.ts';

export function explainObserved(resolver: ResolverName, _key: Key, {members}: Frontier, shown: Dot | undefined): string {
  if (members.length === 0) return 'never written';
  if (shown === undefined) return `no row is there, although ${fewDots(members, ' and ')} wrote one`;
  const winner = members.find(({dot}) => sameDot(dot, shown));
  if (winner === undefined) return `${showDot(shown)} is in the table, although ${fewDots(members, ' and ')} had seen it`;
  const others = members.filter(member => member !== winner);
  if (others.length === 0) return `${showDot(shown)} ${ONLY_WRITE}`;
  if (winner.change.type === 'del') {
    const clocks = few(others, other => clockOf(winner, other), ' and ');
    return `no row is there: ${showDot(shown)} deleted it, and a delete is carried out whatever it meets, ${clocks}`;
  }
  return `${showDot(shown)} is in the table: ${reason(resolver, winner, others)}`;
}

function reason(resolver: ResolverName, winner: Write, others: readonly Write[]): string {
  switch (resolver) {
    case 'lww':
      return `it was committed last, ${few(others, other => clockOf(winner, other), ' and ')}`;
    case 'fww':
      return `it was committed first, ${few(others, other => clockOf(winner, other), ' and ')}`;
    case 'keep-local':
      return `it was here when ${fewDots(others, ' and ')} arrived`;
    case 'halt':
      return `it was here, and ${fewDots(others, ' and ')} is not applied`;
    default:
      return `it arrived after ${fewDots(others, ' and ')}, and what arrives is applied`;
  }
}

function clockOf(winner: Write, other: Write): string {
  const aheadMs = Math.round(1000 * (winner.wallMs - other.wallMs)) / 1000;
  return `${Math.abs(aheadMs)} ms ${aheadMs >= 0 ? 'after' : 'before'} ${showDot(other.dot)}`;
}
