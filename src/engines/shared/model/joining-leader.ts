/**
 * Computes which operations a joined leader still lacks, of those that the live leaders had when it joined,
 * and which leader can send them. Pure.
 */
import {assert} from '../../../base/assert.ts';
import {type Failure, fail} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import {EMPTY, merge, missing, type VersionVector} from '../../../core/log/version-vector.ts';
import type {LeaderStatus} from '../../../port/view.ts';

export interface JoiningLeader {
  readonly leader: LeaderId;
  /** The operations that it must have in the end. */
  readonly wanted: VersionVector;
  /** All leaders, including itself. */
  members(): readonly LeaderId[];
  statusOf(id: LeaderId): LeaderStatus | undefined;
  /** The operations that a leader has, as far as the lab knows. */
  known(id: LeaderId): VersionVector;
  donor(): LeaderId | undefined;
}

/**
 * The number of operations that it lacks. Operations that no leader has any more, because the disk of a dead
 * leader never confirmed them, do not count.
 */
export function missingCount(joining: JoiningLeader): number {
  const everywhere = joining.members().reduce((union, id) => merge(union, joining.known(id)), EMPTY);
  const count = lacking(joining, EMPTY) - lacking(joining, everywhere);
  assert(count >= 0, 'a leader lacks no less by itself than with what all others have');
  return count;
}

/**
 * The leaders that are down or paused and have operations that it lacks, if no live leader has any of these;
 * the one with the most comes first.
 */
export function unavailableHolders(joining: JoiningLeader): readonly LeaderId[] {
  const able = others(joining)
    .filter(id => gives(joining, id) > 0)
    .sort((a, b) => gives(joining, b) - gives(joining, a));
  return able.every(id => ['down', 'paused'].includes(joining.statusOf(id) ?? 'down')) ? able : [];
}

/** True if nothing more arrives unless a person does something. */
export const isStuck = (joining: JoiningLeader): boolean =>
  isDown(joining) || unavailableHolders(joining).length > 0;

/** True if its donor has none of the operations that it lacks, and another live leader has some. */
export function needsDonor(joining: JoiningLeader): boolean {
  const donor = joining.donor();
  if (donor !== undefined && isUp(joining, donor) && gives(joining, donor) > 0) return false;
  return others(joining).some(id => isUp(joining, id) && gives(joining, id) > 0);
}

/** The live leader that has the most of the operations that it lacks. */
export function bestDonor(joining: JoiningLeader): LeaderId | undefined {
  const live = others(joining).filter(id => isUp(joining, id));
  const beside = (id: LeaderId): number => lacking(joining, joining.known(id));
  return live.reduce<LeaderId | undefined>(
    (best, id) => (best === undefined || beside(id) < beside(best) ? id : best),
    undefined,
  );
}

/** The summary of a complete join. */
export const joinedInWords = (leader: LeaderId, donor: LeaderId | undefined): string =>
  donor === undefined ? `${leader} joined` : `${leader} joined and has what ${donor} had`;

/** Why the leader joined without all operations, and what to do about it. */
export function incompleteJoin(joining: JoiningLeader): Failure {
  const {leader} = joining;
  if (isDown(joining))
    return fail('unknown', `${leader} joined, and went down while it caught up`, `restart ${leader}`).failure;
  const count = missingCount(joining);
  const lacks = `${leader} joined and still lacks ${count} of the operations that the others had`;
  const kept = unavailableHolders(joining);
  const [first] = kept;
  if (first !== undefined) {
    const who = kept.map(id => `${id}, which is ${joining.statusOf(id)}`).join(', or ');
    const way = joining.statusOf(first) === 'paused' ? 'resume' : 'restart';
    return fail('unknown', `${lacks}: they can come from ${who}`, `${way} ${first}`).failure;
  }
  const link = `${joining.donor()}>${leader}`;
  return fail(
    'unknown',
    `${lacks}; they continue to arrive as far as ${link} lets them`,
    `wait converged, or heal ${link}`,
  ).failure;
}

const others = ({leader, members}: JoiningLeader): LeaderId[] => members().filter(id => id !== leader);

const isUp = ({statusOf}: JoiningLeader, id: LeaderId): boolean => statusOf(id) === 'up';

/** Also true if it is no longer a member. */
const isDown = ({leader, statusOf}: JoiningLeader): boolean => (statusOf(leader) ?? 'down') === 'down';

const gives = (joining: JoiningLeader, id: LeaderId): number =>
  lacking(joining, EMPTY) - lacking(joining, joining.known(id));

/** The number of wanted operations that neither the leader nor `beside` has. */
const lacking = ({leader, wanted, known}: JoiningLeader, beside: VersionVector): number =>
  missing(wanted, merge(known(leader), beside));
