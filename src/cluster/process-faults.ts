/**
 * The faults of leaders' processes: which state they need, in words. Pure.
 */
import {type Failure, fail} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import type {LeaderStatus} from './port.ts';

export type ProcessFault = 'kill' | 'restart' | 'pause' | 'resume';

const MAY: {readonly [fault in ProcessFault]: readonly LeaderStatus[]} = {
  kill: ['up', 'paused'],
  restart: ['up', 'paused', 'down'],
  pause: ['up'],
  resume: ['paused'],
};

const PAST = {kill: 'killed', restart: 'restarted', pause: 'paused', resume: 'resumed'} as const;

/** What is to be told when it is done. */
export const doneInWords = (fault: ProcessFault, ids: readonly LeaderId[]): string => `${ids.join(' and ')} ${PAST[fault]}`;

/** Why these leaders cannot suffer it as they are. */
export function processRefusal(
  fault: ProcessFault,
  ids: readonly LeaderId[],
  statusOf: (id: LeaderId) => LeaderStatus | undefined,
): Failure | undefined {
  for (const id of ids) {
    const status = statusOf(id);
    if (status === undefined) return fail('no-leader', `there is no leader ${id}`).failure;
    if (MAY[fault].includes(status)) continue;
    const why = `only a leader that is ${MAY[fault].join(' or ')} can be ${PAST[fault]}`;
    return fail(`is-${status}`, `${id} is ${status}: ${why}`).failure;
  }
  return undefined;
}

/** Why a real process on this platform cannot have this fault: Windows can end a process but cannot pause it. */
export function platformRefusal(fault: ProcessFault, platform: string): Failure | undefined {
  if (platform !== 'win32' || fault !== 'pause') return undefined;
  const hint = 'use kill, or cut its links; under WSL everything works';
  return fail('unsupported', 'Windows has no SIGSTOP, so a real leader cannot be paused here', hint).failure;
}
