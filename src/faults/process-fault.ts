/**
 * The faults of leader processes, and the states in which each is possible.
 */

export type ProcessStatus = 'starting' | 'up' | 'paused' | 'down';

export const PROCESS_FAULTS = ['kill', 'restart', 'pause', 'resume'] as const;
export type ProcessFault = (typeof PROCESS_FAULTS)[number];

/** The states in which each fault is possible. */
export const MAY: {readonly [fault in ProcessFault]: readonly ProcessStatus[]} = {
  kill: ['up', 'paused'],
  restart: ['up', 'paused', 'down'],
  pause: ['up'],
  resume: ['paused'],
};

/** False for a process that does not exist. */
export const appliesTo = (fault: ProcessFault, status: ProcessStatus | undefined): boolean =>
  status !== undefined && MAY[fault].includes(status);

/** True if the name is that of a fault of a leader's process: `kill`, `restart`, `pause` or `resume`. */
export const isProcessFault = (name: string): name is ProcessFault => Object.hasOwn(MAY, name);
