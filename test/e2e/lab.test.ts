/**
 * The main story, as a person lives it: three leaders, a conflict, a crash, a partition, another resolver,
 * and a clean end. Told twice, in the smallest terminal that everything fits in and in the one that the
 * screen is made for.
 */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {COMMANDS, GROUPS} from '../../src/command/table/all-commands.ts';
import {stillRunning, untilGone} from '../support/processes.ts';
import {Terminal} from '../support/terminal.ts';

const LEADERS = ['us', 'eu', 'ap'] as const;
type Leader = (typeof LEADERS)[number];

/**
 * The leaders whose write was lost, in a row of the conflict log: `lost us:1`, or in a narrow one `us "A" ✘`.
 */
const lostIn = (row: string): (string | undefined)[] =>
  [...row.matchAll(/lost (us|eu):1|(us|eu) "[AB]" ✘/g)].map(([, worded, crossed]) => worded ?? crossed);

describe.each([
  {columns: 120, rows: 36, leave: 'q'},
  {columns: 80, rows: 24, leave: 'quit'},
] as const)('in a terminal of $columns×$rows', {timeout: 60_000}, ({columns, rows, leave}) => {
  let lab: Terminal;
  beforeAll(() => {
    lab = new Terminal({columns, rows});
  });
  afterAll(() => lab.close());

  const card = (leader: Leader): string => lab.pane(`${leader} `);
  const header = (): string => lab.rows()[0] ?? '';
  const keysLine = (): string => lab.rows().findLast(row => row !== '') ?? '';
  const promptRow = (): number => lab.rows().findIndex(row => /^ \S+ › ?/.test(row));
  const prompt = (): string => lab.rows()[promptRow()]?.replace(/^ \S+ › ?/, '') ?? '';
  /** What a card says about a key: `"A"`, `—`. */
  const shown = (leader: Leader, key: string): string | undefined =>
    new RegExp(`^\\s*${key} +(.*?)(?: +(?:\\w+:\\d+|≠ .*))?$`, 'm').exec(card(leader))?.[1];
  const everywhere = (key: string): (string | undefined)[] => LEADERS.map(leader => shown(leader, key));
  const waiting = (): number => Number(/(\d+) waiting/.exec(lab.pane('topology'))?.[1] ?? 0);
  const toPanes = async (): Promise<void> => {
    lab.press('esc');
    await lab.waitFor('the panes have the keys', () =>
      /^ {2}(topology|leaders|conflicts|timeline) /.test(keysLine()),
    );
  };
  const toPrompt = async (): Promise<void> => {
    lab.press(':');
    await lab.waitFor('the prompt has the keys', () => keysLine().startsWith('  prompt '));
  };

  test('three leaders start', async () => {
    await lab.waitFor('three leaders up', () => LEADERS.every(leader => lab.pane(`${leader} ● up`) !== ''));
    expect(header()).toContain('us ● eu ● ap ●');
    expect(header()).toContain('mesh · lww');
    await lab.waitFor('the links stand', () => !lab.screen().includes('no answer'));
    expect(lab.screen()).toContain('try: set title A @us || set title B @eu');
    expect(keysLine()).toMatch(/^ {2}prompt /);
  });

  test(
    'two concurrent writes are a conflict: one of them ' + 'is lost, and all leaders show the other',
    async () => {
      await lab.enter('set title A @us || set title B @eu');
      await lab.waitFor(
        'a conflict with a lost write',
        () => lostIn(lab.pane('conflicts 1').split('\n')[1] ?? '').length > 0,
      );
      await lab.waitFor('all cards agree, and have seen both', () => {
        const agree =
          new Set(everywhere('title')).size === 1 &&
          LEADERS.every(leader => /title "[AB]" +≠ 2/.test(card(leader)));
        return agree && /→ "[AB]"/.test(lab.pane('conflicts'));
      });
      const [title = '', line = ''] = lab.pane('conflicts').split('\n');
      expect(title).toContain('lost 1');
      expect(line).toMatch(/us "A"/);
      expect(line).toMatch(/eu "B"/);
      const lost = lostIn(line);
      expect(lost).toHaveLength(1);
      expect(line).not.toMatch(/ \+\d/);
      const winner = lost[0] === 'us' ? '"B"' : '"A"';
      expect(everywhere('title')).toEqual([winner, winner, winner]);
      expect(line).toContain(`→ ${winner}`);
    },
  );

  test('a key in the panes opens the whole story of a conflict', async () => {
    await toPanes();
    lab.press('3');
    await lab.waitFor('▸conflicts');
    lab.press('enter');
    await lab.waitFor('▸conflict #1');
    const story = lab.pane('conflict #1');
    expect(story).toContain('title · set/set · neither had seen the other');
    expect(story.replace(/\s+/g, ' ')).toMatch(/(us|eu):1 wins: .* was acknowledged and is lost/);
    const clock = String.raw`\d\d:\d\d:\d\d\.\d{3}`;
    for (const write of ['us:1 +set "A"', 'eu:1 +set "B"'])
      expect(story).toMatch(
        new RegExp(`${write} +[✘✔] (lost|kept) +acknowledged\\s+wall ${clock}.* hlc ${clock}\\+\\d`),
      );
    expect(story).toContain('✘ lost: ');
    for (const leader of LEADERS)
      expect(story).toMatch(new RegExp(`^ +${leader} +"[AB]" +lww +reported ${clock}`, 'm'));
    lab.press('esc');
    await lab.waitFor('the panes are back', () => lab.pane('topology') !== '');
    await toPrompt();
  });

  test('a killed leader is shown as killed, and the others continue', async () => {
    await lab.enter('kill ap');
    await lab.waitFor('ap killed', () => lab.pane('ap ✕ killed') !== '');
    expect(header()).toContain('ap ✕');
    await lab.enter('set n 1 @us');
    await lab.waitFor('n at us and eu', () => shown('us', 'n') === '1' && shown('eu', 'n') === '1');
    expect(shown('ap', 'n')).toBe('—');
    expect(card('ap')).toContain('behind 1');
    expect(header()).toContain('2 of 3 live');
  });

  test('a restarted leader catches up', async () => {
    await lab.enter('restart ap');
    await lab.waitFor('ap has n', () => lab.pane('ap ● up') !== '' && shown('ap', 'n') === '1');
    await lab.waitFor('= converged', () => header().includes('= converged') && !header().includes('live'));
    expect(card('ap')).toContain('in step');
  });

  test('the queue grows behind a cut link', async () => {
    await lab.enter('cut us-eu');
    await lab.waitFor('the cut', () => lab.pane('topology').includes('✂ cut'));
    await lab.enter('set a 1 @us');
    await lab.enter('set b 2 @eu');
    await lab.waitFor('a queue', () => waiting() >= 2);
    await lab.enter('set a 3 @us');
    await lab.enter('set b 4 @eu');
    await lab.waitFor('a longer queue', () => waiting() >= 4);
    await lab.waitFor('ap has both', () => shown('ap', 'a') === '3' && shown('ap', 'b') === '4');
    expect([everywhere('a'), everywhere('b')]).toEqual([
      ['3', '—', '3'],
      ['—', '4', '4'],
    ]);
    expect(header()).toContain('≠ diverged · 4 ops waiting');
  });

  test('after the heal of the link, the queue drains and the leaders agree', async () => {
    await lab.enter('heal');
    await lab.waitFor('= converged');
    expect(lab.pane('topology')).not.toMatch(/cut|waiting/);
    expect([everywhere('a'), everywhere('b')]).toEqual([
      ['3', '3', '3'],
      ['4', '4', '4'],
    ]);
    for (const leader of LEADERS) expect(card(leader)).toContain('in step');
  });

  test('another resolver keeps both values of the same history', async () => {
    await lab.enter('resolver siblings');
    await lab.waitFor('mesh · siblings');
    await lab.waitFor('both values at all', () =>
      everywhere('title').every(text => /"A" ∥ "B"|"B" ∥ "A"/.test(text ?? '')),
    );
    await lab.waitFor('none lost', () => /none lost|both kept/.test(lab.pane('conflicts')));
    expect(lab.pane('conflicts')).not.toContain('✘');
  });

  test('the story of the conflict changes with the resolver', async () => {
    await lab.enter('explain 1');
    await lab.waitFor('▸conflict #1');
    const story = lab.pane('conflict #1');
    expect(story).toContain('✔ no acknowledged write was lost');
    for (const leader of LEADERS)
      expect(story).toMatch(new RegExp(`^ +${leader} +"[AB]" ∥ "[AB]" +siblings`, 'm'));
    lab.press('esc');
    await lab.waitFor('the panes are back', () => lab.pane('topology') !== '');
  });

  test('a typo is marked with a caret and answered with a suggestion', async () => {
    await lab.enter('kil us');
    await lab.waitFor('no command "kil"; did you mean kill?', () =>
      (lab.rows()[promptRow() + 1] ?? '').includes('^ no command "kil"; did you mean kill?'),
    );
    const [typed = '', below = ''] = lab.rows().slice(promptRow());
    expect(typed).toContain('kil us');
    expect(below.indexOf('^')).toBe(typed.indexOf('kil us'));
    expect(lab.pane('us ● up')).not.toBe('');
  });

  test('up recalls the previous line', async () => {
    for (const text of ['explain 1', 'resolver siblings']) {
      lab.press('up');
      await lab.waitFor(`${text} at the prompt`, () => prompt() === text);
    }
    lab.press('down');
    await lab.waitFor('the newer one', () => prompt() === 'explain 1');
    lab.press('ctrl-u');
    await lab.waitFor('an empty prompt', () => prompt() === '');
  });

  test('tab completes the word, then offers what can follow', async () => {
    lab.type('reso');
    lab.press('tab');
    await lab.waitFor('the word', () => prompt() === 'resolver');
    lab.press('tab');
    await lab.waitFor('the candidates', () => /lww +hlc +fww/.test(lab.rows()[promptRow() + 1] ?? ''));
    expect(prompt()).toBe('resolver lww');
    lab.press('tab');
    await lab.waitFor('the next candidate', () => prompt() === 'resolver hlc');
    lab.press('ctrl-u');
    await lab.waitFor('an empty prompt', () => prompt() === '');
  });

  test('the help lists every command of the table', async () => {
    lab.press('?');
    await lab.waitFor('▸help');
    // Virtual time and guided labs have theirs where they are.
    const groups = (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).filter(
      group => group !== 'time' && group !== 'lab',
    );
    for (const {usage, summary} of groups.flatMap(group =>
      COMMANDS.filter(command => command.group === group),
    )) {
      const [left, right] = [usage.slice(0, 30).trimEnd(), summary.split(' ').slice(0, 3).join(' ')];
      // What is too wide for its column stands above what it means.
      const isThere = (rows: readonly string[]): boolean =>
        rows.some(
          (line, i) => line.includes(` ${left}`) && rows.slice(i, i + 4).some(below => below.includes(right)),
        );
      await lab.waitFor(`${left}: ${right}`, () => isThere(lab.rows()));
      lab.press('down');
    }
    await lab.waitFor('Keys in the panes');
    lab.press('esc');
    await lab.waitFor('the panes are back', () => lab.pane('topology') !== '');
  });

  test('undo reverts the last fault, at the prompt and in the panes', async () => {
    await lab.enter('kill eu');
    await lab.waitFor('eu killed', () => lab.pane('eu ✕ killed') !== '');
    await lab.enter('undo');
    await lab.waitFor('eu up again', () => lab.pane('eu ● up') !== '');
    await lab.enter('cut eu-ap');
    await lab.waitFor('the cut', () => lab.pane('topology').includes('✂ cut'));
    await toPanes();
    lab.press('z');
    await lab.waitFor('no cut', () => !lab.pane('topology').includes('cut'));
    expect(lab.pane('timeline')).toMatch(/✔ undo/);
  });

  test('leaving restores the terminal, and leaves no process and no file', async () => {
    const children = lab.children();
    expect(children.length).toBeGreaterThanOrEqual(4);
    expect(lab.leftovers()).toHaveLength(1);
    expect([lab.isOnAlternateScreen, lab.isCursorShown]).toEqual([true, false]);
    if (leave === 'q') lab.press('q');
    else {
      await toPrompt();
      await lab.enter('quit');
    }
    expect(await lab.exit()).toBe(0);
    expect([lab.isOnAlternateScreen, lab.isCursorShown]).toEqual([false, true]);
    expect(lab.screen().trim()).toBe('');
    await untilGone(children, 2000);
    expect(stillRunning(children)).toEqual([]);
    expect(lab.leftovers()).toEqual([]);
  });
});
