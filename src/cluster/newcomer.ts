/**
 * What a leader that has joined still lacks of what the live leaders had then, and who can give it. Pure.
 */
import {type Failure, fail} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {EMPTY, merge, missing, type VersionVector} from '../core/version-vector.ts';
import type {LeaderStatus} from './port.ts';

export interface Newcomer {
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
export function left(newcomer: Newcomer): number {
  const everywhere = newcomer.members().reduce((union, id) => merge(union, newcomer.known(id)), EMPTY);
  return lacking(newcomer, EMPTY) - lacking(newcomer, everywhere);
}

/**
 * Those that are down or paused and have what it lacks, where no other leader has any of it; first who has
 * the most of it.
 */
export function keepers(newcomer: Newcomer): readonly LeaderId[] {
  const able = others(newcomer)
    .filter(id => gives(newcomer, id) > 0)
    .sort((a, b) => gives(newcomer, b) - gives(newcomer, a));
  return able.every(id => ['down', 'paused'].includes(newcomer.statusOf(id) ?? 'down')) ? able : [];
}

/** Whether nothing comes as things stand. */
export const isStuck = (newcomer: Newcomer): boolean => isDown(newcomer) || keepers(newcomer).length > 0;

/** Whether its donor can give nothing more, and another could. */
export function needsDonor(newcomer: Newcomer): boolean {
  const donor = newcomer.donor();
  if (donor !== undefined && isUp(newcomer, donor) && gives(newcomer, donor) > 0) return false;
  return others(newcomer).some(id => isUp(newcomer, id) && gives(newcomer, id) > 0);
}

/** The live leader that has the most of what is wanted and this one lacks. */
export function bestDonor(newcomer: Newcomer): LeaderId | undefined {
  const live = others(newcomer).filter(id => isUp(newcomer, id));
  const beside = (id: LeaderId): number => lacking(newcomer, newcomer.known(id));
  return live.reduce<LeaderId | undefined>(
    (best, id) => (best === undefined || beside(id) < beside(best) ? id : best),
    undefined,
  );
}

export const joinedInWords = (leader: LeaderId, donor: LeaderId | undefined): string =>
  donor === undefined ? `${leader} joined` : `${leader} joined and has what ${donor} had`;

/** Why the leader is a member and does not have everything, and what to do about it. */
export function whatIsLacking(newcomer: Newcomer): Failure {
  const {leader} = newcomer;
  if (isDown(newcomer))
    return fail('unknown', `${leader} joined, and went down while it caught up`, `restart ${leader}`).failure;
  const lacks = `${leader} joined and still lacks ${left(newcomer)} of the operations that there were`;
  const kept = keepers(newcomer);
  const [first] = kept;
  if (first !== undefined) {
    const who = kept.map(id => `${id}, which is ${newcomer.statusOf(id)}`).join(', or ');
    const way = newcomer.statusOf(first) === 'paused' ? 'resume' : 'restart';
    return fail('unknown', `${lacks}: they can come from ${who}`, `${way} ${first}`).failure;
  }
  const link = `${newcomer.donor()}>${leader}`;
  return fail(
    'unknown',
    `${lacks}; they go on coming where ${link} lets them`,
    `wait converged, or heal ${link}`,
  ).failure;
}

const others = ({leader, members}: Newcomer): LeaderId[] => members().filter(id => id !== leader);

const isUp = ({statusOf}: Newcomer, id: LeaderId): boolean => statusOf(id) === 'up';

/** Or no member any more. */
const isDown = ({leader, statusOf}: Newcomer): boolean => (statusOf(leader) ?? 'down') === 'down';

const gives = (newcomer: Newcomer, id: LeaderId): number =>
  lacking(newcomer, EMPTY) - lacking(newcomer, newcomer.known(id));

/** What it lacks beside this. */
const lacking = ({leader, wanted, known}: Newcomer, beside: VersionVector): number =>
  missing(wanted, merge(known(leader), beside));
