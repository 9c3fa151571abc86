/**
 * A load in virtual time: every write is sent when it is due, whether or not the writes before it are
 * answered.
 */
import {assert} from '../../../base/assert.ts';
import {fail} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {LoadAction} from '../../../command/action.ts';
import type {WriteReport} from '../../../port/cluster.ts';
import {LoadPlan, loadLabel, loadOutcome} from '../../shared/model/load-plan.ts';
import {failed} from '../../shared/model/outcome.ts';
import type {Done, SimulatedClients} from './simulated-clients.ts';
import type {SimulatedCluster} from './simulated-cluster.ts';

/** Writes that are due within this time are sent together, as in the native engine. */
const TICK_MS = 5;
const PROGRESS_MS = 200;

/**
 * Sends the writes of a load to the leaders in turn. `done` is called once all are answered, or on interrupt.
 */
export function load(
  action: LoadAction,
  leaders: readonly LeaderId[],
  seed: number,
  {
    cluster,
    clients,
    isInterrupted,
    done,
  }: {cluster: SimulatedCluster; clients: SimulatedClients; isInterrupted: () => boolean; done: Done},
): void {
  if (leaders.length === 0) return done(failed(fail('no-leader', 'there is no leader to write at').failure));
  const {time} = cluster.world;
  const plan = new LoadPlan(action, seed);
  const startMs = time.nowMs;
  const counts = {ok: 0, fail: 0, info: 0};
  const progress = cluster.activities.begin(loadLabel(action));
  let [sent, answered, shownMs] = [0, 0, Number.NEGATIVE_INFINITY];

  const show = (): void => {
    if (time.nowMs - shownMs < PROGRESS_MS) return;
    shownMs = time.nowMs;
    progress.update(sent, plan.count, progressInWords(counts, time.nowMs - startMs));
  };
  const sendNext = (): void => {
    const leader = leaders[sent % leaders.length];
    sent += 1;
    const {key, intent} = plan.next();
    if (leader === undefined) return;
    clients.writeAt(leader, {type: 'write', key, intent, at: action.at}, ({status}) => {
      counts[status] += 1;
      answered += 1;
    });
  };
  const tick = (): void => {
    // Its progress has ended.
    if (isInterrupted()) return;
    while (sent < plan.due(time.nowMs - startMs)) sendNext();
    show();
    if (sent < plan.count) time.after(TICK_MS, tick);
  };
  tick();
  cluster.watch(() => {
    assert(answered <= sent && sent <= plan.count, 'answered <= sent <= planned');
    const isOver = isInterrupted() || (sent === plan.count && answered === sent);
    if (!isOver) return false;
    progress.end();
    // Unanswered writes may still happen.
    const tally = {
      planned: plan.count,
      ok: counts.ok,
      fail: counts.fail,
      info: counts.info + sent - answered,
    };
    done(loadOutcome({...tally, ms: Math.round(time.nowMs - startMs)}, isInterrupted()));
    return true;
  });
}

/** `480/s, 3 failed, 1 unknown`. */
function progressInWords(counts: {readonly [status in WriteReport['status']]: number}, ms: number): string {
  const perSecond = Math.round((1000 * counts.ok) / Math.max(1, ms));
  const failed = counts.fail > 0 ? `, ${counts.fail} failed` : '';
  const unknown = counts.info > 0 ? `, ${counts.info} unknown` : '';
  return `${perSecond}/s${failed}${unknown}`;
}
