/**
 * `join`: a new leader, or one that left before. A donor gives it all that the live leaders have, because where leaders forward only
 * their own operations nobody else would send it those of leaders that are gone.
 */
import {type Failure, fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {EMPTY, merge, missing, type VersionVector} from '../../core/version-vector.ts';
import {changed, failed} from '../outcome.ts';
import type {Outcome} from '../port.ts';
import {leaderSettings, withMember} from '../settings.ts';
import {arrangeAgain, HAND_OVER_LIMIT_MS, isUp, type MembershipParts, statusAt, waitForArrival} from './membership.ts';
import {waitUntil} from './wait-until.ts';

const MEMBER_LIMIT = 32;
/** The longest time that a timer knows. */
const EVER_MS = 2 ** 31 - 1;

export async function join(parts: MembershipParts, leader: LeaderId, from: LeaderId | undefined, signal: AbortSignal): Promise<Outcome> {
  let wanted: VersionVector = EMPTY;
  const joined = await parts.inTurn(async () => {
    const refusal = refusalOf(parts, leader, from);
    if (refusal !== undefined) return failed(refusal);
    wanted = Object.values((await parts.leaders.measure()).leaders).reduce((union, {vv}) => merge(union, vv), EMPTY);
    const donor = from ?? bestDonor(parts, wanted);
    const failure = await admit(parts, leader, donor);
    if (failure !== undefined) return failed(failure);
    return changed(donor === undefined ? `${leader} joined` : `${leader} joined and has what ${donor} had`);
  });
  if (joined.status !== 'ok') return joined;

  const left = (): number => missing(wanted, parts.known(leader));
  const inVain = (): boolean => (statusAt(parts, leader) ?? 'down') === 'down';
  const arrival = catchUp(parts, leader, left, inVain);
  const how = await waitUntil(() => left() === 0 || inVain(), {subscribe: parts.subscribe, limitMs: HAND_OVER_LIMIT_MS, signal});
  if (how === 'held') await arrival;
  if (inVain()) return failed(fail('down', `${leader} went down while it joined`, `restart ${leader}`).failure);
  if (how === 'held') return joined;
  return {status: 'info', failure: fail('unknown', `${leader} joined and still lacks ${left()} operations, which go on coming`).failure};
}

/** For as long as it takes, whoever waits for it or not; then links forward as everywhere. */
async function catchUp(parts: MembershipParts, leader: LeaderId, left: () => number, inVain: () => boolean): Promise<void> {
  const progress = parts.activities.begin(`join ${leader}`);
  await waitForArrival(parts, {left, inVain, progress, limitMs: EVER_MS, signal: parts.closing});
  progress.end();
  if (!parts.closing.aborted && parts.arrangement.donors.delete(leader)) await parts.inTurn(() => arrangeAgain(parts));
}

function refusalOf(parts: MembershipParts, leader: LeaderId, from: LeaderId | undefined): Failure | undefined {
  const status = statusAt(parts, leader);
  if (status !== undefined) {
    const hint = status === 'down' ? `restart ${leader}` : undefined;
    return fail('is-member', `${leader} is a leader of this cluster already`, hint).failure;
  }
  if (parts.handles.size >= MEMBER_LIMIT) return fail('too-many', `a cluster has at most ${MEMBER_LIMIT} leaders`).failure;
  if (from === undefined || isUp(parts, from)) return undefined;
  const why = statusAt(parts, from) === undefined ? 'there is no such leader' : `it is ${statusAt(parts, from)}`;
  return fail('no-donor', `${from} has nothing to give: ${why}`).failure;
}

/** The first live leader that has everything, else the first that lives. */
function bestDonor(parts: MembershipParts, wanted: VersionVector): LeaderId | undefined {
  const live = [...parts.handles.keys()].filter(id => isUp(parts, id));
  return live.find(id => missing(wanted, parts.known(id)) === 0) ?? live[0];
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
