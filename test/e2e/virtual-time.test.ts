/**
 * Virtual time as a person lives it, in a real terminal: message by message, back, by hand, running, and a
 * clean end.
 */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Terminal} from '../support/terminal.ts';

describe.each([
  {columns: 120, rows: 36},
  {columns: 80, rows: 24},
])('in a terminal of $columns×$rows', {timeout: 60_000}, ({columns, rows}) => {
  let lab: Terminal;
  beforeAll(() => {
    lab = new Terminal({columns, rows, args: ['--engine', 'sim']});
  });
  afterAll(() => lab.close());

  const header = (): string => lab.rows()[0] ?? '';
  const clock = (): string => /\d\d:\d\d\.\d{3}$/.exec(header().trim())?.[0] ?? '';
  const next = (): string => /next: (\S+)/.exec(lab.screen())?.[1] ?? '';

  test('time is stopped at the beginning, and writes take no time', async () => {
    await lab.waitFor('standing time', () => header().includes('⏸') && clock() === '00:00.000');
    await lab.enter('set title A @us || set title B @eu');
    await lab.waitFor('both written', () => /us:1/.test(lab.pane('us ')) && /eu:1/.test(lab.pane('eu ')));
    expect(clock()).toBe('00:00.000');
    expect(lab.pane('conflicts')).toContain('no conflicts yet');
    expect(['us>eu', 'eu>us']).toContain(next());
  });

  test('enter delivers a message, and b reverts that', async () => {
    lab.press('enter');
    await lab.waitFor('a conflict', () => lab.pane('conflicts 1') !== '');
    expect(clock()).toMatch(/^00:00\.04\d$/);
    lab.press('esc');
    await lab.waitFor('the panes', () => lab.screen().includes('s step'));
    lab.press('b');
    await lab.waitFor(
      'no conflict',
      () => lab.pane('conflicts').includes('no conflicts yet') && clock() === '00:00.000',
    );
  });

  test('a dropped message is sent again when time runs', async () => {
    lab.press(':');
    await lab.enter('drop us>eu');
    await lab.waitFor('the loss', () => lab.screen().includes('us:1 lost'));
    await lab.enter('resume');
    await lab.waitFor(
      'convergence',
      () => header().includes('= converged') && lab.pane('conflicts 1') !== '',
    );
    await lab.enter('pause');
    await lab.waitFor('standing time', () => header().includes('⏸'));
    expect(Number(clock().slice(3))).toBeGreaterThan(0.09);
  });

  test('the lab ends and leaves no process and no file', async () => {
    await lab.enter('quit');
    expect(await lab.exit()).toBe(0);
  });
});
