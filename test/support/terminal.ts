/**
 * The built program in a real terminal of its own: keys go in as bytes, and what a person would see comes
 * out.
 *
 * A terminal that a test opens is closed when that test, or the hook's suite, is over, however it ends;
 * nothing that it started stays.
 */
import {readdirSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import type {IPty} from '@lydell/node-pty';
import type {Terminal as Emulator} from '@xterm/headless';
import {sharedFolder} from './folder.ts';
import {descendantsOf, killAll, type RunningProcess, stillRunning} from './processes.ts';
import {waitFor} from './wait.ts';

// Both packages are CommonJS and say so only to `require`.
const require = createRequire(import.meta.url);
const pty = require('@lydell/node-pty') as typeof import('@lydell/node-pty');
const xterm = require('@xterm/headless') as typeof import('@xterm/headless');

const ROOT = join(import.meta.dirname, '..', '..');
export const PROGRAM = join(ROOT, 'bin', 'leaderlab.js');
/** A long limit, because the machine may be busy. */
const LIMIT_MS = 20_000;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface TerminalOptions extends Partial<Size> {
  /** The arguments of `leaderlab`. */
  readonly args?: readonly string[];
  /** The program to run instead, such as a shell that starts `leaderlab`. */
  readonly command?: readonly [string, ...string[]];
  readonly env?: {readonly [name: string]: string};
}

const KEYS: {readonly [key: string]: string} = {
  enter: '\r',
  esc: '\x1b',
  tab: '\t',
  'shift-tab': '\x1b[Z',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  'page-up': '\x1b[5~',
  'page-down': '\x1b[6~',
  backspace: '\x7f',
  space: ' ',
};

/** A rectangle with a border on the screen. */
export interface Pane {
  readonly title: string;
  /** Its title and all that is inside, a row a line, without the border. */
  readonly text: string;
}

/** A terminal with the program in it. It ends with the test that opened it. */
export class Terminal {
  readonly #pty: IPty;
  readonly #emulator: Emulator;
  readonly #temporary: string;
  #output = '';
  #unparsed = 0;
  #bells = 0;
  #ended: {readonly status: number; readonly signal: number} | undefined;

  constructor({columns = 120, rows = 36, args = [], command, env = {}}: TerminalOptions = {}) {
    this.#temporary = sharedFolder('terminal-test-');
    this.#emulator = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 0});
    const [program, ...words] = command ?? [process.execPath, PROGRAM, ...args];
    this.#pty = pty.spawn(program, words, {
      name: env.TERM ?? 'xterm-256color',
      cols: columns,
      rows,
      cwd: ROOT,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: this.#temporary,
        TMPDIR: this.#temporary,
        LANG: 'C.UTF-8',
        TERM: 'xterm-256color',
        COLORTERM: 'truecolor',
        ...env,
      },
    });
    this.#pty.onData(data => {
      this.#output += data;
      this.#unparsed++;
      this.#emulator.write(data, () => this.#unparsed--);
    });
    this.#emulator.onData(answer => {
      if (this.#ended === undefined) this.#pty.write(answer);
    });
    this.#emulator.onBell(() => this.#bells++);
    this.#pty.onExit(({exitCode, signal}) => {
      this.#ended = {status: exitCode, signal: signal ?? 0};
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Its home folder, and its folder for temporary files. */
  get folder(): string {
    return this.#temporary;
  }

  get size(): Size {
    return {columns: this.#emulator.cols, rows: this.#emulator.rows};
  }

  /** Every byte that the program wrote, decoded. */
  get output(): string {
    return this.#output;
  }

  /** The number of times that the program rang the bell. */
  get bells(): number {
    return this.#bells;
  }

  get isOnAlternateScreen(): boolean {
    return this.#emulator.buffer.active.type === 'alternate';
  }

  get isCursorShown(): boolean {
    return this.#output.lastIndexOf('\x1b[?25h') >= this.#output.lastIndexOf('\x1b[?25l');
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  press(key: string): void {
    const control = /^ctrl-([a-z])$/.exec(key)?.[1];
    const bytes =
      control === undefined ? (KEYS[key] ?? key) : String.fromCharCode(control.charCodeAt(0) - 96);
    this.#pty.write(bytes);
  }

  /** Types a command, waits until the prompt shows it, and presses enter. */
  async enter(command: string): Promise<void> {
    this.type(command);
    await this.waitFor(`${command} at the prompt`, () =>
      this.rows().some(row => /^ \S+ › /.test(row) && row.includes(command.slice(-20))),
    );
    this.press('enter');
  }

  /** Resizes the window, as a person does with the mouse. */
  resize({columns, rows}: Size): void {
    this.#emulator.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Closes the terminal, as a person who closes its window. The system then signals the program. */
  hangUp(): void {
    (this.#pty as unknown as {readonly _socket: {destroy(): void}})._socket.destroy();
  }

  /** Stops reading the output of the program. */
  stopReading(): void {
    this.#pty.pause();
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.#pty.pid, signal);
  }

  /** A row of cells for each row of the screen; a wide character takes two, the second one empty. */
  cells(): string[][] {
    const buffer = this.#emulator.buffer.active;
    return Array.from({length: this.#emulator.rows}, (_, y) => {
      const line = buffer.getLine(buffer.baseY + y);
      return Array.from({length: this.#emulator.cols}, (_cell, x) => {
        const cell = line?.getCell(x);
        return cell === undefined || (cell.getChars() === '' && cell.getWidth() > 0) ? ' ' : cell.getChars();
      });
    });
  }

  /** The screen as a person sees it, without the empty cells at the end of each row. */
  rows(): string[] {
    return this.cells().map(row => row.join('').trimEnd());
  }

  screen(): string {
    return this.rows().join('\n');
  }

  /** The panes on the screen, from the top, left to right. */
  panes(): Pane[] {
    const cells = this.cells();
    return boxesOf(cells).map(({x, y, width, height}) => {
      const text = cells.slice(y, y + height - 1).map(row =>
        row
          .slice(x + 1, x + width - 1)
          .join('')
          .trimEnd(),
      );
      return {
        title: (text[0] ?? '')
          .replace(/─/g, ' ')
          .replace(/^[▸ ]+/, '')
          .trimEnd(),
        text: text.join('\n'),
      };
    });
  }

  /** The pane whose title begins with this; empty while there is none. */
  pane(title: string): string {
    return this.panes().find(pane => pane.title.startsWith(title))?.text ?? '';
  }

  /**
   * Waits until the screen shows the text, or the condition holds. After a time limit, fails with the
   * contents of the screen.
   */
  async waitFor(
    what: string,
    holds: () => unknown = () => this.screen().includes(what),
    limitMs = LIMIT_MS,
  ): Promise<void> {
    await waitFor(what, () => this.#isWhole && Boolean(holds()), limitMs).catch(error => {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#picture()}`);
    });
  }

  /** True if the screen shows a complete frame: terminals show a synchronised update only at its end. */
  get #isWhole(): boolean {
    return (
      this.#unparsed === 0 &&
      this.#output.lastIndexOf('\x1b[?2026h') <= this.#output.lastIndexOf('\x1b[?2026l')
    );
  }

  /** Resolves when the program has ended, to its exit status or `signal 9`. */
  async exit(limitMs = LIMIT_MS): Promise<number | string> {
    await this.waitFor('the program has ended', () => this.#ended !== undefined, limitMs);
    const {status, signal} = this.#ended ?? {status: -1, signal: 0};
    return signal === 0 ? status : `signal ${signal}`;
  }

  /** The processes that run in this terminal, except the program itself. */
  children(): readonly RunningProcess[] {
    return descendantsOf(this.#pty.pid);
  }

  /** The files that the program left in its temporary folder. */
  leftovers(): string[] {
    return readdirSync(this.#temporary).filter(name => name.startsWith('leaderlab-'));
  }

  /** Ends the program if it still runs, and the processes that it left behind. */
  async close(): Promise<void> {
    const children = this.children();
    if (this.#ended === undefined) {
      this.#pty.kill('SIGTERM');
      await waitFor(
        'the program ended',
        () => this.#ended !== undefined && stillRunning(children).length === 0,
      ).catch(() => {
        if (this.#ended === undefined) this.#pty.kill('SIGKILL');
        killAll(children);
      });
    }
    this.#emulator.dispose();
    rmSync(this.#temporary, {recursive: true, force: true, maxRetries: 5});
  }

  #picture(): string {
    const {columns} = this.size;
    const edge = '·'.repeat(columns + 2);
    const rows = this.cells().map(row => `·${row.join('')}·`);
    const state =
      this.#ended === undefined ? 'runs' : `ended with ${this.#ended.status}, signal ${this.#ended.signal}`;
    return `the program ${state}; its screen:\n${[edge, ...rows, edge].join('\n')}`;
  }
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The rectangles whose corners are on the screen. */
export function boxesOf(cells: readonly (readonly string[])[]): Box[] {
  return cells.flatMap((row, y) =>
    row.flatMap((cell, x) => {
      if (cell !== '╭') return [];
      const right = row.indexOf('╮', x);
      const bottom = cells.findIndex((other, at) => at > y && other[x] === '╰');
      return right < 0 || bottom < 0 ? [] : [{x, y, width: right - x + 1, height: bottom - y + 1}];
    }),
  );
}

/** The faults of the borders on the screen: open sides, and pieces that belong to no rectangle. */
export function borderFaults(cells: readonly (readonly string[])[]): string[] {
  const faults: string[] = [];
  const owned = new Set<string>();
  for (const {x, y, width, height} of boxesOf(cells)) {
    const [right, bottom] = [x + width - 1, y + height - 1];
    for (let column = x; column <= right; column++) {
      owned.add(`${column},${y}`);
      owned.add(`${column},${bottom}`);
      const wanted = column === x ? '╰' : column === right ? '╯' : '─';
      if (cells[bottom]?.[column] !== wanted)
        faults.push(`row ${bottom}, column ${column}: ${cells[bottom]?.[column]} instead of ${wanted}`);
    }
    for (let row = y + 1; row < bottom; row++) {
      for (const column of [x, right]) {
        owned.add(`${column},${row}`);
        if (cells[row]?.[column] !== '│')
          faults.push(`row ${row}, column ${column}: ${cells[row]?.[column]} instead of │`);
      }
    }
  }
  for (const [y, row] of cells.entries())
    for (const [x, cell] of row.entries())
      if (/[╭╮╰╯│─]/.test(cell) && !owned.has(`${x},${y}`))
        faults.push(`row ${y}, column ${x}: a stray ${cell}`);
  return faults;
}
