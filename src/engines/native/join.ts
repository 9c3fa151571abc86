/**
 * `join`: a new leader, or one that left before. A donor gives it all that the live leaders have, because
 * where leaders forward only their own operations nobody else would send it those of leaders that are down.
 * It is a member as soon as it runs; that it catches up may take longer than anybody waits.
 */
import {type Failure, fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {EMPTY, merge, type VersionVector} from '../../core/log/version-vector.ts';
import type {Outcome} from '../../port/cluster.ts';
import {leaderSettings, withMember} from '../shared/model/cluster-settings.ts';
import {bestDonor, isStuck, joinedInWords, left, whatIsLacking} from '../shared/model/joining-leader.ts';
import {HAND_OVER_LIMIT_MS, joinRefusal} from '../shared/model/membership-rules.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {CatchUp, newcomerIn} from './catch-up.ts';
import {isDown, type MembershipParts, statusAt} from './membership.ts';
import {waitUntil} from './wait-until.ts';

export async function join(
  parts: MembershipParts,
  leader: LeaderId,
  from: LeaderId | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  let wanted: VersionVector = EMPTY;
  const joined = await parts.inTurn(async () => {
    const refusal = joinRefusal(leader, from, parts.handles.size, id => statusAt(parts, id));
    if (refusal !== undefined) return failed(refusal);
    wanted = Object.values((await parts.leaders.measure()).leaders).reduce(
      (union, {vv}) => merge(union, vv),
      EMPTY,
    );
    const donor = from ?? bestDonor(newcomerIn(parts, leader, wanted));
    const failure = await admit(parts, leader, donor);
    if (failure !== undefined) return failed(failure);
    return changed(joinedInWords(leader, donor));
  });
  if (joined.status !== 'ok') return joined;

  const catchUp = new CatchUp(parts, leader, wanted);
  const arrival = catchUp.run();
  const {joining} = catchUp;
  const isDecided = (): boolean => left(joining) === 0 || isStuck(joining);
  await waitUntil(isDecided, {subscribe: parts.subscribe, limitMs: HAND_OVER_LIMIT_MS, signal});
  if (left(joining) > 0 || isDown(parts, leader)) return {status: 'info', failure: whatIsLacking(joining)};
  await arrival;
  // One that was a member before takes writes once it knows its own operations again.
  await parts.handles.get(leader)?.recovered();
  return joined;
}

/** Starts it and links it; where either fails, the cluster is as it was. */
async function admit(
  parts: MembershipParts,
  leader: LeaderId,
  donor: LeaderId | undefined,
): Promise<Failure | undefined> {
  const {handles, configuration} = parts;
  if (parts.closing.aborted) return fail('closing', 'the lab is closing').failure;
  const settings = withMember(configuration.settings, leader, donor);
  const handle = parts.newHandle(leader);
  handles.set(leader, handle);
  const started = await handle.start(leaderSettings(settings, leader));
  let failure = started.ok ? undefined : started.failure;
  if (started.ok) {
    if (donor !== undefined) configuration.donors.set(leader, donor);
    await configuration.introduce(handle);
    failure = await configuration.bring(settings);
    // A leader that gave no answer hears of the joining later.
    if (configuration.settings === settings) return undefined;
  }
  configuration.donors.delete(leader);
  await handle.close();
  handles.delete(leader);
  parts.leadersChanged();
  await configuration.rearrange();
  return failure;
}
