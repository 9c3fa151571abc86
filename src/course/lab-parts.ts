/**
 * How the parts of a step follow one another: which check judges a command, and which part settles a
 * prediction.
 */
import type {Action} from '../command/action.ts';
import type {LabCheck, Part, Prediction, Step} from './lab-types.ts';

/** The next check after all commands of that part. It can expect that the last of them fails. */
export function checkBehind({parts}: Step, at: number): Action | undefined {
  const part = parts[at];
  const next =
    part?.type === 'task' ? part : parts.slice(at + 1).find(one => one.type === 'checks' || isDoing(one));
  const first = next === part || next?.type === 'checks' ? checksOf(next)[0] : undefined;
  return first && {type: 'expect', check: first.check};
}

const checksOf = (part: Part | undefined): readonly LabCheck[] =>
  part?.type === 'checks' || part?.type === 'task' ? part.checks : [];

/**
 * The predictions that the part at that place settles: after the next commands, or at once if none follow in
 * the step.
 */
export function settledBehind({parts}: Step, at: number): readonly Prediction[] {
  const part = parts[at];
  if (part?.type === 'predict') return parts.slice(at).some(isDoing) ? [] : [part];
  if (part === undefined || !isDoing(part)) return [];
  const before = parts.slice(0, at);
  return before
    .slice(before.findLastIndex(isDoing) + 1)
    .flatMap(one => (one.type === 'predict' ? [one] : []));
}

/** True for the parts in which commands run. */
export const isDoing = ({type}: Part): boolean => type === 'commands' || type === 'task';
