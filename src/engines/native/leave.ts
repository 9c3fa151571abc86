/**
 * Carries out `leave`: a leader accepts no more writes, hands over all that it has, and ends. Its folder
 * stays, so that it never uses a `seq` twice when it joins again.
 */
import {type Failure, fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {EMPTY, merge, missing} from '../../core/log/version-vector.ts';
import type {Outcome} from '../../port/cluster.ts';
import type {Progress} from '../shared/model/activities.ts';
import {withoutMember} from '../shared/model/cluster-settings.ts';
import {
  HAND_OVER_LIMIT_MS,
  handOverFailure,
  leaveRefusal,
  lossRefusal,
} from '../shared/model/membership-rules.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {isDown, isUp, type MembershipParts, rearrangeAll, statusAt, waitForArrival} from './membership.ts';

/**
 * Resolves once the leader has left, or to the reason why it stays. Fails with `not-handed-over` if other
 * leaders lack its operations after a time limit or when `signal` is aborted.
 */
export async function leave(parts: MembershipParts, leader: LeaderId, signal: AbortSignal): Promise<Outcome> {
  const refusal = leaveRefusal(
    leader,
    parts.configuration.leaving.has(leader),
    liveOthers(parts, leader),
    id => statusAt(parts, id),
  );
  if (refusal !== undefined) return failed(refusal);
  if (!isUp(parts, leader)) return parts.inTurn(() => dismissDead(parts, leader));
  const {configuration, activities} = parts;
  const progress = activities.begin(`leave ${leader}`);
  configuration.leaving.add(leader);
  try {
    const failure = await handOver(parts, leader, progress, signal);
    return failure === undefined ? await parts.inTurn(() => dismiss(parts, leader)) : failed(failure);
  } finally {
    progress.end();
    configuration.leaving.delete(leader);
    if (parts.handles.has(leader)) await parts.inTurn(() => rearrangeAll(parts));
  }
}

/** The live leaders that stay. */
const liveOthers = (parts: MembershipParts, leader: LeaderId): LeaderId[] =>
  [...parts.handles.keys()].filter(
    id => id !== leader && isUp(parts, id) && !parts.configuration.leaving.has(id),
  );

/** Waits until every other live leader has all that the leaving one had when it accepted its last write. */
async function handOver(
  parts: MembershipParts,
  leader: LeaderId,
  progress: Progress,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  await parts.inTurn(() => rearrangeAll(parts));
  const handle = parts.handles.get(leader);
  // A leader handles requests in order, so its answer includes all earlier writes.
  const measured = handle && (await parts.leaders.measureOne(handle));
  if (!measured?.ok)
    return fail('no-answer', `${leader} gave no answer when asked what it has, so it stays`).failure;
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

/** Removes its links, then ends its process in order. */
async function dismiss(parts: MembershipParts, leader: LeaderId): Promise<Outcome> {
  const {handles, configuration} = parts;
  const settings = withoutMember(configuration.settings, leader, Date.now());
  // It may have been catching up.
  configuration.donors.delete(leader);
  const failure = await configuration.bring(settings);
  if (failure !== undefined && configuration.settings !== settings) return failed(failure);
  await handles.get(leader)?.close();
  handles.delete(leader);
  parts.leadersChanged();
  return changed(`${leader} left`);
}
