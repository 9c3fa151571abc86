/**
 * What counts as passed and as failed in a run: checks do, and commands that fail unless the next line of the file expects them to.
 */
import type {Action} from '../command/action.ts';
import type {Entry} from './result.ts';

export type Counted = 'passed' | 'failed' | 'neither';

/** `next` is what stands behind it in the file. */
export function counted({status}: Entry, action: Action, next: Action | undefined): Counted {
  if (action.type === 'expect') return status === 'ok' ? 'passed' : 'failed';
  return status === 'fail' && !isExpectedFailure(next) ? 'failed' : 'neither';
}

export const isExpectedFailure = (next: Action | undefined): boolean =>
  next?.type === 'expect' && next.check.type === 'outcome' && next.check.expected !== 'ok';
