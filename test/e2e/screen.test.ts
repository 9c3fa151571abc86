/**
 * The screen as an object in a terminal: sizes and resizing, colours or none, what it does with hostile text,
 * and how it gives the terminal back.
 */
import {afterEach, beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {untilGone} from '../support/processes.ts';
import {borderFaults, PROGRAM, type Size, Terminal, type TerminalOptions} from '../support/terminal.ts';

const LIMIT = {timeout: 60_000};
const DESIGNED: Size = {columns: 120, rows: 36};

function open(options: TerminalOptions): Terminal {
  const terminal = new Terminal(options);
  onTestFinished(() => terminal.close());
  return terminal;
}

const isTooSmall = ({columns, rows}: Size): boolean => columns < 60 || rows < 16;

/** Until nothing on the screen is about to change but the clock. */
async function atRest(lab: Terminal): Promise<void> {
  await lab.waitFor('the lab at rest', () =>
    isTooSmall(lab.size)
      ? lab.screen().includes('leaderlab needs 60×16')
      : /us ● eu ● ap ● .*= converged/.test(lab.rows()[0] ?? '') &&
        !/no answer|connecting/.test(lab.screen()),
  );
}

/** Without what differs from one moment to the next: the clock. */
const still = (lab: Terminal): string[] => lab.rows().map(row => row.replace(/\d\d:\d\d:\d\d\s*$/, 'clock'));

/** Colours among the graphic renditions that the program asked for. */
function colours(output: string): string[] {
  return [...output.matchAll(/\x1b\[([\d;:]*)m/g)]
    .map(([, parameters = '']) => parameters)
    .filter(parameters => parameters.split(/[;:]/).some(n => /^(3[0-8]|4[0-8]|9\d|10[0-7])$/.test(n)));
}

describe('resizing', LIMIT, () => {
  const SIZES: readonly Size[] = [
    {columns: 80, rows: 24},
    {columns: 200, rows: 60},
    {columns: 59, rows: 15},
    DESIGNED,
  ];

  test('shows what a new start at that size shows', async () => {
    const lab = open(DESIGNED);
    await atRest(lab);
    for (const size of SIZES) {
      lab.resize(size);
      const fresh = open(size);
      await atRest(fresh);
      await lab.waitFor(
        `the screen of a fresh start at ${size.columns}×${size.rows}:\n${still(fresh).join('\n')}\n`,
        () => {
          return still(lab).join('\n') === still(fresh).join('\n');
        },
      );
      expect(borderFaults(lab.cells())).toEqual([]);
      await fresh.close();
    }
  });

  test('leaves no old text on the screen, and keeps what was typed', async () => {
    const lab = open({
      ...DESIGNED,
      args: [
        '--exec',
        'set title A @us',
        '--exec',
        'set n 1 @eu',
        '--exec',
        'cut us-eu',
        '--exec',
        'set title C @ap',
      ],
    });
    await lab.waitFor('all that was to be done', () => lab.pane('timeline').includes('set title C @ap'));
    await lab.waitFor('✂ cut');
    lab.type('set price 12');
    await lab.waitFor('set price 12');
    for (const size of [...SIZES, ...SIZES].filter(candidate => !isTooSmall(candidate))) {
      // Not a jump but a pull, as by hand: sizes in between are passed through.
      lab.resize({columns: size.columns - 7, rows: size.rows - 3});
      lab.resize({columns: size.columns - 1, rows: size.rows - 1});
      lab.resize(size);
      await lab.waitFor(`a whole screen of ${size.columns}×${size.rows}`, () => {
        const keys = lab.rows()[size.rows - 2] ?? '';
        return (
          keys.startsWith('  prompt ') &&
          lab.pane('us ● up') !== '' &&
          lab.screen().includes('› set price 12')
        );
      });
      expect(borderFaults(lab.cells())).toEqual([]);
      expect(lab.panes().map(({title}) => title.split(' ')[0])).toEqual([
        'topology',
        'us',
        'eu',
        'ap',
        'conflicts',
        'timeline',
      ]);
      expect(lab.rows().at(-1)).toBe('');
      expect(lab.rows().filter(row => /^ us › /.test(row))).toHaveLength(1);
      expect(lab.screen().match(/✂ cut/g)).toHaveLength(1);
      expect(lab.rows()[1]).toMatch(/╮$/);
      expect(lab.cells()[1]?.at(-1)).toBe('╮');
    }
  });

  test('below the smallest size asks for room, and says how much', async () => {
    const lab = open({columns: 59, rows: 15});
    await lab.waitFor('leaderlab needs 60×16');
    expect(lab.screen()).toContain('this is 59×15');
    expect(lab.screen()).not.toMatch(/[╭╮╰╯]/);
    lab.resize({columns: 60, rows: 16});
    await atRest(lab);
    expect(lab.screen()).not.toContain('needs');
    expect(borderFaults(lab.cells())).toEqual([]);
    lab.resize({columns: 20, rows: 4});
    await lab.waitFor('leaderlab needs');
    lab.press('ctrl-c');
    expect(await lab.exit()).toBe(0);
  });
});

describe('without colour', LIMIT, () => {
  const STORY = [
    'set title A @us || set title B @eu',
    'wait converged',
    'kill ap',
    'cut us-eu',
    'set n 1 @us',
  ].flatMap(command => ['--exec', command]);

  test('every state has a glyph and a word', async () => {
    const lab = open({...DESIGNED, args: STORY, env: {NO_COLOR: '1'}});
    await lab.waitFor('the end of the story', () => lab.pane('timeline').includes('✔ set n 1 @us'));
    await lab.waitFor('waiting');
    await lab.waitFor('what the cut did', () =>
      /us ● eu ● ap ✕ .*≠ diverged .*2 of 3 live/.test(lab.rows()[0] ?? ''),
    );
    await lab.waitFor('what ap lacks', () => lab.pane('ap ✕ killed').includes('behind 1'));
    expect(lab.pane('us ● up')).toMatch(/title "[AB]" +≠ 2 siblings/);
    expect(lab.pane('topology')).toContain('✂ cut');
    expect(lab.pane('conflicts 1')).toMatch(/lost 1[\s\S]*us "A"[\s\S]*lost (us|eu):1/);
    await lab.enter('kil us');
    await lab.waitFor('^ no command "kil"; did you mean kill?');
    lab.press('ctrl-u');
    await lab.waitFor('an empty prompt', () => lab.rows().some(row => row === ' us ›'));
    lab.press('esc');
    await lab.waitFor('the mark of the pane that has the keys', () => /╭▸/.test(lab.screen()));
    expect(colours(lab.output)).toEqual([]);
  });

  test('colours appear if they are allowed', async () => {
    const lab = open({...DESIGNED, args: ['--lan']});
    await atRest(lab);
    expect(colours(lab.output).some(parameters => parameters.includes('38;2'))).toBe(true);
  });
});

test('a hostile value does not reach the terminal', LIMIT, async () => {
  const lab = open({...DESIGNED, args: ['--lan']});
  await atRest(lab);
  await lab.enter(String.raw`set x "red\u001b[31m\u0007\u009b2J\u202e"`);
  await lab.waitFor('the value at every leader', () =>
    ['us', 'eu', 'ap'].every(leader => /\bx .*red/.test(lab.pane(`${leader} ●`))),
  );
  // The answer of one leader fits on a line, and covers nothing.
  await lab.enter('get x @us');
  await lab.waitFor('the answer', () => lab.pane('timeline').includes('get x @us'));
  expect(lab.bells).toBe(0);
  expect(lab.output).not.toContain('\x07');
  expect(lab.output).not.toMatch(/red\x1b\[31m|\u009b|\u202e/);
  expect(lab.cells().flat().join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
  expect(borderFaults(lab.cells())).toEqual([]);
});

describe('the terminal is restored', LIMIT, () => {
  // A shell around the lab: what it finds before and after is compared.
  const script = 'echo before; stty -g; "$0" "$@"; echo "status $?"; stty -g';
  let shell: Terminal;
  beforeEach(async () => {
    shell = new Terminal({
      ...DESIGNED,
      command: ['/bin/sh', '-c', script, process.execPath, PROGRAM, '--lan'],
    });
    await atRest(shell);
  });
  afterEach(() => shell.close());

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['ctrl-c', 0],
  ] as const)('after %s', async (how, status) => {
    const [lab, ...children] = shell.children();
    if (lab === undefined) throw new Error('the shell started nothing');
    expect(children.length).toBeGreaterThanOrEqual(4);
    if (how === 'ctrl-c') shell.press('ctrl-c');
    else process.kill(lab.pid, how);
    expect(await shell.exit()).toBe(0);
    expect([shell.isOnAlternateScreen, shell.isCursorShown]).toEqual([false, true]);
    const [first, before, ended, after, ...rest] = shell.rows();
    expect([first, ended, after]).toEqual(['before', `status ${status}`, before]);
    expect(rest.join('')).toBe('');
    await untilGone([lab, ...children], 2000);
    expect(shell.leftovers()).toEqual([]);
  });
});

describe('choosing, comparing and inspecting', LIMIT, () => {
  const opened = (lab: Terminal): string => lab.rows()[1] ?? '';
  const verdict = (lab: Terminal): string => lab.rows()[0] ?? '';

  test(
    'r chooses a resolver for one leader: the header ' + 'warns, the card names it, and z reverts it',
    async () => {
      const lab = open({...DESIGNED, args: ['--lan']});
      await atRest(lab);
      lab.press('esc');
      await lab.waitFor('the keys in the panes', () =>
        /^ {2}topology /.test(lab.rows()[DESIGNED.rows - 2] ?? ''),
      );
      lab.type('r');
      await lab.waitFor('the list of resolvers', () => opened(lab).includes('resolver: what a reader sees'));
      for (let i = 0; i < 4; i++) lab.type('j');
      await lab.waitFor('siblings', () => lab.screen().includes('Riak allow_mult'));
      lab.type('@@');
      await lab.waitFor('‹eu›');
      lab.press('enter');
      await lab.waitFor('the warning', () => verdict(lab).includes('≠ resolvers'));
      await lab.waitFor('the card', () => lab.pane('eu ● up').includes('≠ siblings'));
      expect(lab.pane('timeline')).toContain('resolver siblings @eu');
      lab.type('z');
      await lab.waitFor('all alike', () => !verdict(lab).includes('≠ resolvers'));
      expect(borderFaults(lab.cells())).toEqual([]);
    },
  );

  test('enter on a conflict opens its story, v compares every resolver, and esc returns', async () => {
    const lab = open({
      ...DESIGNED,
      args: ['--lan', '--exec', 'set title A @us || set title B @eu', '--exec', 'wait converged'],
    });
    await lab.waitFor('the conflict', () => lab.pane('conflicts 1').includes('#1'));
    lab.press('esc');
    await lab.waitFor('the keys in the panes', () =>
      /^ {2}topology /.test(lab.rows()[DESIGNED.rows - 2] ?? ''),
    );
    lab.type('3');
    lab.press('enter');
    await lab.waitFor(
      'the story',
      () => opened(lab).includes('conflict #1') && lab.screen().includes('what happened'),
    );
    expect(lab.screen()).toMatch(
      /(us|eu):1 wins: (written [^,]+ later, by its own clock|its wall clock equals)/,
    );
    lab.press('esc');
    await lab.waitFor('the panes', () => lab.pane('conflicts 1') !== '');
    lab.type('v');
    await lab.waitFor('the comparison', () => /siblings +"A" ∥ "B" +✔ nothing lost/.test(lab.screen()));
    expect(lab.screen()).toMatch(/● lww +"[AB]" +✘ lost (us|eu):1/);
    lab.type('q');
    await lab.waitFor('the panes again', () => lab.pane('conflicts 1') !== '');
    expect(borderFaults(lab.cells())).toEqual([]);
  });

  test('a link is inspected, cut and healed by keys, in a window that is resized meanwhile', async () => {
    const lab = open({...DESIGNED, args: ['--lan', '--exec', 'focus us']});
    await atRest(lab);
    lab.press('esc');
    await lab.waitFor('the keys in the panes', () =>
      /^ {2}topology /.test(lab.rows()[DESIGNED.rows - 2] ?? ''),
    );
    lab.type('lll');
    lab.press('enter');
    await lab.waitFor(
      'the link',
      () => opened(lab).includes('link us-eu') && lab.screen().includes('● open'),
    );
    lab.type('c');
    await lab.waitFor('the cut', () => /suffers +✂ cut/.test(lab.screen()));
    lab.resize({columns: 80, rows: 24});
    await lab.waitFor(
      'the link in a smaller window',
      () => opened(lab).includes('link us-eu') && opened(lab).length === 80,
    );
    expect(borderFaults(lab.cells())).toEqual([]);
    lab.type('c');
    await lab.waitFor('no cut', () => !/✂ cut/.test(lab.screen()) && lab.screen().includes('● open'));
    lab.press('esc');
    await lab.waitFor('the panes', () => lab.pane('us ● up') !== '');
  });
});
