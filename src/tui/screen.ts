/**
 * Writes frames to the terminal as rows. It writes only the rows that differ from the terminal's content,
 * each at its place, in one synchronised update. While the terminal does not read, nothing is written, and
 * the frames in between are skipped.
 */
import {widthOf} from '../report/words/cut.ts';

const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';
const WIPE = '\x1b[0m\x1b[2J\x1b[H';

interface Terminal {
  readonly rows: number;
  /** True while the terminal has not read everything. */
  readonly writableNeedDrain: boolean;
  write(text: string): boolean;
}

export class Screen {
  readonly #terminal: Terminal;
  #shown: readonly string[] = [];
  #wiping = '';
  #open = true;
  #hidden = false;
  /** The newest of the skipped frames. */
  #waiting: readonly string[] | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** One frame. */
  show(frame: readonly string[]): void {
    if (!this.#open || this.#hidden) return;
    this.#waiting = this.#terminal.writableNeedDrain ? frame : undefined;
    if (this.#waiting !== undefined) return;
    const rows = frame.slice(0, this.#terminal.rows);
    const changes = this.#wiping + changedRows(this.#shown, rows);
    this.#wiping = '';
    this.#shown = rows;
    if (changes !== '') this.#terminal.write(BEGIN + changes + END);
  }

  /**
   * Forgets what the terminal shows, and clears it when the next frame is written: after a resize the content
   * is unknown. The clearing is part of that frame's update, so no empty screen is ever seen.
   */
  wipe(): void {
    this.#hidden = false;
    this.#shown = [];
    this.#wiping = WIPE;
  }

  /** Writes nothing until the next `wipe`, because the terminal shows something else. */
  hide(): void {
    this.#hidden = true;
  }

  /** The terminal has read everything. */
  goOn(): void {
    if (this.#waiting !== undefined) this.show(this.#waiting);
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
    const text = next[row] ?? '';
    if (shown[row] === next[row]) continue;
    const drawn = DOUBTFUL.test(text) ? `\x1b[2K${anchored(text)}` : text;
    changes += `\x1b[${row + 1};1H\x1b[0m${drawn}\x1b[0m\x1b[K`;
  }
  return changes;
}

/**
 * Characters whose width differs between terminals: all but European letters and the glyphs that the screen
 * itself draws.
 */
const DOUBTFUL = /[^\u0000-\u02ff\u2000-\u2bff]/u;
const PIECES = /\x1b\[[\d;]*m|[^\x1b]+/g;
const segmenter = new Intl.Segmenter();

/**
 * Sets the cursor's column after each doubtful character, so that a terminal with another idea of its width
 * does not move a border.
 */
function anchored(row: string): string {
  let text = '';
  let column = 0;
  for (const [piece] of row.matchAll(PIECES)) {
    if (piece.startsWith('\x1b')) {
      text += piece;
      continue;
    }
    for (const {segment} of segmenter.segment(piece)) {
      column += widthOf(segment);
      text += DOUBTFUL.test(segment) ? `${segment}\x1b[${column + 1}G` : segment;
    }
  }
  return text;
}
