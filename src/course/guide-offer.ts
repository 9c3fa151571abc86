/**
 * What comes next in a guided lab: what the guide must ask the cluster (`workOf`), what enter does
 * (`offerOf`), and which question is open (`openPrediction`). Pure.
 */
import {assertNever} from '../base/assert.ts';
import type {ScriptCommand} from '../command/script.ts';
import {allHold, type GuideState, partOf, type RanCommand, recordOf, stepOf} from './guide-state.ts';
import {isDoing, settledBehind} from './lab-parts.ts';
import type {LabCheck, Part, Prediction, Task} from './lab-types.ts';

/** What the guide must ask the cluster now. */
export type GuideWork =
  | {readonly type: 'settle'; readonly part: number; readonly prediction: Prediction; readonly chosen: number}
  | {readonly type: 'judge'; readonly checks: readonly LabCheck[]};

export function workOf(state: GuideState): GuideWork | undefined {
  const unsettled = unsettledOf(state);
  if (unsettled !== undefined) return {type: 'settle', ...unsettled};
  const part = partOf(state);
  return part?.type === 'checks' || part?.type === 'task' ? {type: 'judge', checks: part.checks} : undefined;
}

/** What enter does at an empty prompt. */
export type Offer =
  | {readonly type: 'begin'}
  /** `number` of `count`, from 1. */
  | {
      readonly type: 'run';
      readonly command: ScriptCommand;
      readonly number: number;
      readonly count: number;
      readonly failed: boolean;
    }
  | {readonly type: 'choose'; readonly choices: number}
  /** Enter does nothing, because the cluster has not answered yet. */
  | {readonly type: 'settling'}
  | {readonly type: 'checks'}
  | {readonly type: 'task'; readonly task: Task; readonly hints: number}
  | {readonly type: 'step'; readonly title: string}
  | {readonly type: 'finish'}
  | {readonly type: 'over'};

/**
 * Returns what enter does now at an empty prompt. `settling` if it does nothing, because the guide still
 * waits for the cluster.
 */
export function offerOf(state: GuideState): Offer {
  const {lab, place, records} = state;
  if (place.type === 'intro') return {type: 'begin'};
  if (place.type === 'end') return {type: 'over'};
  if (unsettledOf(state) !== undefined) return {type: 'settling'};
  const part = partOf(state);
  switch (part?.type) {
    case undefined: {
      const next = lab.steps[records.length];
      return next === undefined ? {type: 'finish'} : {type: 'step', title: next.title};
    }
    case 'predict':
      return {type: 'choose', choices: part.choices.length};
    case 'checks':
      return {type: 'checks'};
    case 'task':
      return {type: 'task', task: part, hints: recordOf(state).hints[place.part] ?? 0};
    case 'commands': {
      const command = part.commands[place.command];
      const [number, count] = [place.command + 1, part.commands.length];
      return command === undefined
        ? {type: 'settling'}
        : {type: 'run', command, number, count, failed: place.failed};
    }
    case 'prose':
      return {type: 'settling'};
    default:
      return assertNever(part);
  }
}

/**
 * The prediction that `choose` answers: the last one shown. It stays open until the command it asks about
 * runs.
 */
export function openPrediction(
  state: GuideState,
): {readonly part: number; readonly prediction: Prediction} | undefined {
  const {place} = state;
  const parts = stepOf(state)?.parts ?? [];
  if (place.type !== 'part') return undefined;
  for (let at = Math.min(place.part, parts.length - 1); at >= 0; at--) {
    const part = parts[at];
    if (part?.type === 'predict') return isLocked(state, at) ? undefined : {part: at, prediction: part};
  }
  return undefined;
}

function isLocked(state: GuideState, at: number): boolean {
  const record = recordOf(state);
  if (record.outcomes[at] !== undefined) return true;
  const parts = stepOf(state)?.parts ?? [];
  const doing = parts.findIndex((part, i) => i > at && isDoing(part));
  if (doing < 0 || state.place.type !== 'part') return false;
  // In a task, every command of the person may reveal the answer. Otherwise only the lab's own commands do.
  const reveals = (ran: RanCommand): boolean =>
    ran.part === doing && (ran.isOfLab || parts[doing]?.type === 'task');
  return state.place.part > doing || record.ranCommands.some(reveals);
}

/** A prediction that was answered and can be settled now. */
export function unsettledOf(
  state: GuideState,
): Omit<Extract<GuideWork, {type: 'settle'}>, 'type'> | undefined {
  const {place} = state;
  const step = stepOf(state);
  const part = partOf(state);
  if (place.type !== 'part' || step === undefined || part === undefined || !isDone(state, part))
    return undefined;
  const {chosen, outcomes} = recordOf(state);
  for (const prediction of settledBehind(step, place.part)) {
    const at = step.parts.indexOf(prediction);
    const choice = chosen[at];
    if (choice !== undefined && outcomes[at] === undefined) return {part: at, prediction, chosen: choice};
  }
  return undefined;
}

/** True if nothing of the current part is left to do; predictions that are settled after it may be open. */
export function isDone(state: GuideState, part: Part): boolean {
  const {place} = state;
  if (place.type !== 'part') return false;
  const {chosen, ticks} = recordOf(state);
  switch (part.type) {
    case 'prose':
      return true;
    case 'predict':
      return chosen[place.part] !== undefined;
    case 'commands':
      return place.command >= part.commands.length;
    case 'checks':
    case 'task':
      return allHold(ticks[place.part]);
    default:
      return assertNever(part);
  }
}
