/**
 * The answers to clients in words, the same under every engine. Pure.
 */
import type {LeaderId} from '../../../base/ids.ts';
import {listed} from '../../../base/list.ts';
import type {Target, TxnAction, WriteAction} from '../../../command/action.ts';
import {type Dot, showDot} from '../../../core/log/version-vector.ts';
import type {WriteReport} from '../../../port/cluster.ts';

/** The leaders at which to carry out a request. */
export const targetsOf = (
  at: Target,
  focused: LeaderId,
  members: readonly LeaderId[],
): readonly LeaderId[] => (at.type === 'all' ? members : at.type === 'focused' ? [focused] : at.leaders);

/** The writes of an action: those of the transaction, or the single write. */
export const writesOf = (action: WriteAction | TxnAction): TxnAction['writes'] =>
  action.type === 'txn' ? action.writes : [{key: action.key, intent: action.intent}];

/** The write is at its origin, so it may still spread: its outcome is unknown. */
export function unconfirmed(
  leader: LeaderId,
  dot: Dot,
  confirmed: readonly LeaderId[],
  needed: number,
): WriteReport {
  const reason =
    `${showDot(dot)} is at ${leader}; only ${confirmed.length} of the ${needed} leaders needed confirmed ` +
    'it in time';
  return {leader, status: 'info', dot, reason};
}

/** Says that a write failed because its leader is down, and which command starts the leader. */
export const downReason = (leader: LeaderId): string => `${leader} is down; use: restart ${leader}`;
/**
 * Says that the outcome of a write is unknown because its leader is paused, and which command resumes it.
 */
export const pausedReason = (leader: LeaderId): string =>
  `${leader} is paused and may still do it; use: resume ${leader}`;
/** Says that the outcome of a write is unknown because its leader gave no answer. */
export const silentReason = (leader: LeaderId): string => `${leader} gave no answer, so it may have happened`;
/** Says that a write failed because no leader has this name. */
export const unknownLeaderReason = (leader: LeaderId): string => `there is no leader ${leader}`;
/** Says that a write failed because its leader is leaving and takes no more writes. */
export const leavingReason = (leader: LeaderId): string => `${leader} is leaving`;

/** The command that ends this state of a leader. */
const REMEDY: {readonly [error: string]: string} = {down: 'restart', paused: 'resume'};

/**
 * Why none of these leaders answered a question, and which command makes them answer. Leaders with the same
 * reason are named together.
 */
export function noAnswerInWords(errors: readonly (readonly [leader: LeaderId, error: string])[]): string {
  const leaders = new Map<string, LeaderId[]>();
  for (const [leader, error] of errors) leaders.set(error, [...(leaders.get(error) ?? []), leader]);
  return [...leaders].map(([error, ids]) => reasonInWords(ids, error)).join('; ');
}

function reasonInWords(ids: readonly LeaderId[], error: string): string {
  if (error === 'no answer') return `${listed(ids)} gave no answer`;
  const remedy = REMEDY[error];
  const hint = remedy === undefined ? '' : `; use: ${remedy} ${ids.join(' ')}`;
  return `${listed(ids)} ${ids.length === 1 ? 'is' : 'are'} ${error}${hint}`;
}

export const SAME_LEADER = [
  'same-leader',
  'two of these writes are at one leader, which orders them itself',
  'name a different leader for each',
] as const;
