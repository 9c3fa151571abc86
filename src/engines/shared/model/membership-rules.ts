/**
 * The rules of joining and leaving: why a leader may not join or leave, in words. Pure.
 */
import {type Failure, fail} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import {listed} from '../../../base/list.ts';
import {covers, origins, seqOf, type VersionVector} from '../../../core/log/version-vector.ts';
import type {LeaderStatus} from '../../../port/view.ts';

const MEMBER_LIMIT = 32;

/** Undefined for a leader that is not a member. */
type StatusOf = (id: LeaderId) => LeaderStatus | undefined;

/** Why `leader` may not join with `from` as its donor; undefined if it may. */
export function joinRefusal(
  leader: LeaderId,
  from: LeaderId | undefined,
  members: number,
  statusOf: StatusOf,
): Failure | undefined {
  const status = statusOf(leader);
  if (status !== undefined) {
    const hint = status === 'down' ? `restart ${leader}` : undefined;
    return fail('is-member', `${leader} is a leader of this cluster already`, hint).failure;
  }
  if (members >= MEMBER_LIMIT)
    return fail('too-many', `a cluster has at most ${MEMBER_LIMIT} leaders`).failure;
  if (from === undefined || statusOf(from) === 'up') return undefined;
  const why = statusOf(from) === undefined ? 'there is no such leader' : `it is ${statusOf(from)}`;
  return fail('no-donor', `${from} cannot send its operations: ${why}`).failure;
}

/** Why `leader` may not leave; undefined if it may. `liveOthers`: the live leaders that stay. */
export function leaveRefusal(
  leader: LeaderId,
  isLeaving: boolean,
  liveOthers: readonly LeaderId[],
  statusOf: StatusOf,
): Failure | undefined {
  const status = statusOf(leader);
  if (status === undefined) return fail('no-leader', `there is no leader ${leader}`).failure;
  if (isLeaving) return fail('is-leaving', `${leader} is leaving already`).failure;
  if (liveOthers.length === 0)
    return fail('last-leader', `no other leader is up to keep what ${leader} has`).failure;
  if (status === 'up' || status === 'down') return undefined;
  return fail(`is-${status}`, `${leader} is ${status} and cannot hand over what it has`, `resume ${leader}`)
    .failure;
}

export const HAND_OVER_LIMIT_MS = 30_000;

/** Why a leader that was handing over its operations stays; undefined if the others have them all. */
export function handOverFailure(
  leader: LeaderId,
  how: 'held' | 'late' | 'aborted',
  isDown: boolean,
  others: readonly LeaderId[],
  behind: readonly LeaderId[],
): Failure | undefined {
  if (isDown)
    return fail(
      'down',
      `${leader} went down while it handed over what it has, so it stays`,
      `restart ${leader}`,
    ).failure;
  if (others.length === 0)
    return fail('last-leader', `no other leader is up any more to keep what ${leader} has, so it stays`)
      .failure;
  if (how === 'held') return undefined;
  const when = how === 'aborted' ? 'ended early' : `after ${HAND_OVER_LIMIT_MS / 1000} s`;
  const lack =
    `${listed(behind)} still ${behind.length === 1 ? 'lacks' : 'lack'} operations that ` + `${leader} has`;
  return fail('not-handed-over', `${when}: ${lack}, so it stays`).failure;
}

/** A dead leader cannot hand over its operations, so it may leave only if other leaders have all of them. */
export function lossRefusal(leader: LeaderId, kept: VersionVector, had: VersionVector): Failure | undefined {
  const lost = rangesBeyond(kept, had);
  if (lost.length === 0) return undefined;
  return fail(
    'would-lose',
    `${leader} is down, and ${listed(lost)} would be lost with it`,
    `restart ${leader}`,
  ).failure;
}

/** The operations in `had` and not in `kept`: `us:4`, `us:4 to us:9`. */
const rangesBeyond = (kept: VersionVector, had: VersionVector): string[] =>
  origins(had)
    .filter(origin => !covers(kept, {origin, seq: seqOf(had, origin)}))
    .map(origin => {
      const [first, last] = [seqOf(kept, origin) + 1, seqOf(had, origin)];
      return first === last ? `${origin}:${first}` : `${origin}:${first} to ${origin}:${last}`;
    });
