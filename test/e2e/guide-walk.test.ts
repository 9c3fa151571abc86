/**
 * More labs as a person goes through them, from the introduction to the summary: a prediction of each kind,
 * tasks by commands of their own behind a hint, and a step anew. Two in virtual time, in both sizes; one on
 * PostgreSQL servers, which take a while to start, and for a step anew again.
 */
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import type {Lab, Part} from '../../src/course/lab-types.ts';
import {readLab} from '../../src/course/read-lab.ts';
import {Terminal} from '../support/terminal.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'labs');

function labOf(name: string): Lab {
  const read = readLab(name, readFileSync(join(FOLDER, `${name}.md`), 'utf8'));
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.lab;
}

const partsOf = (lab: Lab): readonly Part[] => lab.steps.flatMap(({parts}) => parts);

const WIDE = {columns: 120, rows: 36};
const SMALL = {columns: 80, rows: 24};

describe.each([
  {name: '01-two-leaders-one-key', number: 1, engine: 'sim', sizes: [WIDE, SMALL]},
  {name: '07-the-ring-breaks', number: 7, engine: 'sim', sizes: [WIDE, SMALL]},
  {name: '17-values-that-swap', number: 17, engine: 'postgres', sizes: [SMALL]},
])('lab $name on the $engine engine', ({name, number, engine, sizes}) => {
  const lab = labOf(name);
  const questions = partsOf(lab).filter(({type}) => type === 'predict').length;
  const solutions = partsOf(lab).flatMap(part =>
    part.type === 'task' ? part.solution.map(({text}) => text) : [],
  );

  test.each(sizes)(
    'can be completed in a terminal of $columns×$rows',
    {timeout: 90_000},
    async ({columns, rows}) => {
      const data = mkdtempSync(join(tmpdir(), 'guide-test-'));
      onTestFinished(() => rmSync(data, {recursive: true, force: true}));
      const terminal = new Terminal({
        columns,
        rows,
        args: ['lab', String(number), '--engine', engine],
        env: {XDG_DATA_HOME: data},
      });
      onTestFinished(() => terminal.close());
      let [chosen, typed, redone] = [0, 0, 0];
      const guide = (): string => terminal.pane(`lab ${number} ·`).replace(/\s+/g, ' ');
      const keysLine = (): string => terminal.rows().findLast(row => row !== '') ?? '';
      const leads = (): string => terminal.rows().find(row => row.startsWith(' enter: ')) ?? '';
      const isAsked = (): boolean => terminal.screen().includes('choose an answer');
      const isTask = (): boolean =>
        /ctrl-t hint/.test(keysLine()) && leads() === '' && typed < solutions.length;
      const isDone = (): boolean =>
        guide().includes('the lab is done') || terminal.screen().includes('the lab is done');

      if (engine === 'postgres') await terminal.waitFor('starting 2 PostgreSQL servers');
      await terminal.waitFor('the introduction', () => leads().includes('begin'));
      for (let turns = 0; !isDone(); turns++) {
        if (turns > 200) throw new Error(`no end:\n${terminal.screen()}`);
        await terminal.waitFor('something to do', () => isDone() || isAsked() || isTask() || leads() !== '');
        if (isDone()) break;
        const [before, shown] = [`${leads()}${keysLine()}`, guide()];
        if (isAsked()) {
          terminal.press(String(1 + (chosen++ % 2)));
        } else if (isTask()) {
          if (typed === 0) {
            terminal.press('ctrl-t');
            await terminal.waitFor('a hint', () => terminal.screen().includes('✔ hint'));
          }
          const command = solutions[typed++] ?? '';
          await terminal.enter(command);
          await terminal.waitFor(
            `the answer to ${command}`,
            () => terminal.screen().includes(` ${command}`) && !terminal.screen().includes(`› ${command}`),
          );
          continue;
        } else if (chosen === 1 && redone === 0) {
          redone++;
          chosen = 0;
          terminal.press('ctrl-r');
        } else terminal.press('enter');
        await terminal.waitFor(
          'what comes of it',
          () => isDone() || `${leads()}${keysLine()}` !== before || guide() !== shown,
        );
      }
      expect([chosen, typed, redone]).toEqual([questions, solutions.length, 1]);
      expect(guide()).toMatch(new RegExp(`\\d/${questions} predictions right`));
      terminal.press('ctrl-c');
      expect(await terminal.exit()).toBe(0);
    },
  );
});
