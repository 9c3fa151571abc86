/**
 * What a leader that has joined still lacks of what the live leaders had then, and who can give it. Pure.
 */
import {type Failure, fail} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import {EMPTY, merge, missing, type VersionVector} from '../../../core/log/version-vector.ts';
import type {LeaderStatus} from '../../../port/view.ts';

export interface JoiningLeader {
  readonly leader: LeaderId;
  /** What it is to have in the end. */
  readonly wanted: VersionVector;
  /** All leaders there are, itself among them. */
  members(): readonly LeaderId[];
  statusOf(id: LeaderId): LeaderStatus | undefined;
  /** What that leader has, as far as the lab knows. */
  known(id: LeaderId): VersionVector;
  donor(): LeaderId | undefined;
}

/**
 * How many operations it lacks. What no leader has any more, since the disk of one that died had not answered
 * for it, is not waited for.
 */
export function left(joining: JoiningLeader): number {
  const everywhere = joining.members().reduce((union, id) => merge(union, joining.known(id)), EMPTY);
  return lacking(joining, EMPTY) - lacking(joining, everywhere);
}

/**
 * Those that are down or paused and have what it lacks, where no other leader has any of it; first who has
 * the most of it.
 */
export function keepers(joining: JoiningLeader): readonly LeaderId[] {
  const able = others(joining)
    .filter(id => gives(joining, id) > 0)
    .sort((a, b) => gives(joining, b) - gives(joining, a));
  return able.every(id => ['down', 'paused'].includes(joining.statusOf(id) ?? 'down')) ? able : [];
}

/** Whether nothing comes as things stand. */
export const isStuck = (joining: JoiningLeader): boolean => isDown(joining) || keepers(joining).length > 0;

/** Whether its donor can give nothing more, and another could. */
export function needsDonor(joining: JoiningLeader): boolean {
  const donor = joining.donor();
  if (donor !== undefined && isUp(joining, donor) && gives(joining, donor) > 0) return false;
  return others(joining).some(id => isUp(joining, id) && gives(joining, id) > 0);
}

/** The live leader that has the most of what is wanted and this one lacks. */
export function bestDonor(joining: JoiningLeader): LeaderId | undefined {
  const live = others(joining).filter(id => isUp(joining, id));
  const beside = (id: LeaderId): number => lacking(joining, joining.known(id));
  return live.reduce<LeaderId | undefined>(
    (best, id) => (best === undefined || beside(id) < beside(best) ? id : best),
    undefined,
  );
}

export const joinedInWords = (leader: LeaderId, donor: LeaderId | undefined): string =>
  donor === undefined ? `${leader} joined` : `${leader} joined and has what ${donor} had`;

/** Why the leader is a member and does not have everything, and what to do about it. */
export function whatIsLacking(joining: JoiningLeader): Failure {
  const {leader} = joining;
  if (isDown(joining))
    return fail('unknown', `${leader} joined, and went down while it caught up`, `restart ${leader}`).failure;
  const lacks = `${leader} joined and still lacks ${left(joining)} of the operations that there were`;
  const kept = keepers(joining);
  const [first] = kept;
  if (first !== undefined) {
    const who = kept.map(id => `${id}, which is ${joining.statusOf(id)}`).join(', or ');
    const way = joining.statusOf(first) === 'paused' ? 'resume' : 'restart';
    return fail('unknown', `${lacks}: they can come from ${who}`, `${way} ${first}`).failure;
  }
  const link = `${joining.donor()}>${leader}`;
  return fail(
    'unknown',
    `${lacks}; they go on coming where ${link} lets them`,
    `wait converged, or heal ${link}`,
  ).failure;
}

const others = ({leader, members}: JoiningLeader): LeaderId[] => members().filter(id => id !== leader);

const isUp = ({statusOf}: JoiningLeader, id: LeaderId): boolean => statusOf(id) === 'up';

/** Or no member any more. */
const isDown = ({leader, statusOf}: JoiningLeader): boolean => (statusOf(leader) ?? 'down') === 'down';

const gives = (joining: JoiningLeader, id: LeaderId): number =>
  lacking(joining, EMPTY) - lacking(joining, joining.known(id));

/** What it lacks beside this. */
const lacking = ({leader, wanted, known}: JoiningLeader, beside: VersionVector): number =>
  missing(wanted, merge(known(leader), beside));
