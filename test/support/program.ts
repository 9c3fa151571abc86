/**
 * The built program without a terminal, in a temporary folder of its own.
 */
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {descendantsOf, killAll, type RunningProcess} from './processes.ts';
import {PROGRAM} from './terminal.ts';
import {waitFor} from './wait.ts';

const spawnIn = (folder: string, command: string, args: readonly string[]) =>
  execa(command, args, {
    stdin: 'pipe',
    reject: false,
    extendEnv: false,
    all: true,
    cwd: folder,
    env: {PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8'},
  });

type Program = ReturnType<typeof spawnIn>;

export interface Ended {
  readonly status: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** A folder to work in, and programs that end when the test does. */
export class Workplace {
  /** Where the programs are told to keep what is temporary. */
  readonly folder = mkdtempSync(join(tmpdir(), 'program-test-'));
  readonly #started: Program[] = [];
  readonly #children: RunningProcess[] = [];

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes a file and gives its path. */
  file(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Runs the program to its end. */
  async run(...args: readonly string[]): Promise<Ended> {
    return ended(await this.#spawn(args));
  }

  /** Runs the program to its end, with its output read by a command of the shell. */
  async pipe(args: readonly string[], reader: string): Promise<Ended> {
    const line = `{ "$0" "$@"; } | ${reader}`;
    const shell = spawnIn(this.folder, '/bin/sh', ['-c', line, process.execPath, PROGRAM, ...args]);
    this.#started.push(shell);
    return ended(await shell);
  }

  /** Starts the program, and leaves it running. */
  start(...args: readonly string[]): Running {
    return new Running(this.#spawn(args), children => this.#children.push(...children));
  }

  /** What labs left behind here. */
  leftovers(): string[] {
    return readdirSync(this.folder).filter(name => name.startsWith('leaderlab-'));
  }

  async close(): Promise<void> {
    for (const program of this.#started) if (program.exitCode === null) program.kill('SIGKILL');
    await Promise.all(this.#started);
    killAll(this.#children);
    rmSync(this.folder, {recursive: true, force: true, maxRetries: 5});
  }

  #spawn(args: readonly string[]): Program {
    const program = spawnIn(this.folder, process.execPath, [PROGRAM, ...args]);
    this.#started.push(program);
    return program;
  }
}

const ended = ({exitCode, stdout, stderr}: Awaited<Program>): Ended => ({status: exitCode, out: stdout, err: stderr});

export class Running {
  readonly #program: Program;
  readonly #seen: (children: readonly RunningProcess[]) => void;
  #output = '';

  constructor(program: Program, seen: (children: readonly RunningProcess[]) => void) {
    this.#program = program;
    this.#seen = seen;
    program.all.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
  }

  get pid(): number {
    return this.#program.pid ?? -1;
  }

  async until(text: string, limitMs = 20_000): Promise<void> {
    await waitFor(text, () => this.#output.includes(text), limitMs).catch(() => {
      throw new Error(`after ${limitMs} ms there is still no "${text}"; it wrote:\n${this.#output}`);
    });
  }

  /** Everything that it started and that runs now. */
  children(): readonly RunningProcess[] {
    const children = descendantsOf(this.pid);
    this.#seen(children);
    return children;
  }

  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.#program.kill(signal);
    return ended(await this.#program);
  }
}
