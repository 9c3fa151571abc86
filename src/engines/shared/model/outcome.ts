/**
 * Builds outcomes from their parts. The worst part decides: `fail` before `info` before `ok`. Pure.
 */
import {type Failure, fail, type Result, UNKNOWN_OUTCOMES} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {EngineResult, Outcome, WriteReport} from '../../../port/cluster.ts';
import {noAnswerInWords} from './client-answers.ts';

/** The outcome of an action that failed: `fail`, or `info` if it may have happened all the same. */
export const failed = (failure: Failure): Outcome => ({status: statusOf(failure), failure});

/** A request without an answer may have been carried out, so it is unknown, not failed. */
export const statusOf = ({code}: Failure): 'fail' | 'info' => (UNKNOWN_OUTCOMES.has(code) ? 'info' : 'fail');

/** The failure to report of these results: a refusal if there is one, otherwise a missing answer. */
export function worstFailure(results: readonly Result<unknown>[]): Failure | undefined {
  const failures = results.flatMap(result => (result.ok ? [] : [result.failure]));
  return failures.find(failure => statusOf(failure) === 'fail') ?? failures[0];
}

/** The outcome of a fault or setting that took effect. */
export const changed = (summary: string): Outcome => ({status: 'ok', result: {type: 'changed', summary}});

/** The outcome of writes at one or more leaders: the worst of them decides the status. */
export function writesOutcome(writes: readonly WriteReport[]): Outcome {
  const result = {type: 'writes', writes} as const;
  const worst = writes.find(({status}) => status === 'fail') ?? writes.find(({status}) => status === 'info');
  if (worst === undefined || worst.status === 'ok') return {status: 'ok', result};
  const {failure} = fail(worst.status === 'fail' ? 'refused' : 'unknown', worst.reason ?? 'refused');
  return {status: worst.status, failure, result};
}

/** The outcome of a question to several leaders. It failed only if none of them answered. */
export function answersOutcome(
  result: EngineResult,
  asked: number,
  errors: readonly (readonly [LeaderId, string])[],
): Outcome {
  if (errors.length === 0 || errors.length < asked) return {status: 'ok', result};
  return {status: 'fail', failure: fail('no-answer', noAnswerInWords(errors)).failure, result};
}
