/**
 * Why an answer was wrong: what the cluster showed instead of what the answer claimed, and what the conflict
 * log knows about the key.
 */
import type {Key} from '../base/ids.ts';
import type {Check} from '../command/action.ts';
import type {Conflict} from '../history/conflict.ts';
import type {ClusterView} from '../port/view.ts';
import type {PredictionOutcome} from './guide-state.ts';
import type {Prediction} from './lab-types.ts';
import type {Settled} from './settle-predictions.ts';

/** The outcome of a settled prediction for the choice at place `chosen`. A right answer needs no reasons. */
export function outcomeOf(
  {prediction, right, seen}: Settled,
  chosen: number,
  {conflicts}: ClusterView,
): PredictionOutcome {
  if (right.includes(chosen) && right.length === 1) return {right, reasons: []};
  const verdict = seen[chosen];
  const latest = conflictOf(prediction, chosen, right, conflicts);
  const reasons: string[] = [];
  if (verdict !== undefined)
    reasons.push(
      `expected ${verdict.expected}, seen ${verdict.seen}` +
        `${verdict.at === undefined ? '' : ` at ${verdict.at}`}`,
    );
  reasons.push(...reasonsIn(verdict?.why, latest));
  // `otherwise` claims nothing of its own, so the first reason is what holds instead.
  if (verdict === undefined)
    reasons.unshift(...right.flatMap(at => holdsOf(prediction, at)).map(text => `so it is: ${text}`));
  return {right, reasons};
}

/** The reason of the leader and that of the conflict; one of them if it says what the other says, too. */
function reasonsIn(why: string | undefined, conflict: Conflict | undefined): readonly string[] {
  if (conflict === undefined) return why === undefined ? [] : [why];
  const logged = `conflict ${conflict.id}: ${conflict.why}`;
  // A leader's own reason is often the beginning of the conflict's reason, or all of it.
  if (why === undefined || logged.startsWith(why)) return [logged];
  return why.includes(conflict.why) ? [why] : [why, logged];
}

/** The newest conflict on a key that the answers mention; undefined if there is none. */
export const conflictOf = (
  prediction: Prediction,
  chosen: number,
  right: readonly number[],
  conflicts: readonly Conflict[],
): Conflict | undefined =>
  keysOf(prediction, chosen, right).flatMap(
    key => conflicts.findLast(conflict => conflict.key === key) ?? [],
  )[0];

function holdsOf({choices}: Prediction, at: number): readonly string[] {
  const holds = choices[at]?.holds;
  return holds === undefined || holds === 'otherwise' ? [] : holds.map(({text}) => text);
}

/** The keys that the answers mention: first those of the wrong answer, then those of the right one. */
function keysOf({choices}: Prediction, chosen: number, right: readonly number[]): readonly Key[] {
  return [chosen, ...right, ...choices.keys()].flatMap(at => {
    const holds = choices[at]?.holds;
    return holds === undefined || holds === 'otherwise' ? [] : holds.flatMap(({check}) => keyOf(check) ?? []);
  });
}

const keyOf = (check: Check): Key | undefined => ('key' in check ? check.key : undefined);
