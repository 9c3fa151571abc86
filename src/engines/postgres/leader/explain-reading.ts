/**
 * Explains what a PostgreSQL leader shows for a key: one sentence, with the numbers that decided, from what
 * is known of the writes. The conflict log shows the server's own words beside it. Pure.
 */
import type {Write} from '../../../core/log/op.ts';
import {type Dot, sameDot, showDot} from '../../../core/log/version-vector.ts';
import {few, fewDots, ONLY_WRITE} from '../../../core/resolvers/reasons.ts';
import type {ResolverName} from '../../../core/resolvers/spec.ts';
import type {Frontier} from '../../../core/state/frontier.ts';

/** What is known of one key at a leader. */
export interface ObservedKey {
  readonly resolver: ResolverName;
  readonly frontier: Frontier;
  /** The operation that wrote or deleted the row. */
  readonly shown: Dot | undefined;
  /** The last operation applied here that deleted the key. */
  readonly deleted: Dot | undefined;
  /** True if `skip` discarded it here. */
  isSkipped(dot: Dot): boolean;
}

/** One sentence about a key, such as `eu:1 is in the table: it was committed last, 4 ms after us:1`. */
export function explainObserved(at: ObservedKey): string {
  const {frontier, shown, isSkipped} = at;
  const {members} = frontier;
  if (members.length === 0) return 'never written';
  const skipped = members.filter(({dot}) => isSkipped(dot));
  const winner = members.find(({dot}) => shown !== undefined && sameDot(dot, shown));
  const others = members.filter(member => member !== winner && !skipped.includes(member));
  const statement = winner === undefined ? showsOlder(at, others) : showsMember(at, winner, others);
  if (skipped.length === 0) return statement;
  const skippedInWords = `skip discarded ${fewDots(skipped, ' and ')} here`;
  return `${statement}${others.length > 0 ? '; ' : ': '}${skippedInWords}`;
}

/** The table shows none of the writes on the frontier. */
function showsOlder({resolver, shown}: ObservedKey, others: readonly Write[]): string {
  const what = shown === undefined ? 'the table has no row' : `${showDot(shown)} is in the table`;
  if (others.length === 0) return what;
  if (shown === undefined) return `${what}, although ${fewDots(others, ' and ')} wrote one`;
  const seen = `${what}, although ${fewDots(others, ' and ')} had seen it`;
  const goesByOrigin = resolver === 'fww' || resolver === 'keep-local' || resolver === 'halt';
  return goesByOrigin
    ? `${seen}: the server compares which leader wrote the row last, not what a write had seen`
    : seen;
}

function showsMember(
  {resolver, deleted, frontier}: ObservedKey,
  winner: Write,
  others: readonly Write[],
): string {
  const {dot, change} = winner;
  const name = showDot(dot);
  if (others.length === 0)
    return frontier.members.length === 1
      ? `${name} ${ONLY_WRITE}`
      : `${name} ${change.type === 'del' ? 'deleted the row' : 'is in the table'}`;
  const clocks = few(others, other => clockOf(winner, other), ' and ');
  if (change.type === 'del')
    return `the table has no row: ${name} deleted it, and a server applies every delete, ${clocks}`;
  const ruled = byRule(resolver, winner, others);
  if (ruled !== undefined) return `${name} is in the table: ${ruled}`;
  const isNew = deleted !== undefined && change.saw.some(seen => sameDot(seen, deleted));
  const why = isNew ? `${showDot(deleted)} had deleted the row before` : 'there was no row';
  return `${name} is in the table, ${clocks}: ${why}, and a server uses its resolver only if the row exists`;
}

/** The reason by the server's rule; `undefined` if the rule does not explain it. */
function byRule(resolver: ResolverName, winner: Write, others: readonly Write[]): string | undefined {
  const clocks = few(others, other => clockOf(winner, other), ' and ');
  switch (resolver) {
    case 'lww':
      return others.every(({wallMs}) => wallMs <= winner.wallMs)
        ? `it was committed last, ${clocks}`
        : undefined;
    case 'fww':
      return others.every(({wallMs}) => wallMs >= winner.wallMs)
        ? `it was committed first, ${clocks}`
        : undefined;
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
