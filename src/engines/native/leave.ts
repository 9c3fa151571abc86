/**
 * Carries out `leave`: a leader accepts no more writes, hands over all that it has, and ends. Its folder
 * stays, so that it never uses a `seq` twice when it joins again.
 */
import {type Failure, fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {Outcome} from '../../port/cluster.ts';
import type {Progress} from '../shared/model/activities.ts';
import {withoutMember} from '../shared/model/cluster-settings.ts';
import {HAND_OVER_LIMIT_MS} from '../shared/model/membership-rules.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {type NativeParts, waitForArrival} from './native-parts.ts';

/**
 * Resolves once the leader has left, or to the reason why it stays. Fails with `not-handed-over` if other
 * leaders lack its operations after a time limit or when `signal` is aborted.
 */
export async function leave(parts: NativeParts, leader: LeaderId, signal: AbortSignal): Promise<Outcome> {
  const {shell, leaders, configuration, membership} = parts;
  const refusal = membership.leaveRefusal(leader);
  if (refusal !== undefined) return failed(refusal);
  if (!membership.isUp(leader)) return shell.queue.take(() => dismissDead(parts, leader));
  const progress = shell.activities.begin(`leave ${leader}`);
  membership.beginLeaving(leader);
  try {
    const failure = await handOver(parts, leader, progress, signal);
    return failure === undefined ? await shell.queue.take(() => dismiss(parts, leader)) : failed(failure);
  } finally {
    progress.end();
    membership.endLeaving(leader);
    if (leaders.get(leader) !== undefined) await shell.queue.take(() => configuration.rearrange());
  }
}

/** Waits until every other live leader has all that the leaving one had when it accepted its last write. */
async function handOver(
  parts: NativeParts,
  leader: LeaderId,
  progress: Progress,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const {shell, leaders, configuration, membership} = parts;
  await shell.queue.take(() => configuration.rearrange());
  // A leader handles requests in order, so its answer includes all earlier writes.
  const measured = await leaders.measureOne(leader);
  if (!measured?.ok)
    return fail('no-answer', `${leader} gave no answer when asked what it has, so it stays`).failure;
  const {vv} = measured.value;
  const left = (): number => membership.lackingElsewhere(leader, vv);
  const inVain = (): boolean => membership.liveOthers(leader).length === 0 || membership.isDown(leader);
  const how = await waitForArrival(parts, {left, inVain, progress, limitMs: HAND_OVER_LIMIT_MS, signal});
  return membership.handOverFailure(leader, vv, how);
}

async function dismissDead(parts: NativeParts, leader: LeaderId): Promise<Outcome> {
  const refusal = parts.membership.lossRefusal(leader);
  return refusal === undefined ? dismiss(parts, leader) : failed(refusal);
}

/** Removes its links, then ends its process in order. */
async function dismiss(
  {shell, leaders, configuration, membership}: NativeParts,
  leader: LeaderId,
): Promise<Outcome> {
  const settings = withoutMember(configuration.settings, leader, Date.now());
  // It may have been catching up.
  membership.endCatchUp(leader);
  const failure = await configuration.bring(settings);
  if (failure !== undefined && configuration.settings !== settings) return failed(failure);
  await leaders.remove(leader);
  shell.leadersChanged();
  return changed(`${leader} left`);
}
