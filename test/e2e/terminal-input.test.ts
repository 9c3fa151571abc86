/**
 * What a real terminal sends beside keys: answers, reports, pasted texts; and what ctrl-z does in a shell
 * with job control.
 */
import {execFileSync} from 'node:child_process';
import {describe, expect, onTestFinished, test} from 'vitest';
import {descendantsOf, killAll, stillRunning, untilGone} from '../support/processes.ts';
import {PROGRAM, Terminal, type TerminalOptions} from '../support/terminal.ts';
import {waitFor} from '../support/wait.ts';

const LIMIT = {timeout: 90_000};
const SIZE = {columns: 120, rows: 36};

function open(options: TerminalOptions): Terminal {
  const terminal = new Terminal({...SIZE, ...options});
  onTestFinished(() => terminal.close());
  return terminal;
}

const prompt = (lab: Terminal): string => lab.rows().find(row => /^ \S+ › ?/.test(row)) ?? '';

describe('in a lab', LIMIT, () => {
  test('terminal replies press no key, pasted commands wait, and the prompt keeps its history', async () => {
    const lab = open({args: ['--engine', 'sim']});
    await lab.waitFor('try:');
    for (const report of [
      '\x1b]11;rgb:1e1e/1e1e/2e2e\x07',
      '\x1bP>|xterm(370)\x1b\\',
      '\x1b[Mx!!',
      '\x1b[<0;1;1M',
      '\x1b[O',
      '\x1b[32;1;1M',
    ])
      lab.type(report);
    // In two reads.
    lab.type('\x1bP>|xte');
    lab.type('rm(370)\x1b\\');
    lab.type('set a 1');
    await lab.waitFor('what was typed, alone', () => prompt(lab) === ' us › set a 1');
    lab.press('enter');
    await lab.waitFor('the write', () => lab.pane('timeline').includes('set a 1'));
    expect(lab.output).toContain('\x1b[?2004h');

    lab.type('\x1b[200~set p1 1 @us\rset p2 2 @eu\rset p3 "x\ny" @ap\r\x1b[201~');
    await lab.waitFor('pasted: 3 commands');
    expect(lab.screen()).toContain('enter runs all of it in order');
    expect(lab.screen()).toContain(String.raw`set p3 "x\ny" @ap`);
    lab.press('enter');
    await lab.waitFor(
      'all of it',
      () => lab.pane('timeline').includes('set p3') && lab.pane('timeline').includes('set p1'),
    );

    lab.type('\x1b[200~get a\x1b[201~kill us\r\x1b[201~');
    await lab.waitFor('what was pasted, at the prompt', () => prompt(lab).includes('get akill us'));
    expect(lab.rows()[0]).toContain('us ●');
    lab.press('ctrl-c');
    expect(await lab.exit()).toBe(0);
    expect(lab.output.lastIndexOf('\x1b[?2004l')).toBeGreaterThan(lab.output.lastIndexOf('\x1b[?2004h'));

    const next = open({args: ['--engine', 'sim'], env: {XDG_STATE_HOME: `${lab.folder}/.local/state`}});
    await next.waitFor('try:');
    next.press('up');
    await next.waitFor('the last command of the lab before', () => prompt(next).includes('set p3'));
  });
});

describe.skipIf(!hasBash())('ctrl-z in a shell', LIMIT, () => {
  test.each([
    ['native', ['--lan'], 4],
    ['sim', ['--engine', 'sim'], 0],
    ['postgres', ['--engine', 'postgres', '--lan', '--leaders', '2'], 3],
  ] as const)(
    'gives the terminal to the shell while the leaders run, and fg resumes the lab (%s)',
    async (_name, args, least) => {
      const shell = open({command: ['bash', '--norc', '-i'], env: {PS1: 'shell% '}});
      await shell.waitFor('shell%');
      shell.type(`'${process.execPath}' '${PROGRAM}' ${args.join(' ')}\r`);
      await shell.waitFor('the lab', () => /= converged/.test(shell.rows()[0] ?? ''), 60_000);
      const processes = descendantsOf(shell.pid);
      onTestFinished(() => killAll(processes));
      const [lab, ...leaders] = processes;
      expect(leaders.length).toBeGreaterThanOrEqual(least);
      shell.type('set before 1');
      await shell.waitFor('text at the prompt', () => prompt(shell).includes('set before 1'));
      shell.press('ctrl-z');
      await shell.waitFor('Stopped');
      expect([shell.isOnAlternateScreen, shell.isCursorShown]).toEqual([false, true]);
      expect(stillRunning(leaders)).toHaveLength(leaders.length);
      expect(statesOf(leaders.map(({pid}) => pid)).filter(state => state.startsWith('T'))).toEqual([]);
      expect(statesOf([lab?.pid ?? -1])).toEqual([expect.stringMatching(/^T/)]);
      // The shell has the keys, line by line.
      shell.type('echo the shell $((40 + 2)); stty -a | grep -o -- "[-]*icanon"\r');
      await shell.waitFor('the shell 42');
      await shell.waitFor('icanon', () => shell.rows().includes('icanon'));
      shell.resize({columns: 100, rows: 30});
      shell.type('fg\r');
      await shell.waitFor(
        'the lab again, in its new size',
        () => shell.isOnAlternateScreen && (shell.rows()[0] ?? '').includes('= converged'),
      );
      await shell.waitFor('its borders', () => shell.rows()[1]?.length === 100);
      await shell.waitFor('what was typed', () => prompt(shell).includes('set before 1'));
      shell.press('enter');
      await shell.waitFor('the write', () => shell.pane('timeline').includes('set before 1'));
      expect(shell.output.lastIndexOf('\x1b[?2004h')).toBeGreaterThan(
        shell.output.lastIndexOf('\x1b[?2004l'),
      );
      // A second time, and then the terminal goes while the lab is stopped.
      shell.press('ctrl-z');
      await shell.waitFor('Stopped', () => !shell.isOnAlternateScreen);
      await waitFor('the lab stopped', () => statesOf([lab?.pid ?? -1])[0]?.startsWith('T'));
      shell.hangUp();
      await untilGone(processes);
    },
  );

  test('without a shell does nothing', async () => {
    const lab = open({args: ['--engine', 'sim']});
    await lab.waitFor('try:');
    lab.press('ctrl-z');
    lab.type('set a 1');
    await lab.waitFor('what was typed', () => lab.isOnAlternateScreen && prompt(lab).includes('set a 1'));
  });
});

/** As `ps` tells them: T is stopped. */
function statesOf(pids: readonly number[]): string[] {
  if (pids.length === 0) return [];
  return execFileSync('ps', ['-o', 'stat=', '-p', pids.join(',')], {encoding: 'utf8'})
    .trim()
    .split('\n');
}

function hasBash(): boolean {
  try {
    execFileSync('bash', ['--version']);
    return true;
  } catch {
    return false;
  }
}
