/**
 * The program without a terminal: what it says about wrong input, command files and their exit status, data
 * folders, and its end.
 */
import {existsSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {stillRunning, untilGone} from '../support/processes.ts';
import {Workplace} from '../support/program.ts';

const LIMIT = {timeout: 60_000};

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.close());

const lines = (text: string): string[] => text.split('\n').filter(line => line !== '');

describe('invalid input ends with status 2 and a line that says what is wrong', LIMIT, () => {
  test('without a terminal, the lab names run', async () => {
    const {status, out, err} = await work.run();
    expect([status, out, lines(err)]).toEqual([
      2,
      '',
      [expect.stringMatching(/terminal.*leaderlab run FILE/)],
    ]);
  });

  test.each([
    ['--leders', ['--leders', '3'], /no flag --leders; did you mean --leaders\?/],
    [
      'an unknown flag of run',
      ['run', '--jsn', 'x.lab'],
      /^leaderlab run: no flag --jsn; did you mean --json\?\nfor example: leaderlab run --json /,
    ],
    ['rnu', ['rnu', 'x.lab'], /^leaderlab: no command "rnu"; did you mean run\?/],
    ['--leaders 0', ['--leaders', '0'], /--leaders.*from 1 to 32/],
    ['--leaders 33', ['--leaders', '33'], /--leaders.*from 1 to 32/],
    ['--leaders us,us', ['--leaders', 'us,us'], /--leaders.*each leader once/],
    ['--leaders Us', ['--leaders', 'Us'], /"Us" is not a name for a leader/],
    ['--resolver foo', ['--resolver', 'foo'], /--resolver.*lww/],
    ['--topology foo', ['--topology', 'foo'], /--topology.*mesh/],
    [
      'a topology around a missing leader',
      ['--topology', 'star sa', '--leaders', 'us,eu'],
      /--topology: no leader "sa"; there are us, eu/,
    ],
    ['a resolver at one leader', ['--resolver', 'lww @us'], /--resolver: it is set at every leader/],
    // The flags were right, so it is the file that is wrong.
    [
      '--topology before its --leaders',
      ['run', '--topology', 'star sa', '--leaders', 'us,sa', 'none.lab'],
      /^none\.lab: cannot be read/,
    ],
    ['--slow x', ['--slow', 'x'], /--slow.*a number from/],
    ['--lan and --wan', ['--lan', '--wan'], /--lan.*--wan|--wan.*--lan/],
    ['--seed x', ['run', '--seed', 'x', 'x.lab'], /--seed.*a number from/],
    ['run without arguments', ['run'], /^leaderlab run: expected labs, command files/],
    [
      'pg',
      ['--engine', 'pg'],
      /no engine "pg"; did you mean postgres\?.*\nfor example: leaderlab --engine postgres$/,
    ],
    [
      'leaders with spaces',
      ['--leaders', 'us', 'eu', 'ap'],
      /comma.*\nfor example: leaderlab --leaders us,eu,ap$/,
    ],
    ['an unknown lab', ['lab', '99'], /no lab "99"; there are 1 to 18/],
    ['--format json', ['run', '--format', 'json', 'x.lab'], /no flag --format; did you mean --json\?/],
    [
      'a name of neither a file nor a lab',
      ['run', 'frist-steps'],
      /no file and no lab "frist-steps"; did you mean first-steps\?/,
    ],
    ['files and commands', ['run', '-e', 'state', 'x.lab'], /-e and a file cannot be combined/],
    ['a wrong command', ['run', '-e', 'kil us'], /^-e:1:1: no command "kil"; did you mean kill\?/],
    ['the resolver twice', ['fuzz', 'crdt', '--resolver', 'lww'], /the resolver is given twice/],
    [
      'an unknown engine',
      ['run', '--engine', 'native,pglogicl', 'x.lab'],
      /no engine "pglogicl"; did you mean pglogical\?/,
    ],
    ['the same engine twice', ['run', '--engine', 'sim,sim', 'x.lab'], /--engine.*each engine once/],
    [
      'a folder for several engines',
      ['run', '--engine', 'native,sim', '--data', 'x', 'x.lab'],
      /--data cannot be combined with several engines/,
    ],
    [
      'servers for several engines',
      ['run', '--engine', 'postgres,pglogical', '--leader', 'us=postgres://a@localhost/x', 'x.lab'],
      /--leader cannot be combined with several engines/,
    ],
    [
      'several engines for another command than run',
      ['start', '--engine', 'native,sim'],
      /--engine: one engine at a time/,
    ],
    ['a leader without a folder', ['leader', 'us'], /--data/],
    ['an empty folder', ['run', '--data', '', '-e', 'state'], /--data: the path is empty.*\nfor example: /],
    ['an empty folder of a leader', ['leader', 'us', '--data', ''], /--data: the path is empty/],
    ['an empty report', ['run', '--junit', '', '-e', 'state'], /--junit: the path is empty/],
    [
      'a report on the standard output',
      ['run', '--junit', '-', '-e', 'state'],
      /--junit: - is not a file.*\.\/-/,
    ],
    [
      'an empty token file',
      ['leader', 'us', '--data', 'us', '--token-file', ''],
      /--token-file: the path is empty/,
    ],
    ['a leader without a name', ['leader', 'Us!', '--data', 'x'], /not a name for a leader/],
    ['an invalid peer', ['leader', 'us', '--data', 'x', '--peer', 'eu'], /--peer.*eu=7002/],
  ])('%s', async (_name, args, says) => {
    const {status, out, err} = await work.run(...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(says);
    expect(lines(err).length).toBeLessThanOrEqual(3);
  });

  test('a flag is not shown with characters that would control the terminal', async () => {
    const {status, err} = await work.run('--leaders', '\x1b[31mred');
    expect(status).toBe(2);
    expect(err).not.toContain('\x1b');
  });

  test('a file that does not exist', async () => {
    const {status, out, err} = await work.run('run', '--data', 'data', 'none.lab');
    expect([status, out, lines(err)]).toEqual([2, '', ['none.lab: cannot be read: there is no such file']]);
    expect(existsSync(work.path('data'))).toBe(false);
  });

  test('an invalid line is shown with its place and a caret, and nothing starts', async () => {
    work.file('wrong.lab', '# fine\nstate\n  kil us\nset a 1 @xx\n');
    const {status, out, err} = await work.run('run', '--data', 'data', 'wrong.lab');
    expect([status, out]).toEqual([2, '']);
    const [first, text, caret] = lines(err);
    expect(first).toBe('wrong.lab:3:3: no command "kil"; did you mean kill?');
    expect(text).toContain('kil us');
    expect(caret?.indexOf('^')).toBe(text?.indexOf('kil'));
    expect(err).toMatch(/^wrong\.lab:4:10: .*xx/m);
    expect(existsSync(work.path('data'))).toBe(false);
  });

  test('a port that is in use', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    const port = await new Promise<number>(resolve => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const {status, out, err} = await work.run('leader', 'us', '--data', 'us', '--port', String(port));
    expect([status, out, lines(err)]).toEqual([2, '', [expect.stringContaining(`${port}`)]]);
    expect(err).toMatch(/^leaderlab: .*(taken|in use|used)/);
  });

  test.each([
    ['a file', (place: Workplace) => place.file('data', 'not a folder')],
    ['below a file', (place: Workplace) => join(place.file('data', 'not a folder'), 'deeper')],
    ['in a place where it cannot be created', () => '/proc/leaderlab-data'],
  ])('a data folder that is %s', async (_name, folder) => {
    const file = work.file('one.lab', 'state\n');
    const {status, out, err} = await work.run('run', '--data', folder(work), file);
    expect([status, out]).toEqual([2, '']);
    expect(lines(err).length).toBeLessThanOrEqual(2);
    expect(err).toMatch(/data|proc/);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe('a run of a command file', LIMIT, () => {
  test('prints JSON as one object per line, and the summary last', async () => {
    const file = work.file(
      'good.lab',
      '# two at once\nset title A @us || set title B @eu\n\nwait converged\nget title ' +
        '@all\nconflicts\nexpect lost = 1\n',
    );
    const {status, out, err} = await work.run('run', '--lan', '--json', '--seed', '7', file);
    expect([status, err]).toEqual([0, '']);
    const objects = lines(out).map(line => JSON.parse(line));
    expect(objects.map(({line, command, ok}) => [line, command, ok])).toEqual([
      [2, 'set title A @us || set title B @eu', true],
      [4, 'wait converged', true],
      [5, 'get title @all', true],
      [6, 'conflicts', true],
      [7, 'expect lost = 1', true],
      [undefined, undefined, undefined],
    ]);
    for (const {ms} of objects.slice(0, -1)) expect(ms).toBeGreaterThanOrEqual(0);
    const [write, , get, conflicts] = objects.map(({result}) => result);
    expect(write).toEqual({
      writes: [
        {leader: 'us', status: 'ok', dot: 'us:1'},
        {leader: 'eu', status: 'ok', dot: 'eu:1'},
      ],
    });
    const winner = get.values.us.value;
    expect(['A', 'B']).toContain(winner);
    expect(get).toEqual({values: {us: {value: winner}, eu: {value: winner}, ap: {value: winner}}});
    const shows = {resolver: 'lww', shows: {value: winner}};
    expect(conflicts).toEqual({
      conflicts: [
        expect.objectContaining({
          id: 1,
          key: 'title',
          kind: 'set/set',
          writes: expect.arrayContaining([
            expect.objectContaining({
              dot: 'us:1',
              origin: 'us',
              value: 'A',
              wallMs: expect.any(Number),
              acknowledged: true,
            }),
            expect.objectContaining({
              dot: 'eu:1',
              origin: 'eu',
              value: 'B',
              wallMs: expect.any(Number),
              acknowledged: true,
            }),
          ]),
          decisions: {
            us: expect.objectContaining(shows),
            eu: expect.objectContaining(shows),
            ap: expect.objectContaining(shows),
          },
          lost: [winner === 'A' ? 'eu:1' : 'us:1'],
          why: expect.stringContaining('was acknowledged and is lost'),
        }),
      ],
    });
    expect(objects.at(-1)).toEqual({summary: {version: 1, file, passed: 1, failed: 0, seed: 7}});
    expect(work.leftovers()).toEqual([]);
  });

  test('with a check that fails ends with status 1, and shows the actual value', async () => {
    const {status, out} = await work.run(
      'run',
      '--lan',
      work.file('bad.lab', 'set a 1 @us\nexpect get a @us = 2\nexpect get a @us = 1\n'),
    );
    expect(status).toBe(1);
    expect(lines(out).at(-1)).toMatch(/bad\.lab: 1 passed, 1 failed$/);
    expect(out).toMatch(/expected get a @us = 2\n\s+seen +1 at us/);
    expect(out).not.toContain('\x1b');
  });

  test('continues with the content of a data folder', async () => {
    const first = await work.run(
      'run',
      '--lan',
      '--data',
      'data',
      '--leaders',
      'us,eu',
      work.file('1.lab', 'set title A @us\nwait converged\nresolver siblings\n'),
    );
    expect([first.status, first.err]).toEqual([0, '']);
    const second = await work.run(
      'run',
      '--lan',
      '--data',
      'data',
      '--json',
      work.file('2.lab', 'get title @all\nset n 1 @us\nstate\n'),
    );
    expect([second.status, second.err]).toEqual([0, '']);
    const [get, set, state] = lines(second.out).map(line => JSON.parse(line));
    expect(get.result).toEqual({values: {us: {value: 'A'}, eu: {value: 'A'}}});
    expect(set.result.writes).toEqual([{leader: 'us', status: 'ok', dot: 'us:2'}]);
    expect(JSON.stringify(state)).toContain('siblings');
    const other = await work.run('run', '--lan', '--data', 'data', '--leaders', 'us,ap', work.path('2.lab'));
    expect([other.status, other.out, lines(other.err)[0]]).toEqual([
      2,
      '',
      expect.stringContaining('holds the leaders us, eu'),
    ]);
  });

  test('refuses a data folder that another lab holds', async () => {
    const file = work.file('hold.lab', 'state\nsleep 60s\n');
    const holder = work.start('run', '--lan', '--data', 'data', file);
    await holder.until('✔ state');
    const {status, out, err} = await work.run('run', '--lan', '--data', 'data', file);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(String(holder.pid));
    expect(lines(err).length).toBeLessThanOrEqual(2);
  });
});

describe('run accepts instead of a file', LIMIT, () => {
  const commands = (out: string): string[] =>
    lines(out)
      .map(line => JSON.parse(line).command)
      .filter(Boolean);

  test('commands, also in words of other systems: the output names the command that ran', async () => {
    const {status, out, err} = await work.run(
      'run',
      '--engine',
      'sim',
      '--json',
      '-e',
      'set n 1 @us',
      '-e',
      'decr n @us',
      '-e',
      'resolver',
      '-e',
      'topology',
    );
    expect([status, err]).toEqual([0, '']);
    expect(commands(out)).toEqual(['set n 1 @us', 'incr n -1 @us', 'resolver', 'topology']);
    expect(
      lines(out)
        .slice(2, 4)
        .map(line => JSON.parse(line).result),
    ).toEqual([{resolver: 'lww'}, {topology: 'mesh'}]);
  });

  test.each(['first-steps', '2', '02-last-write-wins'])('%s, a bundled file', async name => {
    const {status, out} = await work.run('run', '--engine', 'sim', name);
    expect(status, out).toBe(0);
  });

  test('a file before a bundled name', async () => {
    work.file('first-steps', 'state\n');
    const {status, out} = await work.run('run', '--engine', 'sim', '--json', 'first-steps');
    expect([status, commands(out)]).toEqual([0, ['state']]);
  });

  test('the standard input', async () => {
    const {status, out, err} = await work.feed(
      'set a 1 @us\nget a @us\n',
      'run',
      '--engine',
      'sim',
      '--json',
      '-',
    );
    expect([status, err, commands(out)]).toEqual([0, '', ['set a 1 @us', 'get a @us']]);
    const wrong = await work.feed('state\nkil us\n', 'run', '--engine', 'sim', '-');
    expect([wrong.status, lines(wrong.err)[0]]).toEqual([2, '-:2:1: no command "kil"; did you mean kill?']);
  });

  test('a resolver of several words, and the module that it names', async () => {
    work.file('m.mjs', 'export const resolve = writes => writes[0].value;\n');
    work.file('x.lab', 'resolver\n');
    const {status, out} = await work.run(
      'run',
      '--engine',
      'sim',
      '--json',
      '--resolver',
      'custom',
      './m.mjs',
      'x.lab',
    );
    expect([status, JSON.parse(lines(out)[0] ?? '').result]).toEqual([0, {resolver: 'custom m.mjs'}]);
  });

  test('-v prints the version, and lab list the labs', async () => {
    expect((await work.run('-v')).out).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await work.run('lab', 'list')).out).toContain('The last write wins');
  });
});

describe('the end of a run', LIMIT, () => {
  const SIGNALS = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const;

  test.each(SIGNALS)(
    'comes in order after %s: status %i, and no process or file remains',
    async (signal, statusOfSignal) => {
      const running = work.start('run', '--lan', work.file('long.lab', 'set a 1\nsleep 60s\nset b 1\n'));
      await running.until('✔ set a 1');
      const children = running.children();
      expect(children.length).toBeGreaterThanOrEqual(4);
      const {status, out} = await running.end(signal);
      expect(status).toBe(statusOfSignal);
      expect(out).not.toContain('set b');
      await untilGone(children);
      expect(work.leftovers()).toEqual([]);
    },
  );

  test.each(SIGNALS)(
    'comes in order after %s also if it reads the standard input, which never ends: %i',
    async (signal, statusOfSignal) => {
      const running = work.start('run', '-', '--engine', 'sim');
      await running.send('# nothing\n'.repeat(100_000));
      expect(await running.end(signal)).toEqual({status: statusOfSignal, out: '', err: ''});
    },
  );

  test('does not come before the standard input has been read up to the limit of files', async () => {
    const {status, out, err} = await work.shell('yes "get a" | "$0" "$@"', 'run', '-', '--engine', 'sim');
    expect([status, out, err.split('\n')[0]]).toEqual([
      2,
      '',
      '-: the file is too long: the limit is 16 MiB',
    ]);
  });

  test.each([
    ['a folder', '"$0" "$@" < .', /^-: cannot be read: it is a folder$/],
    ['not UTF-8', 'printf "state\\nset k \\351\\n" | "$0" "$@"', /^-:2:7: this is not UTF-8/],
  ])('comes at once if the standard input is %s', async (_name, script, says) => {
    const {status, out, err} = await work.shell(script, 'run', '-', '--engine', 'sim');
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(says);
  });

  test.skipIf(!existsSync('/dev/full'))('reports a full disk behind the standard output', async () => {
    const {status, err} = await work.shell('"$0" "$@" > /dev/full', 'run', '--engine', 'sim', '-e', 'state');
    expect(status).toBe(141);
    expect(err).toMatch(/^leaderlab: the standard output cannot be written: ENOSPC.*$/);
  });

  test('comes in order if the reader of its output stops, as head does', async () => {
    // Who writes to a pipe learns at the next line that nobody reads it: there is always one.
    const lines = `set a 1 @us\n${'sleep 50ms\n'.repeat(2000)}`;
    const {status, out, err} = await work.pipe('head -n 1', 'run', '--lan', work.file('long.lab', lines));
    expect({status, out, err}).toEqual({status: 0, out: '✔ set a 1 @us', err: ''});
    expect(work.leftovers()).toEqual([]);
  });

  test(
    'leaves no process after SIGKILL for 2 s, not even a ' + 'paused leader; the next lab removes the folder',
    async () => {
      const running = work.start(
        'run',
        '--lan',
        work.file('paused.lab', 'set a 1\npause eu\nstate\nsleep 60s\n'),
      );
      await running.until('✔ state');
      const children = running.children();
      expect(children.length).toBeGreaterThanOrEqual(4);
      await running.end('SIGKILL');
      await untilGone(children);
      expect(stillRunning(children)).toEqual([]);
      expect(work.leftovers()).toHaveLength(1);
      expect((await work.run('run', '--lan', work.file('next.lab', 'state\n'))).status).toBe(0);
      expect(work.leftovers()).toEqual([]);
    },
  );
});
