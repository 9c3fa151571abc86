/**
 * Suggests what to try next, one step at a time. It moves on once the step was done, in any way and by
 * anybody. A user who skips ahead is not led back. After the last step nothing is suggested.
 */
import {type Json, jsonEquals} from '../../../base/json.ts';
import type {Action, Target} from '../../../command/action.ts';
import {showWord} from '../../../command/grammar/quote.ts';
import {showAction} from '../../../command/show-action.ts';
import type {Reading} from '../../../core/state/reading.ts';
import type {ClusterView} from '../../../port/view.ts';
import {haltsIn} from '../../../session/halts.ts';
import {
  anyCut,
  anyDown,
  EXPLAIN,
  heal,
  restart,
  type Stage,
  type Suggestion,
  stagesOf,
  VIRTUAL_STAGES,
  withStatus,
} from './suggested-steps.ts';

/**
 * The stage after all that are done: the present one, and any further ones that the cluster already shows as
 * done.
 */
export function advance(step: number, view: ClusterView, action: Action | undefined): number {
  const stages = stagesOf(view);
  if (view.leaders.length < 2) return stages.length;
  let next = step;
  let counted = action;
  for (;;) {
    const done = stages.findIndex(
      (stage, i) =>
        (i === next && stage.isDone(view, counted)) ||
        (i > next && counted !== undefined && stage.ahead.includes(counted.type)),
    );
    if (done < 0) return next;
    next = done + 1;
    counted = undefined;
  }
}

/**
 * Returns the command to suggest at this step, and why; `undefined` if there is nothing to suggest. Repairs
 * come first, such as restarting a dead leader that the step does not need dead.
 */
export function suggestion(step: number, view: ClusterView): Suggestion | undefined {
  const live = withStatus(view, 'up').length;
  if (live === 0) return revival(view);
  const stages = stagesOf(view);
  const stage = stages[step];
  if (stage === undefined) return repair(view);
  const isExplained = stages !== VIRTUAL_STAGES && step > stages.indexOf(EXPLAIN);
  const first = repair(view) ?? faultRepair(stage, view) ?? (isExplained ? levelling(view) : undefined);
  if (first !== undefined) return first;
  // The other leaders are still starting.
  return live < 2 && stage.despite?.includes('down') !== true ? undefined : stage.suggest(view);
}

/** The suggestion if no leader is up. A leader that is starting needs no command. */
function revival(view: ClusterView): Suggestion | undefined {
  const why = 'no leader is live';
  if (anyDown(view)) return {command: 'restart all', why};
  return withStatus(view, 'paused').length > 0 ? {command: 'resume all', why} : undefined;
}

/** The suggestion that repairs a fault that is not part of this stage, if there is one. */
function faultRepair({despite = []}: Stage, view: ClusterView): Suggestion | undefined {
  const [paused] = withStatus(view, 'paused');
  if (anyDown(view) && !despite.includes('down')) return restart(view);
  if (paused !== undefined && !despite.includes('paused'))
    return {command: `resume ${paused.id}`, why: 'it continues where it stopped'};
  return anyCut(view) && !despite.includes('cut') ? heal() : undefined;
}

/** If a leader has stopped applying operations, the suggestion is its repair. */
function repair(view: ClusterView): Suggestion | undefined {
  const live = withStatus(view, 'up').map(({id}) => id);
  const first = haltsIn(view).find(({at}) => live.includes(at));
  if (first === undefined) return undefined;
  const {at, from, key} = first;
  const write = key === undefined ? `a write from ${from}` : `${from}'s write to ${showWord(key)}`;
  return {
    command: `skip ${from} @${at}`,
    why: `${at} has stopped at ${write}; this discards that write at ${at}`,
  };
}

/**
 * Suggests a write if live leaders hold the same operations and a key still has different values, as after
 * `skip`: only a later write makes them equal. Suggests nothing if the key is absent at a leader, because a
 * server that lacks a row ignores its update.
 */
function levelling(view: ClusterView): Suggestion | undefined {
  const {convergence} = view;
  const live = withStatus(view, 'up');
  const [writer] = live;
  if (writer === undefined || convergence.type === 'converged' || convergence.missingOps > 0)
    return undefined;
  const readings = live.map(({keys}) => new Map(keys.map(({key, reading}) => [key, reading])));
  for (const {key, reading} of writer.keys) {
    const values = readings.flatMap(shown => valueIn(shown.get(key)));
    if (
      reading.type !== 'value' ||
      values.length < live.length ||
      values.every(value => jsonEquals(value, reading.value))
    )
      continue;
    const at: Target = {type: 'leaders', leaders: [writer.id]};
    const command = showAction({type: 'write', key, intent: {type: 'set', value: reading.value}, at});
    if (command.length <= LEVELLING_LIMIT)
      return {command, why: 'the leaders differ for good; a later write makes them equal'};
  }
  return undefined;
}

/**
 * In characters. The view cuts long values, so a longer command could write less than the leader holds.
 */
const LEVELLING_LIMIT = 60;

const valueIn = (reading: Reading | undefined): readonly Json[] =>
  reading?.type === 'value' ? [reading.value] : [];
