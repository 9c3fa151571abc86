/**
 * What counts as passed and as failed in a run: checks do, and commands that fail unless the next line of the file expects them to. A command
 * whose outcome is unknown counts as failed, too, but not one that only writes: whoever cuts links under `ack quorum` has to live with that.
 */
import type {Action} from '../command/action.ts';
import type {Entry} from './result.ts';

export type Counted = 'passed' | 'failed' | 'neither';

/** `next` is what stands behind it in the file. */
export function counted({status}: Entry, action: Action, next: Action | undefined): Counted {
  if (action.type === 'expect') return status === 'ok' ? 'passed' : 'failed';
  const isFailure = status === 'fail' || (status === 'info' && !MAY_BE_UNKNOWN.has(action.type));
  return isFailure && !isExpectedFailure(next) ? 'failed' : 'neither';
}

/** What clients do. */
const MAY_BE_UNKNOWN: ReadonlySet<Action['type']> = new Set(['write', 'txn', 'concurrently', 'load', 'wait-load']);

export const isExpectedFailure = (next: Action | undefined): boolean =>
  next?.type === 'expect' && next.check.type === 'outcome' && next.check.expected !== 'ok';
