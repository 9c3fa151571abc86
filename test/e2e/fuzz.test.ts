/**
 * `leaderlab fuzz` as a person runs it: what it says, what it keeps, and that real processes show the same.
 */
import {readFileSync} from 'node:fs';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Workplace} from '../support/program.ts';

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.close());

describe('fuzz', {timeout: 60_000}, () => {
  test('finds nothing under a convergent resolver, and says how much it searched', async () => {
    const {status, out, err} = await work.run('fuzz', '--resolver', 'crdt', '--seeds', '50');
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^✔ 50 seeds, nothing found\n {2}\d+ writes, \d+ acknowledged/);
    expect(out).toMatch(/acknowledged.*\n {2}\d+ conflicts for crdt to decide, \d+ writes lost/);
  });

  test('searches for a given time, and Ctrl-C stops it earlier', async () => {
    const {status, out, err} = await work.run('fuzz', '--for', '500ms');
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^✔ \d+ seeds, nothing found: the time was up\n/);
    const short = await work.run('fuzz', '--for', '60m', '--seeds', '5', '--json');
    expect(JSON.parse(short.out)).toMatchObject({
      summary: {seeds: 5, endedBy: 'seeds', coverage: {conflicts: expect.any(Number)}},
    });

    work.file('maximum.mjs', 'export const merge = (mine, theirs) => Math.max(mine, theirs);\n');
    for (const [signal, statusOfSignal] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
      const long = work.start('fuzz', '--resolver', 'custom ./maximum.mjs', '--for', '60m');
      await long.until('✔ number    hold');
      expect((await long.end(signal)).status).toBe(statusOfSignal);
    }
  });

  test(
    'shrinks what it found to a file that real processes ' + 'repeat, and a seed gives the same result twice',
    async () => {
      const first = await work.run('fuzz', '--resolver', 'keep-local');
      expect([first.status, first.err]).toEqual([1, '']);
      const [, seed = '', a = '', b = ''] =
        first.out.match(/✘ seed (\d+): convergence: (\S+) and (\S+) have the same operations/) ?? [];
      expect(Number(seed)).toBeLessThanOrEqual(50);
      const again = await work.run('fuzz', '--resolver', 'keep-local', '--seed', seed);
      expect(again.out).toBe(first.out);
      const kept = work.path(`find-keep-local-${seed}.lab`);
      expect(readFileSync(kept, 'utf8')).toMatch(new RegExp(`\\n\\w+ a .* @${a} \\|\\| \\w+ a .* @${b}\\n`));
      const differ = new RegExp(`"a" reads ${a} .+, ${b} .+`);
      const real = await work.run('run', '--lan', '--leaders', `${a},${b}`, kept);
      expect(real.status).toBe(1);
      expect(real.out).toMatch(differ);
      const virtual = await work.run('run', '--engine', 'sim', '--leaders', `${a},${b}`, kept);
      expect([virtual.status, virtual.out]).toEqual([1, expect.stringMatching(differ)]);
    },
  );

  test('judges a module by its laws, then by histories, and real processes agree', async () => {
    work.file('average.mjs', 'export const merge = (mine, theirs) => (mine + theirs) / 2;\n');
    const {status, out} = await work.run('fuzz', '--resolver', 'custom ./average.mjs');
    expect(status).toBe(1);
    expect(out).toContain('✘ number    not associative');
    const [, kept = '', leaders = ''] =
      out.match(/kept as (\S+); on real processes: leaderlab run --lan --leaders (\S+)/) ?? [];
    const real = await work.run('run', '--lan', '--leaders', leaders, work.path(kept));
    expect([real.status, real.out]).toEqual([1, expect.stringContaining('show different values')]);

    work.file('maximum.mjs', 'export const merge = (mine, theirs) => Math.max(mine, theirs);\n');
    const right = await work.run('fuzz', '--resolver', 'custom ./maximum.mjs', '--seeds', '50');
    expect([right.status, right.out]).toEqual([0, expect.stringContaining('✔ number    hold')]);
  });

  test('is also a check: a module is judged where it is written', async () => {
    work.file('mine.mjs', 'export const merge = mine => mine;\n');
    work.file('most.mjs', 'export const merge = (mine, theirs) => Math.max(mine, theirs);\n');
    const file = work.file(
      'judge.lab',
      [
        'resolver custom ./mine.mjs',
        'expect fuzz 20',
        'resolver custom ./most.mjs',
        'expect fuzz 20',
        'resolver keep-local',
        'expect fuzz',
      ].join('\n'),
    );
    const {status, out} = await work.run('run', '--engine', 'sim', file);
    expect(status).toBe(1);
    expect(out).toContain('seen     not commutative: merge(1, 2) = 1, but merge(2, 1) = 2');
    expect(out).toContain('seen nothing found');
    expect(out).toMatch(/seen {5}seed \d+: \w\w and \w\w have the same operations/);
  });

  test('--json prints one object per line', async () => {
    const {status, out} = await work.run('fuzz', '--json', '--resolver', 'apply-remote');
    expect(status).toBe(1);
    const [find] = out
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line));
    expect(find.find).toMatchObject({
      seed: expect.any(Number),
      checker: 'convergence',
      leaders: [expect.any(String), expect.any(String)],
    });
    expect(find.find.seed).toBeLessThanOrEqual(50);
  });

  test.each([
    ['a missing module', ['--resolver', 'custom ./none.mjs'], /there is no file/],
    ['an invalid duration', ['--for', 'soon'], /--for.*expected a duration/],
    ['a duration of zero', ['--for', '0s'], /--for.*a duration, such as 30s or 5m/],
    ['an invalid number', ['--seeds', 'many'], /--seeds.*a number from/],
    ['an unknown resolver', ['--resolver', 'foo'], /--resolver.*lww/],
    ['a single leader', ['--leaders', 'us'], /--leaders: one leader alone has no conflicts/],
  ])('%s ends with status 2', async (_name, flags, says) => {
    const {status, out, err} = await work.run('fuzz', ...flags);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(says);
  });
});
