/**
 * What a session answers to an action: the entry of the command without its text and duration.
 */
import type {Failure} from '../base/failure.ts';
import type {Outcome} from '../port/cluster.ts';
import type {Entry, SessionResult} from './session-result.ts';

export type Answer = Pick<Entry, 'status' | 'result' | 'failure' | 'caret'>;

/** Returns the answer to an action that succeeded. */
export const ok = (result: SessionResult): Answer => ({status: 'ok', result});

/** Returns the answer to an action that was refused or that failed, with the reason. */
export const refused = (failure: Failure): Answer => ({status: 'fail', failure});

export const INTERRUPTED: Answer = {status: 'info', failure: {code: 'interrupted', message: 'interrupted'}};

export function answerOf(outcome: Outcome): Answer {
  if (outcome.status === 'ok') return ok(outcome.result);
  const {status, failure, result} = outcome;
  return result === undefined ? {status, failure} : {status, failure, result};
}
