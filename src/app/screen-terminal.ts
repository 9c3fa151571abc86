/**
 * Checks whether the output is a terminal that can show the screen.
 */
import type {Failure} from '../base/failure.ts';

export const NO_CURSOR = 'TERM=dumb says that this terminal cannot move its cursor';

/** Why the screen cannot be drawn here. `instead` is a command that needs no screen. */
export function noScreen(instead: string): Failure | undefined {
  const hint = `use: ${instead}`;
  if (!(process.stdout.isTTY && process.stdin.isTTY))
    return {code: 'no-terminal', message: 'the lab needs a terminal, and the output is not a terminal', hint};
  if (process.env.TERM === 'dumb')
    return {code: 'no-terminal', message: `the lab cannot draw here: ${NO_CURSOR}`, hint};
  return undefined;
}
