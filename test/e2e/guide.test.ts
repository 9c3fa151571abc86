/**
 * A guided lab as a person goes through it: a wrong prediction and its reason, the step again, a right one, a
 * task with a hint, the end, and what is remembered of it.
 */
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, onTestFinished, test} from 'vitest';
import {stillRunning, untilGone} from '../support/processes.ts';
import {Workplace} from '../support/program.ts';
import {borderFaults, PROGRAM, Terminal} from '../support/terminal.ts';

/** In a folder, where what the lab keeps is written. */
const inFolder = (folder: string, words: string): readonly [string, ...string[]] => [
  '/bin/sh',
  '-c',
  `cd '${folder}' && exec '${process.execPath}' '${PROGRAM}' ${words}`,
];

const KEPT = '02-last-write-wins.lab';

describe.each([
  {columns: 120, rows: 36, engine: 'native'},
  {columns: 80, rows: 24, engine: 'sim'},
])('in a terminal of $columns×$rows, on the $engine engine', {timeout: 60_000}, ({columns, rows, engine}) => {
  let folder: string;
  let lab: Terminal;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'guide-test-'));
    lab = new Terminal({
      columns,
      rows,
      command: inFolder(folder, `lab 2 --engine ${engine}`),
      env: {XDG_DATA_HOME: join(folder, 'data')},
    });
  });
  afterAll(async () => {
    await lab.close();
    rmSync(folder, {recursive: true, force: true});
  });

  const guide = (): string => lab.pane('lab 2 ·').replace(/\s+/g, ' ');
  const keysLine = (): string => lab.rows().findLast(row => row !== '') ?? '';
  /** What enter leads to, by the line above the prompt. */
  const leads = (): string => lab.rows().find(row => row.startsWith(' enter: ')) ?? '';
  /** Presses enter while the lab only waits to continue, until the pane shows the text. */
  const onTo = async (text: string, holds: () => boolean = () => guide().includes(text)): Promise<void> => {
    for (let presses = 0; !holds(); presses++) {
      if (presses > 20) throw new Error(`no ${text}:\n${lab.screen()}`);
      await lab.waitFor(`a way on to ${text}`, () => holds() || leads() !== '');
      if (holds()) break;
      const [before, shown] = [leads(), guide()];
      lab.press('enter');
      await lab.waitFor(
        `what comes behind ${before}`,
        () => holds() || leads() !== before || guide() !== shown,
      );
    }
  };
  const chooses = async (n: number): Promise<void> => {
    await lab.waitFor('a question', () => keysLine().includes('1–3 choose'));
    lab.press(String(n));
    await lab.waitFor('the answer', () => new RegExp(`▸ ${n} `).test(guide()));
  };

  test('it opens with its introduction, and nothing else is suggested', async () => {
    await lab.waitFor('enter: begin');
    expect(guide()).toContain('Three leaders accept writes.');
    expect(lab.screen()).not.toContain('try:');
    expect(borderFaults(lab.cells())).toEqual([]);
  });

  test('a question is answered before its commands are offered, and can be changed', async () => {
    lab.press('enter');
    await lab.waitFor('the question', () => guide().includes('? Both get "ok".'));
    expect(leads()).toBe('');
    await chooses(3);
    await lab.waitFor('enter: set seat Ada @us || set seat Ben @eu');
    await chooses(2);
  });

  test('a wrong answer is shown with its reason from the history', async () => {
    lab.press('enter');
    await lab.waitFor('enter: wait converged');
    await onTo('the story of the conflict', () => lab.pane('conflict #1') !== '');
    await lab.waitFor('enter: back to the lab');
    lab.press('enter');
    await lab.waitFor('the verdict', () =>
      guide().includes('✘ not 2: both names, and the reader has to choose'),
    );
    expect(guide()).toMatch(/expected siblings seat @ap = 2, seen 1: "(Ada|Ben)" at ap/);
    expect(guide()).toMatch(
      /conflict 1: (us|eu):1 wins: (written .* later, .* than|its wall clock equals that of) (us|eu):1/,
    );
    await lab.waitFor('the right answer', () =>
      guide().includes('✔ but 1: one name, the same at every leader'),
    );
    await lab.waitFor('the checks', () => /✔ siblings seat @all = 1 ✔ conflicts seat = 1/.test(guide()));
  });

  test('redo restarts the step on a fresh cluster', async () => {
    const before = engine === 'native' ? lab.children().map(({pid}) => pid) : [];
    lab.press('ctrl-r');
    await lab.waitFor(
      'the question again',
      () => keysLine().includes('1–3 choose') && lab.pane('us ').includes('no ops yet'),
    );
    expect(lab.pane('conflicts')).toContain('no conflicts yet');
    expect(lab.screen()).toContain('✔ redo');
    await lab.waitFor('the processes before to be gone', () =>
      lab.children().every(({pid}) => !before.includes(pid)),
    );
  });

  test('a right answer is shown too', async () => {
    await chooses(1);
    await onTo('✔ right, 1: one name, the same at every leader');
  });

  test('the task has a hint, and is done when its checks hold', async () => {
    await onTo('? us sets phone to 200', () => keysLine().includes('choose'));
    await chooses(3);
    await onTo('◇ Make every leader read 200 and Rome.');
    expect(guide()).toContain('○ lost user = 0');
    lab.press('ctrl-t');
    await lab.waitFor('the hint', () => guide().includes('hint 1 Look in the list'));
    await lab.enter('resolver fields');
    await lab.waitFor('the end of the task', () => guide().includes('✔ lost user = 0'));
  });

  test('the summary counts answers and tasks, and keep writes the command file', async () => {
    await onTo('the lab is done');
    expect(guide()).toContain('✔ 2/2 predictions right, 1 after a redo');
    expect(guide()).toContain('✔ 1 task done, 0 without a hint');
    expect(guide()).not.toContain('not remembered');
    lab.press('ctrl-o');
    await lab.waitFor(`kept: leaderlab run ${KEPT}`);
    expect(readFileSync(join(folder, KEPT), 'utf8')).toContain('\nresolver fields\n');
  });

  test('leaving leaves no process and no file', async () => {
    const children = lab.children();
    lab.press('ctrl-c');
    expect(await lab.exit()).toBe(0);
    await untilGone(children, 2000);
    expect(stillRunning(children)).toEqual([]);
    expect(lab.leftovers()).toEqual([]);
  });

  test('the list of labs shows that it was done, and the command file repeats it', async () => {
    const list = new Terminal({columns, rows, args: ['lab'], env: {XDG_DATA_HOME: join(folder, 'data')}});
    onTestFinished(() => list.close());
    expect(await list.exit()).toBe(0);
    expect(list.output).toMatch(/^ 2 {2}✔ 2\/2 {2}The last write wins/m);
    const place = new Workplace();
    onTestFinished(() => place.close());
    const {status, out} = await place.run('run', '--engine', 'sim', join(folder, KEPT));
    expect({status, out}).toMatchObject({status: 0});
  });
});

