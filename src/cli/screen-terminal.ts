/**
 * Whether there is a terminal that the screen can be drawn on.
 */
import {quit} from './quit.ts';

export const NO_CURSOR = 'TERM=dumb says that this terminal cannot move its cursor';

/** `instead` is the command that needs no screen. */
export function needScreen(instead: string): void {
  const hint = `use: ${instead}`;
  if (!(process.stdout.isTTY && process.stdin.isTTY))
    quit({code: 'no-terminal', message: 'the lab needs a terminal, and the output is not a terminal', hint});
  if (process.env.TERM === 'dumb')
    quit({code: 'no-terminal', message: `the lab cannot draw here: ${NO_CURSOR}`, hint});
}
