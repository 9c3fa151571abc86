/**
 * Terminals that show less than others: without a cursor that moves, and without more than ASCII.
 */
import {expect, onTestFinished, test} from 'vitest';
import {Terminal, type TerminalOptions} from '../support/terminal.ts';

const LIMIT = {timeout: 60_000};

function open(options: TerminalOptions): Terminal {
  const terminal = new Terminal(options);
  onTestFinished(() => terminal.close());
  return terminal;
}

test.each([['start'], ['lab', '2']])(
  'TERM=dumb is refused, and the error names what works there: %s',
  LIMIT,
  async (...args) => {
    const program = open({args, env: {TERM: 'dumb'}});
    expect(await program.exit()).toBe(2);
    expect(program.output).toMatch(/TERM=dumb.*use: leaderlab run \S+/);
    expect(program.output).not.toContain('\x1b');
  },
);

test.each([[{TERM: 'linux'}], [{LANG: 'C'}], [{LANG: '', LC_ALL: 'de_DE.ISO-8859-1'}]] as const)(
  'with %j only ASCII reaches the terminal',
  LIMIT,
  async env => {
    const commands = [
      'set title A @us || set title B @eu',
      'set name "é日" @us',
      'cut us-eu',
      'set n 1 @us',
      'kill ap',
      'explain 1',
    ];
    const lab = open({args: ['--engine', 'sim', ...commands.flatMap(command => ['--exec', command])], env});
    await lab.waitFor('the story', () => lab.screen().includes('kill ap'));
    await lab.waitFor('the value, as an escape', () => lab.screen().includes(String.raw`\u00e9\u65e5`));
    lab.press('?');
    await lab.waitFor('help');
    expect([...lab.output].filter(character => character > '\x7f')).toEqual([]);
    const widths = lab
      .rows()
      .filter(row => /^[+|]/.test(row))
      .map(row => row.length);
    expect(new Set(widths)).toEqual(new Set([120]));
  },
);

test('commands without a screen print only ASCII, too', LIMIT, async () => {
  const quiz = open({args: ['lab'], env: {LANG: 'C'}});
  expect(await quiz.exit()).toBe(0);
  expect([...quiz.output].filter(character => character > '\x7f')).toEqual([]);
  expect(quiz.output.length).toBeGreaterThan(200);
});
