/**
 * Carries out `join`: adds a new leader, or one that left before. A donor sends it all that the live leaders
 * have, because leaders that forward only their own operations would not send it those of dead leaders. It is
 * a member as soon as it runs; catching up may take longer than anybody waits.
 */
import {type Failure, fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {EMPTY, merge, type VersionVector} from '../../core/log/version-vector.ts';
import type {Outcome} from '../../port/cluster.ts';
import {leaderSettings, withMember} from '../shared/model/cluster-settings.ts';
import {
  bestDonor,
  incompleteJoin,
  isStuck,
  joinedInWords,
  missingCount,
} from '../shared/model/joining-leader.ts';
import {HAND_OVER_LIMIT_MS} from '../shared/model/membership-rules.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import {CatchUp} from './catch-up.ts';
import type {NativeParts} from './native-parts.ts';
import {waitUntil} from './wait-until.ts';

/** Resolves once the leader has caught up, or 30 s passed, or `signal` was aborted. */
export async function join(
  parts: NativeParts,
  leader: LeaderId,
  from: LeaderId | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const {shell, leaders, membership} = parts;
  let wanted: VersionVector = EMPTY;
  const joined = await shell.queue.take(async () => {
    const refusal = membership.joinRefusal(leader, from);
    if (refusal !== undefined) return failed(refusal);
    const measured = Object.values((await leaders.measure()).leaders);
    wanted = measured.reduce((union, {vv}) => merge(union, vv), EMPTY);
    const donor = from ?? bestDonor(membership.joining(leader, wanted));
    const failure = await admit(parts, leader, donor);
    if (failure !== undefined) return failed(failure);
    return changed(joinedInWords(leader, donor));
  });
  if (joined.status !== 'ok') return joined;

  const catchUp = new CatchUp(parts, leader, wanted);
  const arrival = catchUp.run();
  const {joining} = catchUp;
  const isDecided = (): boolean => missingCount(joining) === 0 || isStuck(joining);
  const subscribe = (listener: () => void): (() => void) => shell.subscribe(listener);
  await waitUntil(isDecided, {subscribe, limitMs: HAND_OVER_LIMIT_MS, signal});
  if (missingCount(joining) > 0 || membership.isDown(leader))
    return {status: 'info', failure: incompleteJoin(joining)};
  await arrival;
  // A leader that was a member before accepts writes once it knows its own operations again.
  await leaders.get(leader)?.recovered();
  return joined;
}

/** Starts the leader and links it. If either fails, the cluster is as before. */
async function admit(
  {shell, leaders, configuration, membership}: NativeParts,
  leader: LeaderId,
  donor: LeaderId | undefined,
): Promise<Failure | undefined> {
  if (shell.isClosing) return fail('closing', 'the lab is closing').failure;
  const settings = withMember(configuration.settings, leader, donor);
  const handle = leaders.add(leader);
  const started = await handle.start(leaderSettings(settings, leader));
  let failure = started.ok ? undefined : started.failure;
  if (started.ok) {
    if (donor !== undefined) membership.setDonor(leader, donor);
    await configuration.introduce(handle);
    failure = await configuration.bring(settings);
    // A leader that gave no answer gets the new settings later.
    if (configuration.settings === settings) return undefined;
  }
  membership.endCatchUp(leader);
  await leaders.remove(leader);
  shell.leadersChanged();
  await configuration.relink();
  return failure;
}
