/**
 * The faults of leaders' processes, and the state that each needs.
 */

export type ProcessStatus = 'starting' | 'up' | 'paused' | 'down';

export type ProcessFault = 'kill' | 'restart' | 'pause' | 'resume';

/** In which states a process can suffer it. */
export const MAY: {readonly [fault in ProcessFault]: readonly ProcessStatus[]} = {
  kill: ['up', 'paused'],
  restart: ['up', 'paused', 'down'],
  pause: ['up'],
  resume: ['paused'],
};

export const appliesTo = (fault: ProcessFault, status: ProcessStatus | undefined): boolean =>
  status !== undefined && MAY[fault].includes(status);

export const isProcessFault = (name: string): name is ProcessFault => Object.hasOwn(MAY, name);