describe('leaderlab lab', () => {
  const run = async (...args: string[]) => {
    const place = new Workplace();
    onTestFinished(() => place.close());
    place.file(
      'wrong.md',
      '---\ntitle: Wrong\nteaches: nothing\nminutes: 1\n---\n\n## One\n\n```labb\nset a 1\n```\n',
    );
    return place.run('lab', ...args);
  };

  test('lists the labs', async () => {
    const {status, out} = await run();
    expect(status).toBe(0);
    const row = out.split('\n').find(line => line.startsWith(' 2 '));
    expect(row).toMatch(/^ 2 {9}The last write wins, and the other is lost +5 min/);
    expect(row).toMatch(/5 min {2}last write wins, acknowledgement, lost writes$/);
  });

  test('without a terminal, names run', async () => {
    expect(await run('2')).toMatchObject({
      status: 2,
      err: expect.stringMatching(
        /and the output is not a terminal; use: leaderlab run .*02-last-write-wins\.md$/,
      ),
    });
  });

  test('reports the errors of a file before anything starts, as run does', async () => {
    const {status, err} = await run('wrong.md');
    expect({status, err}).toEqual({
      status: 2,
      err: 'wrong.md:9: no block "labb"; did you mean lab?\n  there are lab, check, predict, task',
    });
  });

  test('lists the labs for an unknown name', async () => {
    expect(await run('99')).toMatchObject({status: 2, err: expect.stringContaining('no lab "99"')});
    expect(await run('nowhere.md')).toMatchObject({
      status: 2,
      err: 'nowhere.md: cannot be read: there is no such file',
    });
  });
});
