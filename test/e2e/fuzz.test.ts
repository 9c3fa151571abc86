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
  test('finds nothing under what converges, and says how hard it looked', async () => {
    const {status, out, err} = await work.run('fuzz', '--resolver', 'crdt', '--seeds', '50');
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^✔ 50 seeds, nothing found\n {2}\d+ writes, \d+ acknowledged/);
  });

  test('shrinks a find to a file that real processes repeat, and a seed says the same twice', async () => {
    const first = await work.run('fuzz', '--resolver', 'keep-local');
    expect([first.status, first.err]).toEqual([1, '']);
    expect(first.out).toMatch(/✘ seed 1: convergence: us and eu have the same operations/);
    const again = await work.run('fuzz', '--resolver', 'keep-local', '--seed', '1');
    expect(again.out).toBe(first.out);
    const file = readFileSync(work.path('find-keep-local-1.lab'), 'utf8');
    expect(file).toContain('set a 1 @us || set a 2 @eu');
    const real = await work.run('run', '--lan', '--leaders', 'us,eu', work.path('find-keep-local-1.lab'));
    expect(real.status).toBe(1);
    expect(real.out).toContain('"a" reads us 1, eu 2');
  });

  test('judges a module by its laws, then by histories, and real processes agree', async () => {
    work.file('average.mjs', 'export const merge = (mine, theirs) => (mine + theirs) / 2;\n');
    const {status, out} = await work.run('fuzz', '--resolver', 'custom ./average.mjs');
    expect(status).toBe(1);
    expect(out).toContain('✘ number    not associative');
    const [, kept = '', leaders = ''] = out.match(/kept as (\S+); on real processes: leaderlab run --lan --leaders (\S+)/) ?? [];
    const real = await work.run('run', '--lan', '--leaders', leaders, work.path(kept));
    expect([real.status, real.out]).toEqual([1, expect.stringContaining('show different values')]);

    work.file('maximum.mjs', 'export const merge = (mine, theirs) => Math.max(mine, theirs);\n');
    const right = await work.run('fuzz', '--resolver', 'custom ./maximum.mjs', '--seeds', '50');
    expect([right.status, right.out]).toEqual([0, expect.stringContaining('✔ number    hold')]);
  });

  test('--json is one object a line', async () => {
    const {status, out} = await work.run('fuzz', '--json', '--resolver', 'apply-remote');
    expect(status).toBe(1);
    const [find] = out
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line));
    expect(find.find).toMatchObject({seed: 1, checker: 'convergence', leaders: ['us', 'eu']});
  });

  test.each([
    ['a module that is not there', ['--resolver', 'custom ./none.mjs'], /there is no file/],
    ['a number that is none', ['--seeds', 'many'], /--seeds.*a number from/],
    ['a resolver that is none', ['--resolver', 'foo'], /--resolver.*lww/],
    ['one leader alone', ['--leaders', 'us'], /--leaders: one leader alone has no conflicts/],
  ])('%s ends with 2', async (_name, flags, says) => {
    const {status, out, err} = await work.run('fuzz', ...flags);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(says);
  });
});
