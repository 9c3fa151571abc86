/**
 * However the terminal or the reader of the output goes away, and whatever hangs at that moment, the program
 * ends, and with it everything that it started. What is gone is checked by process id.
 */
import {execFileSync} from 'node:child_process';
import {closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {
  descendantsOf,
  killAll,
  type RunningProcess,
  runningProcesses,
  untilGone,
} from '../support/processes.ts';
import {Workplace} from '../support/program.ts';
import {PROGRAM, Terminal, type TerminalOptions} from '../support/terminal.ts';
import {waitFor} from '../support/wait.ts';

const LIMIT = {timeout: 90_000};
/** The program promises 3 s. The rest is for a machine that is busy with other tests. */
const END_LIMIT_MS = 6000;

function open(options: TerminalOptions): Terminal {
  const terminal = new Terminal(options);
  onTestFinished(() => terminal.close());
  return terminal;
}

/** The program with everything that it started. */
function all(pid: number): readonly RunningProcess[] {
  const processes = [...runningProcesses().filter(one => one.pid === pid), ...descendantsOf(pid)];
  onTestFinished(() => killAll(processes));
  return processes;
}

const LABS: readonly (readonly [string, readonly string[], number])[] = [
  ['start', ['--lan'], 5],
  ['start --engine sim', ['--engine', 'sim'], 1],
  ['lab 2', ['lab', '2', '--lan'], 5],
  ['start --engine postgres', ['--engine', 'postgres', '--lan', '--leaders', '2'], 4],
];

const isReady = (lab: Terminal): boolean => /[a-z]+ ● .*= converged/.test(lab.rows()[0] ?? '');

describe('a lab ends with its terminal', LIMIT, () => {
  test.each(LABS)('%s, in a window that is closed', async (_name, args, least) => {
    const lab = open({args});
    await lab.waitFor('a lab that is ready', () => isReady(lab), 60_000);
    const processes = all(lab.pid);
    expect(processes.length).toBeGreaterThanOrEqual(least);
    lab.hangUp();
    await untilGone(processes, END_LIMIT_MS);
  });

  test('while it writes all the time', async () => {
    const lab = open({args: ['--lan', '--exec', 'load 200/s for 60s &']});
    await lab.waitFor('ops', () => /[1-9]\d* op\/s/.test(lab.rows()[0] ?? ''));
    const processes = all(lab.pid);
    lab.hangUp();
    await untilGone(processes, END_LIMIT_MS);
  });

  test('while it starts', async () => {
    const lab = open({args: ['--lan']});
    const children = await waitFor('a child', () => {
      const found = descendantsOf(lab.pid);
      return found.length > 0 && found;
    });
    expect(children.length).toBeGreaterThan(0);
    const processes = all(lab.pid);
    lab.hangUp();
    await untilGone(processes, END_LIMIT_MS);
    const isOfLab = ({command}: RunningProcess): boolean => command.includes(lab.folder);
    await waitFor('nothing that was started since', () => !runningProcesses().some(isOfLab), END_LIMIT_MS);
  });

  test.skipIf(!hasTmux())('in a session of tmux that is killed', async () => {
    const tmux = (...args: readonly string[]): string =>
      execFileSync('tmux', ['-L', `hang-up-${process.pid}`, ...args], {encoding: 'utf8'});
    tmux('new-session', '-d', '-s', 'lab', '-x', '120', '-y', '36', process.execPath, PROGRAM, '--lan');
    const pid = Number(tmux('list-panes', '-t', 'lab', '-F', '#{pane_pid}').trim());
    await waitFor(
      'a lab that is ready',
      () => tmux('capture-pane', '-p', '-t', 'lab').includes('= converged'),
      30_000,
    );
    const processes = all(pid);
    expect(processes.length).toBeGreaterThanOrEqual(5);
    tmux('kill-session', '-t', 'lab');
    await untilGone(processes, END_LIMIT_MS);
  });
});

function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    return false;
  }
}

