/**
 * A failure that the next line of a file expects counts as none.
 */
import type {Action} from '../command/action.ts';

export const isExpectedFailure = (next: Action | undefined): boolean =>
  next?.type === 'expect' && next.check.type === 'outcome' && next.check.expected !== 'ok';
