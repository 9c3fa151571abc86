/**
 * The inverse of a change of clocks: every leader gets back the offset and drift that it had. Pure.
 */
import type {Action, ClockChange} from '../command/action.ts';
import type {ClusterView, LeaderView} from '../port/view.ts';

export type ClockAction = Extract<Action, {type: 'clock'}>;

/** A smaller difference comes from the delay of reports, and is not a fault. */
const TOLERANCE_MS = 1;

/** The steps that restore the clocks. Leaders that had the same offset or drift share a step. */
export function clocksAgain(
  {leaders: named, change}: ClockAction,
  {leaders}: ClusterView,
): readonly ClockAction[] {
  const steps = leaders
    .filter(({id}) => named.includes(id))
    .flatMap(leader =>
      partsThatDiffer(change, leader).map(part => ({id: leader.id, part, text: JSON.stringify(part)})),
    );
  const firsts = steps.filter(({text}, i) => steps.findIndex(other => other.text === text) === i);
  return firsts.map(({part, text}) => ({
    type: 'clock',
    leaders: steps.filter(other => other.text === text).map(({id}) => id),
    change: part,
  }));
}

/** The parts of the leader's clock that the change would alter, as they are now. */
export function partsThatDiffer(
  change: ClockAction['change'],
  {clockOffsetMs, driftPpm}: LeaderView,
): readonly ClockChange[] {
  const wanted: {readonly offsetMs?: number; readonly driftPpm?: number} =
    change === 'reset' ? {offsetMs: 0, driftPpm: 0} : change;
  const offsetMs = Math.round(clockOffsetMs);
  return [
    ...(wanted.offsetMs === undefined || Math.abs(clockOffsetMs - wanted.offsetMs) < TOLERANCE_MS
      ? []
      : [{offsetMs}]),
    ...(wanted.driftPpm === undefined || driftPpm === wanted.driftPpm ? [] : [{driftPpm}]),
  ];
}
