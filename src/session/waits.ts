/**
 * Commands that wait by the cluster's clock: for convergence, for a duration, for the loads in the
 * background.
 */
import {showDuration} from '../command/index.ts';
import type {Cluster} from '../port/cluster.ts';
import {pollConvergence} from './convergence.ts';
import {type Answer, INTERRUPTED, ok, refused} from './session-answer.ts';

export async function waitConverged(
  cluster: Cluster,
  withinMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const waited = await pollConvergence(cluster, withinMs, signal);
  if (waited.type === 'interrupted') return INTERRUPTED;
  if (waited.type === 'held') return ok({type: 'waited', ms: waited.ms});
  return refused({
    code: 'not-converged',
    message: `not converged within ${showDuration(withinMs)}: ${waited.seen}`,
  });
}

/**
 * Waits until `work` ends, and answers how long it took. `work` must end soon after the signal is aborted.
 */
export async function timed(
  {clock}: Cluster,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<Answer> {
  const start = clock.nowMs();
  await work(signal);
  return signal.aborted ? INTERRUPTED : ok({type: 'waited', ms: clock.nowMs() - start});
}
