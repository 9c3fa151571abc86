/**
 * Faults of leaders' processes in words: what was done, and why it cannot be done. Pure.
 */
import {type Failure, fail} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import {listed} from '../../../base/list.ts';
import {appliesTo, MAY, type ProcessFault} from '../../../faults/process-fault.ts';
import type {LeaderStatus} from '../../../port/view.ts';

const PAST = {kill: 'killed', restart: 'restarted', pause: 'paused', resume: 'resumed'} as const;

/** The summary of a fault that was carried out. */
export const doneInWords = (fault: ProcessFault, ids: readonly LeaderId[]): string =>
  `${listed(ids)} ${PAST[fault]}`;

/** Why the status of one of these leaders does not allow the fault; undefined if all do. */
export function processRefusal(
  fault: ProcessFault,
  ids: readonly LeaderId[],
  statusOf: (id: LeaderId) => LeaderStatus | undefined,
): Failure | undefined {
  for (const id of ids) {
    const status = statusOf(id);
    if (status === undefined) return fail('no-leader', `there is no leader ${id}`).failure;
    if (appliesTo(fault, status)) continue;
    const why = `only a leader that is ${listed(MAY[fault], 'or')} can be ${PAST[fault]}`;
    return fail(`is-${status}`, `${id} is ${status}: ${why}`).failure;
  }
  return undefined;
}

/** Why this platform does not support the fault: Windows can end a process, and cannot pause one. */
export function platformRefusal(fault: ProcessFault, platform: string): Failure | undefined {
  if (platform !== 'win32' || fault !== 'pause') return undefined;
  const hint = 'use kill, or cut its links; under WSL everything works';
  return fail('unsupported', 'Windows has no SIGSTOP, so a real leader cannot be paused here', hint).failure;
}
