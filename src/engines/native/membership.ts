/**
 * What joining and leaving have in common: the parts of the cluster they work on, and waiting for operations
 * to arrive.
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
  /** Call it after a change of `handles`. */
  leadersChanged(): void;
  subscribe(listener: () => void): () => void;
  /** Changes of processes and of the configuration go one at a time. */
  inTurn(change: () => Promise<Outcome>): Promise<Outcome>;
  /** Aborted when the lab closes. */
  readonly closing: AbortSignal;
}

export const statusAt = ({handles}: MembershipParts, leader: LeaderId) => handles.get(leader)?.state.status;

export const isUp = (parts: MembershipParts, leader: LeaderId): boolean => statusAt(parts, leader) === 'up';

/** Or no member at all. */
export const isDown = (parts: MembershipParts, leader: LeaderId): boolean =>
  (statusAt(parts, leader) ?? 'down') === 'down';

export async function arrangeAgain({configuration}: MembershipParts): Promise<Outcome> {
  const failure = await configuration.arrange();
  return failure === undefined ? changed('arranged') : failed(failure);
}

/** Waits until `left` is 0 or the wait is in vain, and shows how far it is. */
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
