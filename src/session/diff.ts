/**
 * The keys that live leaders read differently.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Target} from '../command/action.ts';
import {type Reading, sameReading} from '../core/state/reading.ts';
import type {Cluster} from '../port/cluster.ts';
import {liveLeaders} from './places.ts';

export interface KeyDiff {
  readonly key: Key;
  readonly readings: {readonly [leader: LeaderId]: Reading};
}

/** The number of keys that are read at once. */
const BATCH = 32;

/**
 * The keys that the live leaders among these read differently, by name. Without `among`: all live leaders.
 */
export async function diffKeys(cluster: Cluster, among?: readonly LeaderId[]): Promise<readonly KeyDiff[]> {
  const live = liveLeaders(cluster.view()).filter(id => among === undefined || among.includes(id));
  const [first] = live;
  if (first === undefined) return [];
  const at: Target = {type: 'leaders', leaders: live};
  const keys = await allKeys(cluster, at, first);
  const found: KeyDiff[] = [];
  for (let start = 0; start < keys.length; start += BATCH) {
    const read = await Promise.all(
      keys
        .slice(start, start + BATCH)
        .map(async key => ({key, readings: await readingsOf(cluster, key, at, first)})),
    );
    found.push(...read.filter(({readings}) => differ(Object.values(readings))));
  }
  return found;
}

async function allKeys(cluster: Cluster, at: Target, focused: LeaderId): Promise<readonly Key[]> {
  const {result} = await cluster.execute({type: 'keys', glob: '*', at}, focused);
  if (result?.type !== 'keys') return [];
  return [...new Set(Object.values(result.keys).flatMap(keys => ('error' in keys ? [] : keys)))].sort();
}

/** The readings of the leaders that answered. */
export async function readingsOf(
  cluster: Cluster,
  key: Key,
  at: Target,
  focused: LeaderId,
): Promise<KeyDiff['readings']> {
  const {result} = await cluster.execute({type: 'read', key, at}, focused);
  if (result?.type !== 'values') return {};
  return Object.fromEntries(
    Object.entries(result.values).filter((entry): entry is [LeaderId, Reading] => entry[1].type !== 'error'),
  );
}

const differ = ([first, ...others]: readonly Reading[]): boolean =>
  first !== undefined && others.some(other => !sameReading(first, other));

/** True if at least two of these readings differ. */
export const readingsDiffer = (readings: KeyDiff['readings']): boolean => differ(Object.values(readings));
