/**
 * Ends a command that cannot be carried out: prints one line that says what is wrong and what to do, and
 * exits with the status of that failure.
 */
import type {Failure} from '../base/failure.ts';
import {printable} from '../base/printable.ts';
import {exitStatusOf} from '../runner/exit-status.ts';

export function quit(failure: Failure): never {
  const {message, hint} = failure;
  console.error(`leaderlab: ${printable(hint === undefined ? message : `${message}; ${hint}`)}`);
  process.exit(exitStatusOf(failure));
}
