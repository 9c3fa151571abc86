/**
 * Takes over the terminal for the lab and restores it when the lab ends, is suspended or crashes. Prints the
 * error of a crash after that, so that the user can read it.
 *
 * A terminal may be closed at any moment. Then every write fails, and this code must cope with that.
 */
import process from 'node:process';
import type {ReadStream, WriteStream} from 'node:tty';

/** The alternate screen, without a cursor, empty; pasted text comes between marks. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H';
const LEAVE = '\x1b[?2026l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l';

export interface TerminalEvents {
  /** Nobody sees the terminal any more. May come more than once. */
  onLost(): void;
  /** The error has been printed. Comes once. */
  onCrash(): void;
  /** Nothing may be drawn until `onResume`. */
  onSuspend(): void;
  /** The lab is in the foreground again, on an empty screen whose size may have changed. */
  onResume(): void;
}

export class TakenTerminal {
  readonly #stdin: ReadStream;
  readonly #stdout: WriteStream;
  readonly #events: TerminalEvents;
  #taken = true;
  #hasCrashed = false;
  /** While the lab is suspended. */
  #resuming: NodeJS.Timeout | undefined;

  constructor(stdin: ReadStream, stdout: WriteStream, events: TerminalEvents) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#events = events;
    for (const name of ['end', 'close', 'error']) stdin.on(name, this.#lost);
    process.on('SIGTSTP', this.suspend);
    process.on('SIGCONT', this.#continued);
    process.on('uncaughtException', this.#crashed);
    process.on('unhandledRejection', this.#crashed);
    process.on('exit', this.#restore);
    // Otherwise a terminal that does not read would block the whole lab, including its signal handlers.
    setBlocking(stdout, false);
    stdout.write(ENTER);
  }

  /** Safe to call twice. */
  giveBack(): void {
    this.#restore();
    clearTimeout(this.#resuming);
    // The terminal may be lost until the process ends, so the listener must stay.
    process.off('SIGTSTP', this.suspend);
    process.off('SIGCONT', this.#continued);
    process.off('uncaughtException', this.#crashed);
    process.off('unhandledRejection', this.#crashed);
    process.off('exit', this.#restore);
  }

  /**
   * As ctrl-z does in any other program: the shell gets the terminal back, and its `fg` ends this. The signal
   * goes to the whole process group, so that npm or a script that started the lab stops with it. Leaders,
   * proxy and servers ignore it and go on.
   */
  readonly suspend = (): void => {
    if (!this.#taken || this.#resuming !== undefined || process.platform === 'win32') return;
    this.#events.onSuspend();
    this.#leave();
    process.off('SIGTSTP', this.suspend);
    // Without a shell that could resume the lab, the system does not stop it: then this runs at once.
    this.#resuming = setTimeout(this.#resume, SETTLE_MS);
    process.kill(0, 'SIGTSTP');
  };

  readonly #lost = (): void => this.#events.onLost();

  readonly #restore = (): void => {
    if (!this.#taken) return;
    this.#taken = false;
    this.#leave();
    // Pending output may wait forever.
    if (this.#stdout.writableLength === 0) setBlocking(this.#stdout, true);
  };

  #leave(): void {
    this.#stdin.setRawMode(false);
    this.#stdout.write(LEAVE);
  }

  /**
   * Sets raw mode first: if the lab is in the background, that stops the process again before it writes to
   * the screen.
   */
  readonly #resume = (): void => {
    clearTimeout(this.#resuming);
    this.#resuming = undefined;
    if (!this.#taken) return;
    process.off('SIGTSTP', this.suspend);
    process.on('SIGTSTP', this.suspend);
    // Off first: Node skips a mode that it believes is set, but a shell may have changed it.
    this.#stdin.setRawMode(false);
    this.#stdin.setRawMode(true);
    this.#stdout.write(ENTER);
    // The terminal reports its size to programs in the foreground only.
    process.emit('SIGWINCH', 'SIGWINCH');
    this.#events.onResume();
  };

  /** Also runs after a stop without ctrl-z, such as SIGSTOP. */
  readonly #continued = (): void => this.#resume();

  readonly #crashed = (error: unknown): void => {
    if (this.#hasCrashed) return;
    this.#hasCrashed = true;
    this.#restore();
    process.stderr.write(
      'leaderlab crashed, which is its own ' +
        `mistake:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    this.#events.onCrash();
  };
}

/** Long enough for a stop signal to take effect. */
const SETTLE_MS = 50;

/** Node blocks on writes to a terminal and has no public way to change that. */
function setBlocking(stdout: WriteStream, isBlocking: boolean): void {
  const {_handle: handle} = stdout as {_handle?: {setBlocking?: (isBlocking: boolean) => void}};
  handle?.setBlocking?.(isBlocking);
}
