/**
 * `load`: from the action to its outcome, over the clients.
 */
import {fail} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LoadAction} from '../../command/action.ts';
import {LoadPlan, loadLabel} from '../load.ts';
import {failed} from '../outcome.ts';
import type {LoadTally, Outcome} from '../port.ts';
import type {Activities} from './activities.ts';
import type {Clients} from './clients.ts';
import {runLoad} from './load-runner.ts';

export async function load(
  action: LoadAction,
  focused: LeaderId,
  {clients, activities, seed, signal}: {clients: Clients; activities: Activities; seed: number; signal: AbortSignal},
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
  return outcomeOf(tally, signal.aborted);
}

/** As with a question to several leaders: what happened counts, and only a load of which nothing happened has failed. */
function outcomeOf(tally: LoadTally, isAborted: boolean): Outcome {
  const result = {type: 'loaded', load: tally} as const;
  if (isAborted) return {status: 'info', failure: fail('interrupted', 'the load was ended early').failure, result};
  if (tally.ok > 0 || tally.planned === 0) return {status: 'ok', result};
  const status = tally.info > 0 ? 'info' : 'fail';
  return {
    status,
    failure: fail(status === 'info' ? 'unknown' : 'refused', `none of ${tally.planned} writes was acknowledged`).failure,
    result,
  };
}
