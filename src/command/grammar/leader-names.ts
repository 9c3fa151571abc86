/**
 * What leaders may be called, and how many there may be.
 */
import {isLeaderId, type LeaderId, leaderId} from '../../base/ids.ts';
import type {CommandContext} from './reader.ts';

/** The names that leaders get where none are given. */
export const REGIONS: readonly LeaderId[] = ['us', 'eu', 'ap', 'sa', 'af', 'me', 'in', 'jp', 'au', 'ca'].map(
  leaderId,
);

export const LEADER_LIMIT = 32;

export const LEADER_NAME_HINT = '1 to 8 lower-case letters and digits, a letter first';

/** Why a leader cannot have this name, as it goes on after the name; undefined where it can. */
export function wrongName(name: string): string | undefined {
  if (!isLeaderId(name)) return 'is not a name for a leader';
  return name === 'all' ? 'names every leader, so none can have that name' : undefined;
}

export const freeRegions = ({leaders}: CommandContext): readonly LeaderId[] =>
  REGIONS.filter(id => !leaders.includes(id));
