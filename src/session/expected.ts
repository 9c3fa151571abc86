/**
 * Counts what passed and failed in a run: every check, and every command that fails unless the next line of
 * the file expects that. A command with an unknown outcome counts as failed, except a write: cutting links
 * under `ack quorum` makes unknown writes normal.
 */
import {type Action, type Check, traitsOf} from '../command/action.ts';
import type {Entry} from './session-result.ts';

export type Counted = 'passed' | 'failed' | 'neither';

/** How a command counts. `next` is the command after it in the file. */
export function counted({status}: Entry, action: Action, next: Action | undefined): Counted {
  if (action.type === 'expect') return status === 'ok' ? 'passed' : 'failed';
  const isFailure = status === 'fail' || (status === 'info' && !traitsOf(action).mayBeUnknown);
  return isFailure && !isExpectedFailure(next) ? 'failed' : 'neither';
}

/**
 * True if the line after a command is `expect outcome fail` or `expect outcome info`, so that the command is
 * meant not to succeed. `next` is that line; undefined behind the last one.
 */
export const isExpectedFailure = (next: Action | undefined): boolean =>
  next !== undefined && isOutcomeCheck(next) && next.check.expected !== 'ok';

type OutcomeCheck = Extract<Action, {type: 'expect'}> & {readonly check: Extract<Check, {type: 'outcome'}>};

/** True for `expect outcome`, which checks how the previous command ended. */
export const isOutcomeCheck = (action: Action): action is OutcomeCheck =>
  action.type === 'expect' && action.check.type === 'outcome';
