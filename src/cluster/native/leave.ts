/**
 * `leave`: a leader takes no more writes, hands over all that it has, and ends. Its folder stays, so that it
 * never gives a `seq` twice when it joins again.
 */
import {type Failure, fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {EMPTY, merge, missing} from '../../core/version-vector.ts';
import type {Progress} from '../activities.ts';
import {HAND_OVER_LIMIT_MS, handOverFailure, leaveRefusal, lossRefusal} from '../membership-rules.ts';
import {changed, failed} from '../outcome.ts';
import type {Outcome} from '../port.ts';
import {withoutMember} from '../settings.ts';
import {arrangeAgain, isDown, isUp, type MembershipParts, statusAt, waitForArrival} from './membership.ts';

export async function leave(parts: MembershipParts, leader: LeaderId, signal: AbortSignal): Promise<Outcome> {
  const refusal = leaveRefusal(leader, parts.arrangement.leaving.has(leader), liveOthers(parts, leader), id =>
    statusAt(parts, id),
  );
  if (refusal !== undefined) return failed(refusal);
  if (!isUp(parts, leader)) return parts.inTurn(() => dismissDead(parts, leader));
  const {arrangement, activities} = parts;
  const progress = activities.begin(`leave ${leader}`);
  arrangement.leaving.add(leader);
  try {
    const failure = await handOver(parts, leader, progress, signal);
    return failure === undefined ? await parts.inTurn(() => dismiss(parts, leader)) : failed(failure);
  } finally {
    progress.end();
    arrangement.leaving.delete(leader);
    if (parts.handles.has(leader)) await parts.inTurn(() => arrangeAgain(parts));
  }
}

/** Those that stay. */
const liveOthers = (parts: MembershipParts, leader: LeaderId): LeaderId[] =>
  [...parts.handles.keys()].filter(
    id => id !== leader && isUp(parts, id) && !parts.arrangement.leaving.has(id),
  );

/** Until every other live leader has what the leaving one had when it took its last write. */
async function handOver(
  parts: MembershipParts,
  leader: LeaderId,
  progress: Progress,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  await parts.inTurn(() => arrangeAgain(parts));
  const handle = parts.handles.get(leader);
  // Whatever clients had asked for before is in the answer: a leader takes requests in their order.
  const measured = handle && (await parts.leaders.measureOne(handle));
  if (!measured?.ok) return fail('no-answer', `${leader} does not say what it has, so it stays`).failure;
  const wanted = measured.value.vv;
  const others = (): LeaderId[] => liveOthers(parts, leader);
  const left = (): number => Math.max(0, ...others().map(id => missing(wanted, parts.known(id))));
  const inVain = (): boolean => others().length === 0 || isDown(parts, leader);
  const how = await waitForArrival(parts, {left, inVain, progress, limitMs: HAND_OVER_LIMIT_MS, signal});
  const behind = others().filter(id => missing(wanted, parts.known(id)) > 0);
  return handOverFailure(leader, how, isDown(parts, leader), others(), behind);
}

async function dismissDead(parts: MembershipParts, leader: LeaderId): Promise<Outcome> {
  const kept = liveOthers(parts, leader).reduce((union, id) => merge(union, parts.known(id)), EMPTY);
  const refusal = lossRefusal(leader, kept, parts.known(leader));
  return refusal === undefined ? dismiss(parts, leader) : failed(refusal);
}

/** Its links go, then its process, in order. */
async function dismiss(parts: MembershipParts, leader: LeaderId): Promise<Outcome> {
  const {handles, arrangement} = parts;
  const settings = withoutMember(arrangement.settings, leader, Date.now());
  // It may have been catching up itself.
  arrangement.donors.delete(leader);
  const failure = await arrangement.bring(settings);
  if (failure !== undefined && arrangement.settings !== settings) return failed(failure);
  await handles.get(leader)?.close();
  handles.delete(leader);
  return changed(`${leader} left`);
}
