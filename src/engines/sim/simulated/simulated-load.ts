/**
 * A load in virtual time: every write is issued when it is due, whether or not those before it are answered.
 */
import {fail} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {LoadAction} from '../../../command/action.ts';
import {LoadPlan, loadLabel, loadOutcome} from '../../shared/model/load-plan.ts';
import {failed} from '../../shared/model/outcome.ts';
import type {Done, SimulatedClients} from './simulated-clients.ts';
import type {SimulatedCluster} from './simulated-cluster.ts';

/** Writes due within one turn are issued together, as the native engine does. */
const TURN_MS = 5;
const PROGRESS_MS = 200;

export function load(
  action: LoadAction,
  leaders: readonly LeaderId[],
  seed: number,
  {
    cluster,
    clients,
    isBrokenOff,
    done,
  }: {cluster: SimulatedCluster; clients: SimulatedClients; isBrokenOff: () => boolean; done: Done},
): void {
  if (leaders.length === 0) return done(failed(fail('no-leader', 'there is no leader to write at').failure));
  const {world} = cluster;
  const plan = new LoadPlan(action, seed);
  const startMs = world.nowMs;
  const counts = {ok: 0, fail: 0, info: 0};
  const progress = cluster.activities.begin(loadLabel(action));
  let [taken, answered, shownMs] = [0, 0, Number.NEGATIVE_INFINITY];

  const show = (): void => {
    if (world.nowMs - shownMs < PROGRESS_MS) return;
    shownMs = world.nowMs;
    const perSecond = Math.round((1000 * counts.ok) / Math.max(1, world.nowMs - startMs));
    const bad = [
      counts.fail > 0 ? `, ${counts.fail} failed` : '',
      counts.info > 0 ? `, ${counts.info} unknown` : '',
    ].join('');
    progress.update(taken, plan.count, `${perSecond}/s${bad}`);
  };
  const issueNext = (): void => {
    const leader = leaders[taken % leaders.length];
    taken += 1;
    const {key, intent} = plan.next();
    if (leader === undefined) return;
    clients.writeAt(leader, {type: 'write', key, intent, at: action.at}, ({status}) => {
      counts[status] += 1;
      answered += 1;
    });
  };
  const turn = (): void => {
    while (!isBrokenOff() && taken < plan.due(world.nowMs - startMs)) issueNext();
    show();
    if (taken < plan.count && !isBrokenOff()) world.at(world.nowMs + TURN_MS, turn);
  };
  turn();
  cluster.watch(() => {
    const isOver = isBrokenOff() || (taken === plan.count && answered === taken);
    if (!isOver) return false;
    progress.end();
    // Those nobody waits for any more may yet happen.
    const tally = {
      planned: plan.count,
      ok: counts.ok,
      fail: counts.fail,
      info: counts.info + taken - answered,
    };
    done(loadOutcome({...tally, ms: Math.round(world.nowMs - startMs)}, isBrokenOff()));
    return true;
  });
}
