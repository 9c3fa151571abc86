/**
 * What clients are told, in the same words by every engine. Pure.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Target, TxnAction, WriteAction} from '../command/action.ts';
import {type Dot, showDot} from '../core/version-vector.ts';
import type {WriteReport} from './port.ts';

export const targetsOf = (at: Target, focused: LeaderId, members: readonly LeaderId[]): readonly LeaderId[] =>
  at.type === 'all' ? members : at.type === 'focused' ? [focused] : at.leaders;

export const writesOf = (action: WriteAction | TxnAction): TxnAction['writes'] =>
  action.type === 'txn' ? action.writes : [{key: action.key, intent: action.intent}];

/** Its origin has it, so it may well spread: unknown. */
export function unconfirmed(leader: LeaderId, dot: Dot, confirmed: readonly LeaderId[], needed: number): WriteReport {
  const reason = `${showDot(dot)} is at ${leader}; only ${confirmed.length} of ${needed} leaders confirmed it in time`;
  return {leader, status: 'info', dot, reason};
}

export const pausedReason = (leader: LeaderId): string => `${leader} is paused and may yet do it`;
export const silentReason = (leader: LeaderId): string => `${leader} gave no answer, so it may have happened`;
export const strangerReason = (leader: LeaderId): string => `there is no leader ${leader}`;
export const leavingReason = (leader: LeaderId): string => `${leader} is leaving`;
export const SAME_LEADER = [
  'same-leader',
  'two of these writes are at one leader, which orders them itself',
  'name a different leader for each',
] as const;
