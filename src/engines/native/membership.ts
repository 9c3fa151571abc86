/**
 * What joining and leaving share: the parts of the cluster that they work on, and waiting for operations to
 * arrive.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {VersionVector} from '../../core/log/version-vector.ts';
import type {Outcome} from '../../port/cluster.ts';
import type {Activities, Progress} from '../shared/model/activities.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import type {Configuration} from './configuration.ts';
import type {LeaderHandle} from './leader-handle.ts';
import type {Leaders} from './leaders.ts';
import {waitUntil} from './wait-until.ts';

const SHOW_MS = 100;

export interface MembershipParts {
  readonly handles: Map<LeaderId, LeaderHandle>;
  readonly leaders: Leaders;
  readonly configuration: Configuration;
  readonly activities: Activities;
  newHandle(leader: LeaderId): LeaderHandle;
  /** What the leader has, as far as the lab knows. */
  known(leader: LeaderId): VersionVector;
  /** Must be called after a change of `handles`. */
  leadersChanged(): void;
  subscribe(listener: () => void): () => void;
  /** Changes of processes and of the configuration go one at a time. */
  inTurn(change: () => Promise<Outcome>): Promise<Outcome>;
  /** Aborted when the lab closes. */
  readonly closing: AbortSignal;
}

export const statusAt = ({handles}: MembershipParts, leader: LeaderId) => handles.get(leader)?.state.status;

export const isUp = (parts: MembershipParts, leader: LeaderId): boolean => statusAt(parts, leader) === 'up';

/** Also true for a leader that is not a member. */
export const isDown = (parts: MembershipParts, leader: LeaderId): boolean =>
  (statusAt(parts, leader) ?? 'down') === 'down';

/** Makes links and leaders follow the settings after leaders came or went. */
export async function rearrangeAll({configuration}: MembershipParts): Promise<Outcome> {
  const failure = await configuration.apply();
  return failure === undefined ? changed('rearranged') : failed(failure);
}

/** Waits until `left` is 0 or `inVain` holds, and shows the progress. */
export async function waitForArrival(
  parts: MembershipParts,
  {
    left,
    inVain,
    progress,
    limitMs,
    signal,
  }: {left(): number; inVain(): boolean; progress: Progress; limitMs: number; signal: AbortSignal},
): Promise<'held' | 'late' | 'aborted'> {
  const total = left();
  const show = (): void => {
    const now = left();
    progress.update(total - now, total, now === 0 ? '' : `${now} operations to go`);
  };
  show();
  const timer = setInterval(show, SHOW_MS);
  const how = await waitUntil(() => left() === 0 || inVain(), {subscribe: parts.subscribe, limitMs, signal});
  clearInterval(timer);
  return how;
}
