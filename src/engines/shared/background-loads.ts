/**
 * Carries out the action `load` through the clients of leaders.
 */
import {fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LoadAction} from '../../command/action.ts';
import type {Outcome} from '../../port/cluster.ts';
import {runLoad} from './load-runner.ts';
import type {Activities} from './model/activities.ts';
import {LoadPlan, loadLabel, loadOutcome} from './model/load-plan.ts';
import {failed} from './model/outcome.ts';
import type {ClientRequests} from './serve-clients.ts';

/**
 * Runs a load at the leaders that the action names, and shows its progress. Resolves once every write was
 * answered or `signal` was aborted.
 */
export async function load(
  action: LoadAction,
  focused: LeaderId,
  {
    clients,
    activities,
    seed,
    signal,
  }: {clients: ClientRequests; activities: Activities; seed: number; signal: AbortSignal},
): Promise<Outcome> {
  const leaders = clients.targets(action.at, focused);
  if (leaders.length === 0) return failed(fail('no-leader', 'there is no leader to write at').failure);
  const progress = activities.begin(loadLabel(action));
  const tally = await runLoad({
    plan: new LoadPlan(action, seed),
    leaders,
    write: (leader, {key, intent}) => clients.writeAt(leader, {type: 'write', key, intent, at: action.at}),
    progress,
    signal,
  });
  progress.end();
  return loadOutcome(tally, signal.aborted);
}
