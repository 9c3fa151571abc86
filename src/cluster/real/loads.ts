/**
 * `load`: from the action to its outcome, over the clients.
 */
import {fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LoadAction} from '../../command/action.ts';
import type {Activities} from '../activities.ts';
import {LoadPlan, loadLabel, loadOutcome} from '../load.ts';
import {failed} from '../outcome.ts';
import type {Outcome} from '../port.ts';
import type {Clients} from './clients.ts';
import {runLoad} from './load-runner.ts';

export async function load(
  action: LoadAction,
  focused: LeaderId,
  {
    clients,
    activities,
    seed,
    signal,
  }: {clients: Clients; activities: Activities; seed: number; signal: AbortSignal},
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
