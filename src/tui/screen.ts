/**
 * The output that Ink draws on. Ink hands over whole frames; only the rows that differ from what stands on the terminal are written,
 * each addressed by its place, within one synchronised update.
 *
 * Ink 6.8's own incremental rendering takes one row too few on its way back to the top of a frame that ends in a line break, and so
 * slides down a row with every frame. Its `debug` mode writes nothing but the frame, which is what is needed here.
 */
import {EventEmitter} from 'node:events';

const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): boolean;
}

export class Screen extends EventEmitter {
  /** Ink asks no terminal anything through this: cursor and modes are ours. */
  readonly isTTY = false;
  readonly #terminal: Terminal;
  #shown: readonly string[] = [];
  #open = true;

  constructor(terminal: Terminal) {
    super();
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  /** One frame. */
  write(frame: string): boolean {
    if (!this.#open) return true;
    const lines = frame.split('\n').slice(0, this.rows);
    const changes = changedRows(this.#shown, lines);
    this.#shown = lines;
    return changes === '' || this.#terminal.write(BEGIN + changes + END);
  }

  /** Forgets what stands there and wipes it: after a resize nobody knows what the terminal made of it. */
  wipe(): void {
    this.#shown = [];
    if (this.#open) this.#terminal.write('\x1b[0m\x1b[2J\x1b[H');
  }

  close(): void {
    this.#open = false;
  }
}

/** The rows that differ, as text that writes each at its place. */
export function changedRows(shown: readonly string[], next: readonly string[]): string {
  let changes = '';
  const rows = Math.max(shown.length, next.length);
  for (let row = 0; row < rows; row++) {
    if (shown[row] !== next[row]) changes += `\x1b[${row + 1};1H\x1b[0m${next[row] ?? ''}\x1b[0m\x1b[K`;
  }
  return changes;
}