/** Writes to the terminal of the process until it is full: then the next write has nowhere to go. */
function fillTerminal(pid: number): void {
  const terminal = openSync(
    `/proc/${pid}/fd/1`,
    constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
  );
  try {
    expect(() => {
      for (;;) writeSync(terminal, ' '.repeat(1024));
    }).toThrow(/EAGAIN/);
  } finally {
    closeSync(terminal);
  }
}

describe('SIGTERM ends a lab', LIMIT, () => {
  test.skipIf(process.platform !== 'linux')('whose terminal no longer reads', async () => {
    const lab = open({args: ['--lan', '--exec', 'load 200/s for 60s &']});
    await lab.waitFor('ops', () => /[1-9]\d* op\/s/.test(lab.rows()[0] ?? ''));
    const processes = all(lab.pid);
    lab.stopReading();
    fillTerminal(lab.pid);
    lab.signal('SIGTERM');
    await untilGone(processes, END_LIMIT_MS);
  });

  test('whose leaders and proxy hang', async () => {
    const lab = open({args: ['--lan']});
    await lab.waitFor('a lab that is ready', () => isReady(lab));
    const processes = all(lab.pid);
    for (const {pid} of descendantsOf(lab.pid)) process.kill(pid, 'SIGSTOP');
    lab.signal('SIGTERM');
    await untilGone(processes, END_LIMIT_MS);
  });

  test('that hangs while it ends after a key', async () => {
    const lab = open({args: ['--lan']});
    await lab.waitFor('a lab that is ready', () => isReady(lab));
    const processes = all(lab.pid);
    for (const {pid} of descendantsOf(lab.pid)) process.kill(pid, 'SIGSTOP');
    lab.press('ctrl-c');
    await lab.waitFor('the terminal given back', () => !lab.isOnAlternateScreen);
    lab.signal('SIGTERM');
    await untilGone(processes, END_LIMIT_MS);
  });
});

describe('without a screen', LIMIT, () => {
  let work: Workplace;
  beforeEach(() => {
    work = new Workplace();
  });
  afterEach(() => work.close());

  const COMMANDS: readonly (readonly [string, (folder: string) => readonly string[], string])[] = [
    ['run', folder => ['run', '--lan', join(folder, 'long.lab')], '✔ set a 1'],
    ['fuzz', () => ['fuzz', '--resolver', 'crdt', '--for', '60s'], 'seed'],
    ['quiz', () => ['quiz', '--seed', '1'], '›'],
    ['leader', folder => ['leader', 'us', '--data', join(folder, 'us')], 'listens on'],
  ];

  test.each(COMMANDS)('%s ends with its terminal', async (_name, args, shown) => {
    const folder = mkdtempSync(join(tmpdir(), 'hang-up-'));
    onTestFinished(() => rmSync(folder, {recursive: true, force: true, maxRetries: 5}));
    writeFileSync(join(folder, 'long.lab'), `set a 1\n${'get a\nsleep 100ms\n'.repeat(1000)}`);
    const program = open({args: args(folder)});
    await program.waitFor(shown);
    const processes = all(program.pid);
    program.hangUp();
    await untilGone(processes, END_LIMIT_MS);
  });

  test('run ends when nobody reads its output', async () => {
    // Minutes of it, with a line of output all the time.
    const lines = 'get a @us\nsleep 50ms\n'.repeat(9000);
    const {status, err} = await work.pipe('head -n 1', 'run', '--lan', work.file('long.lab', lines));
    expect({status, err}).toEqual({status: 0, err: ''});
    expect(work.leftovers()).toEqual([]);
  });

  test('output of help and of flag errors may be read in part', async () => {
    for (const [status, args] of [
      [0, ['--help']],
      [0, ['lab']],
      [0, ['run', '--nonsense']],
    ] as const) {
      const {err, status: seen} = await work.shell('"$0" "$@" 2>&1 | true', ...args);
      expect({seen, err}).toEqual({seen: status, err: ''});
    }
  });
});
