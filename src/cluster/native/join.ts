/**
 * `join`: a new leader, or one that left before. A donor gives it all that the live leaders have, because where leaders forward only
 * their own operations nobody else would send it those of leaders that are down. It is a member as soon as it runs; that it catches up
 * may take longer than anybody waits.
 */
import {type Failure, fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {EMPTY, merge, type VersionVector} from '../../core/version-vector.ts';
import {joinRefusal} from '../membership-rules.ts';
import {changed, failed} from '../outcome.ts';
import type {Outcome} from '../port.ts';
import {leaderSettings, withMember} from '../settings.ts';
import {bestDonor, CatchUp} from './catch-up.ts';
import {HAND_OVER_LIMIT_MS, isDown, type MembershipParts, statusAt} from './membership.ts';
import {waitUntil} from './wait-until.ts';

export async function join(parts: MembershipParts, leader: LeaderId, from: LeaderId | undefined, signal: AbortSignal): Promise<Outcome> {
  let wanted: VersionVector = EMPTY;
  const joined = await parts.inTurn(async () => {
    const refusal = joinRefusal(leader, from, parts.handles.size, id => statusAt(parts, id));
    if (refusal !== undefined) return failed(refusal);
    wanted = Object.values((await parts.leaders.measure()).leaders).reduce((union, {vv}) => merge(union, vv), EMPTY);
    const donor = from ?? bestDonor(parts, leader, wanted);
    const failure = await admit(parts, leader, donor);
    if (failure !== undefined) return failed(failure);
    return changed(donor === undefined ? `${leader} joined` : `${leader} joined and has what ${donor} had`);
  });
  if (joined.status !== 'ok') return joined;

  const catchUp = new CatchUp(parts, leader, wanted);
  const arrival = catchUp.run();
  const isDecided = (): boolean => catchUp.left() === 0 || catchUp.isStuck();
  await waitUntil(isDecided, {subscribe: parts.subscribe, limitMs: HAND_OVER_LIMIT_MS, signal});
  if (catchUp.left() > 0 || isDown(parts, leader)) return {status: 'info', failure: whatIsLacking(parts, leader, catchUp)};
  await arrival;
  return joined;
}

/** Why the leader is a member and does not have everything, and what to do about it. */
function whatIsLacking(parts: MembershipParts, leader: LeaderId, catchUp: CatchUp): Failure {
  if (isDown(parts, leader)) return fail('unknown', `${leader} joined, and went down while it caught up`, `restart ${leader}`).failure;
  const lacks = `${leader} joined and still lacks ${catchUp.left()} of the operations that there were`;
  const keepers = catchUp.keepers();
  const [first] = keepers;
  if (first !== undefined) {
    const who = keepers.map(id => `${id}, which is ${statusAt(parts, id)}`).join(', or ');
    return fail('unknown', `${lacks}: they can come from ${who}`, `${statusAt(parts, first) === 'paused' ? 'resume' : 'restart'} ${first}`)
      .failure;
  }
  const link = `${parts.arrangement.donors.get(leader)}>${leader}`;
  return fail('unknown', `${lacks}; they go on coming where ${link} lets them`, `wait converged, or heal ${link}`).failure;
}

/** Starts it and links it; where either fails, the cluster is as it was. */
async function admit(parts: MembershipParts, leader: LeaderId, donor: LeaderId | undefined): Promise<Failure | undefined> {
  const {handles, arrangement} = parts;
  if (parts.closing.aborted) return fail('closing', 'the lab is closing').failure;
  const settings = withMember(arrangement.settings, leader, donor);
  const handle = parts.newHandle(leader);
  handles.set(leader, handle);
  const started = await handle.start(leaderSettings(settings, leader));
  let failure = started.ok ? undefined : started.failure;
  if (started.ok) {
    if (donor !== undefined) arrangement.donors.set(leader, donor);
    await arrangement.introduce(handle);
    failure = await arrangement.bring(settings);
    // A leader that gave no answer hears of the newcomer later.
    if (arrangement.settings === settings) return undefined;
  }
  arrangement.donors.delete(leader);
  await handle.close();
  handles.delete(leader);
  await arrangement.rearrange();
  return failure;
}
