/**
 * `run` on several engines: the same file on each, and where they differ.
 */
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {findServer} from '../../src/engines/postgres/server/binaries.ts';
import {Workplace} from '../support/program.ts';

const LIMIT = {timeout: 60_000};
const HAS_PGLOGICAL = (await findServer('pglogical')).ok;

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.close());

const lines = (text: string): string[] => text.split('\n');

/** The delete is older than the update, and neither had seen the other. */
const DELETED =
  'set title A @us\nwait converged\ncut us-eu\ndel title @us\nsleep 20ms\nset title B @eu\nheal\nwait ' +
  'converged\n';

describe('side by side', LIMIT, () => {
  test('native and sim do not differ for a conflict, a dead leader and a cut link', async () => {
    const file = work.file(
      'a.lab',
      `${DELETED}get title @all\nexpect get title @all = B\nexpect lost title = 1\nconflicts\nkill ` +
        'ap\nset a 1 @ap\nexpect outcome fail\n',
    );
    const {status, out, err} = await work.run('run', '--lan', '--engine', 'native,sim', file);
    expect({status, err}).toEqual({status: 0, err: ''});
    expect(lines(out)).toEqual([
      file,
      '✔ native (lww): 3 passed, 0 failed',
      '✔ sim (lww): 3 passed, 0 failed',
      '',
      `${file}: 15 commands: 15 alike, nothing differs`,
    ]);
    expect(work.leftovers()).toEqual([]);
  });

  test('a command that only virtual time supports is a difference, and the status is 1', async () => {
    const {status, out} = await work.run(
      'run',
      '--lan',
      '--engine',
      'sim,native',
      '--json',
      work.file('a.lab', 'set a 1 @us\nstep\n'),
    );
    expect(status).toBe(1);
    const [write, step, summary] = lines(out).map(line => JSON.parse(line));
    expect(write).toMatchObject({differs: false, results: {native: {ok: true}, sim: {ok: true}}});
    expect(step).toMatchObject({
      line: 2,
      differs: true,
      results: {sim: {ok: true}, native: {ok: false, error: {code: 'unsupported'}}},
    });
    expect(summary).toMatchObject({summary: {commands: 2, alike: 1, differ: 1}});
  });

  test.skipIf(!HAS_PGLOGICAL)(
    'pglogical applies a delete whatever it meets, and has no clock to set',
    async () => {
      const file = work.file(
        'a.lab',
        `${DELETED}get title @us,eu\nconflicts\nexpect get title = B\nclock us +1s\n`,
      );
      const {status, out, err} = await work.run('run', '--lan', '--engine', 'native,pglogical', file);
      expect({status, err}).toEqual({status: 1, err: ''});
      expect(lines(out).slice(1)).toEqual([
        '✔ native (lww): 1 passed, 0 failed',
        '✘ pglogical (lww): 0 passed, 2 failed (lines 11 and 12)',
        '',
        '                       native                       pglogical',
        '9   get title @us,eu',
        '    us                 "B"                          absent',
        '    eu                 "B"                          absent',
        '10  conflicts',
        '    title eu:1 ∥ us:2  set/del: eu:1 set "B" ∥      set/del: eu:1 set "B" ∥',
        '                       us:2 del, lost us:2          us:2 del, lost eu:1',
        '11  expect get title = B',
        '                       ✔ seen "B"                   ✘ seen absent at us',
        '12  clock us +1s',
        '                       ✔ the clock of us is +1 s    ✘ the pglogical engine has',
        '                                                    no clock',
        '',
        `${file}: 12 commands: 8 alike, 4 differ`,
      ]);
      for (const line of lines(out).slice(1, -1)) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  test('an engine that cannot run here is reported before anything starts', async () => {
    const file = work.file('a.lab', 'state\n');
    const {status, out, err} = await work.run(
      'run',
      '--engine',
      'native,postgres',
      '--resolver',
      'crdt',
      file,
    );
    expect({status, out}).toEqual({status: 2, out: ''});
    expect(err).toMatch(/^postgres: the postgres engine has no crdt\n/);
  });
});
