/**
 * The exit status of the program: 0 all held; 1 a check or a command failed; 2 the input is wrong and nothing
 * was started; 3 the engine cannot run here; 130 the user stopped it. After a signal or a lost output,
 * `app/ending.ts` sets the status: 128 + the signal, or 141.
 */
import type {Failure} from '../base/failure.ts';

export type ExitStatus = 0 | 1 | 2 | 3 | 130;

/** Codes of failures whose cause is the user's input or the choice of folder or port, not the engine. */
const INPUT_CODES: ReadonlySet<string> = new Set([
  'syntax',
  'custom-module',
  'no-terminal',
  'no-data',
  'folder-taken',
  'folder-unreadable',
  'not-yours',
  'other-leaders',
  'disk-full',
  'read-only',
  'no-permission',
  'not-a-folder',
  'disk',
  'format',
  'damaged',
  'port-taken',
  'port-denied',
]);

/**
 * Returns the exit status for a failure of the program or of the start of a cluster: 2 if the input, the
 * folder or the port is the cause, otherwise 3.
 */
export const exitStatusOf = ({code}: Failure): ExitStatus => (INPUT_CODES.has(code) ? 2 : 3);
