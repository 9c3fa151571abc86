/**
 * The built program without a terminal, in a temporary folder of its own.
 */
import {readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {sharedFolder} from './folder.ts';
import {descendantsOf, killAll, type RunningProcess} from './processes.ts';
import {PROGRAM} from './terminal.ts';
import {waitFor} from './wait.ts';

const environment = (folder: string) => ({
  PATH: process.env.PATH ?? '',
  HOME: folder,
  TMPDIR: folder,
  LANG: 'C.UTF-8',
});

const spawn = (args: readonly string[], folder: string) =>
  execa(process.execPath, [PROGRAM, ...args], {
    stdin: 'pipe',
    reject: false,
    extendEnv: false,
    all: true,
    cwd: folder,
    env: environment(folder),
  });

type Program = ReturnType<typeof spawn>;

export interface Ended {
  readonly status: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** A working folder, and programs that end when the test does. */
export class Workplace {
  /** The folder for temporary files of the programs. */
  readonly folder = sharedFolder('program-test-');
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

  /** Runs the program to its end, with this as its input. */
  async feed(input: string, ...args: readonly string[]): Promise<Ended> {
    const program = this.#spawn(args);
    program.stdin.end(input);
    return ended(await program);
  }

  /** Runs the program with its output piped into a command of the shell, until both have ended. */
  async pipe(into: string, ...args: readonly string[]): Promise<Ended> {
    return this.shell(`"$0" "$@" | ${into}`, ...args);
  }

  /** Runs a script in which `"$0" "$@"` is the program with these arguments. */
  async shell(script: string, ...args: readonly string[]): Promise<Ended> {
    const options = {
      reject: false,
      cwd: this.folder,
      extendEnv: false,
      env: environment(this.folder),
      timeout: 30_000,
    } as const;
    return ended(await execa('sh', ['-c', script, process.execPath, PROGRAM, ...args], options));
  }

  /** Starts the program, and lets it run. */
  start(...args: readonly string[]): Running {
    return new Running(this.#spawn(args), children => this.#children.push(...children));
  }

  /** The files that labs left behind here. */
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
    const program = spawn(args, this.folder);
    this.#started.push(program);
    return program;
  }
}

const ended = ({
  exitCode,
  stdout,
  stderr,
}: Pick<Awaited<Program>, 'exitCode' | 'stdout' | 'stderr'>): Ended => ({
  status: exitCode,
  out: stdout,
  err: stderr,
});

/** A program that a test started and that may still run. */
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

  /** The first line that matches. */
  line(pattern: RegExp, limitMs = 20_000): Promise<string> {
    return waitFor(
      `a line like ${pattern}`,
      () =>
        this.#output
          .split('\n')
          .slice(0, -1)
          .find(line => pattern.test(line)),
      limitMs,
    );
  }

  /** The processes that it started and that still run. */
  children(): readonly RunningProcess[] {
    const children = descendantsOf(this.pid);
    this.#seen(children);
    return children;
  }

  /**
   * Writes to its standard input, which stays open; resolves once the program has begun to read. More than a
   * pipe holds has to be sent.
   */
  async send(input: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#program.stdin.write(input, error => (error ? reject(error) : resolve()));
    });
  }

  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.#program.kill(signal);
    return ended(await this.#program);
  }
}
