/**
 * The parts of a native cluster that joining, leaving and faults of processes work on, and waiting for
 * operations to arrive.
 */
import type {Progress} from '../shared/model/activities.ts';
import type {Membership} from '../shared/model/membership.ts';
import type {ProcessCluster} from '../shared/process-cluster.ts';
import type {Configuration} from './configuration.ts';
import type {Leaders} from './leaders.ts';
import {waitUntil} from './wait-until.ts';

const SHOW_MS = 100;

export interface NativeParts {
  readonly shell: ProcessCluster;
  readonly leaders: Leaders;
  readonly configuration: Configuration;
  readonly membership: Membership;
}

/** Waits until `left` is 0 or `inVain` holds, and shows the progress. */
export async function waitForArrival(
  {shell}: NativeParts,
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
  const how = await waitUntil(() => left() === 0 || inVain(), {
    subscribe: listener => shell.subscribe(listener),
    limitMs,
    signal,
  });
  clearInterval(timer);
  return how;
}
