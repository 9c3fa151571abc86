/**
 * Real PostgreSQL servers as a person sees them, in a real terminal: the server's own words about a conflict,
 * a link that it stopped and what repairs it, a partition that heals, and an end that leaves nothing.
 */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {descendantsOf, untilGone} from '../support/processes.ts';
import {Terminal} from '../support/terminal.ts';

describe.each([
  {columns: 120, rows: 36},
  {columns: 80, rows: 24},
])('in a terminal of $columns×$rows', {timeout: 60_000}, ({columns, rows}) => {
  let lab: Terminal;
  beforeAll(() => {
    lab = new Terminal({columns, rows, args: ['--engine', 'postgres', '--lan']});
  });
  afterAll(() => lab.close());

  const header = (): string => lab.rows()[0] ?? '';

  test('three servers start, and the screen shows their versions', async () => {
    await lab.waitFor(
      'the servers',
      () => header().includes('= converged') && lab.screen().includes('set title draft @us'),
    );
    expect(header()).toContain('postgres · mesh · apply-remote');
  });

  test('two concurrent updates swap, and the story has the server’s log line', async () => {
    await lab.enter('set title draft @us');
    await lab.waitFor('it everywhere', () => /draft/.test(lab.pane('ap ')));
    await lab.enter('set title A @us || set title B @eu');
    await lab.waitFor(
      'the swap',
      () => /title\s+"B"/.test(lab.pane('us ')) && /title\s+"A"/.test(lab.pane('eu ')),
    );
    await lab.waitFor('the conflict', () => lab.pane('conflicts 1') !== '');
    await lab.enter('explain 1');
    await lab.waitFor('the story', () => lab.screen().includes('neither had seen the other'));
    const isShown = (): boolean =>
      /conflict detected on relation "public\.kv"/.test(lab.screen().replace(/\s*│\n│\s*/g, ' '));
    for (let page = 0; page < 5 && !isShown(); page++) {
      const before = lab.screen();
      lab.press('page-down');
      await lab.waitFor('the next page', () => lab.screen() !== before);
    }
    expect(isShown()).toBe(true);
    lab.press('esc');
  });

  test('a partition heals, and the waiting writes arrive', async () => {
    await lab.waitFor('the panes', () => lab.pane('conflicts 1') !== '');
    await lab.enter('cut us-eu');
    await lab.enter('set n 1 @us');
    await lab.waitFor('the queue', () => lab.pane('topology').includes('1 waiting'));
    expect(lab.pane('topology')).toContain('✂ cut');
    await lab.enter('heal');
    await lab.waitFor('the write at eu', () => /n\s+1/.test(lab.pane('eu ')));
  });

  test('two concurrent inserts stop the links, and skip lets them continue', async () => {
    await lab.enter('set k A @us || set k B @eu');
    await lab.waitFor(
      'the stop',
      () => lab.pane('topology').includes('■') && lab.pane('eu ').includes('halted: us on'),
    );
    await lab.enter('skip @all');
    await lab.waitFor(
      'the end of the stop',
      () => !lab.pane('topology').includes('■') && !lab.pane('eu ').includes('halted'),
    );
  });

  test('q leaves no process and no file', async () => {
    const children = descendantsOf(lab.pid);
    expect(children.filter(({command}) => command.includes('postgres')).length).toBeGreaterThan(20);
    await lab.enter('quit');
    expect(await lab.exit()).toBe(0);
    await untilGone(children, 3000);
    expect(lab.leftovers()).toEqual([]);
  });
});
