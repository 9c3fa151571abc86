/**
 * The terminal taken over for the lab and given back as it was: on a normal end, on a signal, and on a crash, whose error is printed
 * where it can still be read.
 */
import process from 'node:process';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004l\x1b[2J\x1b[H';
const LEAVE = '\x1b[?2026l\x1b[0m\x1b[?25h\x1b[?1049l';

const SIGNALS = {SIGHUP: 1, SIGINT: 2, SIGTERM: 15} as const;
type Signal = keyof typeof SIGNALS;

export interface TakenTerminal {
  /** Safe to call twice. */
  giveBack(): void;
}

/** `end` is called once when a signal or a crash ends the lab; the exit status is set by then. */
export function takeTerminal(stdout: NodeJS.WriteStream, end: () => void): TakenTerminal {
  let taken = true;
  const restore = (): void => {
    if (!taken) return;
    taken = false;
    stdout.write(LEAVE);
  };
  const onSignal = (signal: Signal): void => {
    process.exitCode = 128 + SIGNALS[signal];
    restore();
    end();
  };
  const onCrash = (error: unknown): void => {
    process.exitCode = 1;
    restore();
    process.stderr.write(
      `leaderlab crashed, which is its own mistake:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    end();
  };
  const signals = Object.keys(SIGNALS) as Signal[];
  for (const signal of signals) process.on(signal, onSignal);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  process.on('exit', restore);
  stdout.write(ENTER);
  return {
    giveBack() {
      restore();
      for (const signal of signals) process.off(signal, onSignal);
      process.off('uncaughtException', onCrash);
      process.off('unhandledRejection', onCrash);
      process.off('exit', restore);
    },
  };
}
