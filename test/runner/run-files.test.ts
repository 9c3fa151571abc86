import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {fail, succeed} from '../../src/base/failure.ts';
import type {Outcome} from '../../src/port/cluster.ts';
import {runFiles, type StartCluster} from '../../src/runner/run-files.ts';
import {LEADERS} from '../support/actions.ts';
import {ScriptedCluster} from '../support/scripted-cluster.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leaderlab-run-'));
});
afterEach(() => rm(folder, {recursive: true}));

interface Given {
  readonly json?: boolean;
  readonly start?: StartCluster;
  /** Outcomes of actions that never reach the engine. */
  readonly outcomes?: ScriptedCluster['outcomes'];
}

async function run(sources: readonly string[], {json = false, start, outcomes = new Map()}: Given = {}) {
  const files = sources.map((_source, i) => join(folder, `${i}.txt`));
  for (const [i, file] of files.entries()) await writeFile(file, sources[i] ?? '');
  const [out, err]: [string[], string[]] = [[], []];
  let junit = '';
  const clusters: ScriptedCluster[] = [];
  const startScripted = async () => {
    const cluster = await ScriptedCluster.start(LEADERS);
    cluster.outcomes = outcomes;
    clusters.push(cluster);
    return succeed(cluster);
  };
  const options = {
    engine: 'native' as const,
    leaders: LEADERS,
    json,
    seed: 7,
    write: (line: string) => void out.push(line.replaceAll(`${folder}/`, '')),
    warn: (line: string) => void err.push(line.replaceAll(`${folder}/`, '')),
    keep: (text: string) => {
      junit = text;
    },
  };
  const status = await runFiles(files, options, start ?? startScripted);
  return {status, out, err, clusters, junit, objects: () => out.map(line => JSON.parse(line))};
}

const CONFLICT = 'set title A @us || set title B @eu\n';
/** The virtual time of the first write. */
const WROTE_MS = Date.UTC(2026, 0, 1, 0, 0, 1);

describe('the exit status', () => {
  test('is 0 if all checks held', async () => {
    const {status, out, err} = await run([
      `${CONFLICT}# seen\nexpect lost title = 1\nexpect get title @all = A\n`,
    ]);
    expect({status, err}).toEqual({status: 0, err: []});
    expect(out.at(-1)).toBe('0.txt: 2 passed, 0 failed');
  });

  test('is 1 if a check failed, and the run continues', async () => {
    const {status, out} = await run([`${CONFLICT}expect get title = B\nexpect get title = A\n`]);
    expect(status).toBe(1);
    expect(out).toEqual([
      '✔ set title A @us || set title B @eu',
      '    us  ok us:1',
      '    eu  ok eu:1',
      '✘ expect get title = B',
      '    expected get title = B',
      '    seen     "A" at us',
      expect.stringMatching(/^ {4}because {2}conflict 1: us:1 wins/),
      '✔ expect get title = A',
      '    seen "A"',
      '0.txt: 1 passed, 1 failed',
    ]);
  });

  test('is 1 if a command failed unexpectedly', async () => {
    expect(await run(['kill ap\nset a 1 @ap\n'])).toMatchObject({
      status: 1,
      out: expect.arrayContaining(['0.txt: 0 passed, 1 failed']),
    });
  });

  test('is 0 if a command failed as the next line expects', async () => {
    const {status, out} = await run(['kill ap\nset a 1 @ap\nexpect outcome fail\n']);
    expect(status).toBe(0);
    expect(out.at(-1)).toBe('0.txt: 1 passed, 0 failed');
  });

  test('is 1 if a command succeeded that was expected to fail', async () =>
    expect((await run(['set a 1\nexpect outcome fail\n'])).status).toBe(1));

  test('is 0 if it is unknown whether a command happened, because that is not a failure', async () => {
    expect((await run(['pause ap\nset a 1 @ap\n'])).status).toBe(0);
  });

  test('is 2 if any file contains an invalid line, and nothing is started', async () => {
    const {status, out, err, clusters} = await run(['state\n', 'state\nkil us\n']);
    expect({status, out, clusters}).toEqual({status: 2, out: [], clusters: []});
    expect(err[0]).toBe('1.txt:2:1: no command "kil"; did you mean kill?');
  });

  test('is 2 if a file cannot be read', async () => {
    const warned: string[] = [];
    const options = {
      engine: 'native' as const,
      leaders: LEADERS,
      json: false,
      seed: 1,
      write: () => undefined,
      warn: (line: string) => void warned.push(line),
    };
    const status = await runFiles([join(folder, 'none'), folder], options, () =>
      Promise.reject(new Error('started')),
    );
    expect(status).toBe(2);
    expect(warned).toEqual([
      expect.stringContaining('there is no such file'),
      expect.stringContaining('it is a folder'),
    ]);
  });

  test('is 2 if a file is not UTF-8', async () => {
    const file = join(folder, 'latin-1.lab');
    await writeFile(file, Buffer.from('set k A @us\nset k \u00e9 @us\n', 'latin1'));
    const warned: string[] = [];
    const options = {
      engine: 'native' as const,
      leaders: LEADERS,
      json: false,
      seed: 1,
      write: () => undefined,
    };
    const status = await runFiles([file], {...options, warn: line => void warned.push(line)}, () =>
      Promise.reject(new Error('started')),
    );
    expect({status, warned}).toEqual({
      status: 2,
      warned: [`${file}:2:7: this is not UTF-8; save the file as UTF-8`],
    });
  });

  test('is 3 if the engine cannot run here, with what to do', async () => {
    const start = () => Promise.resolve(fail('engine', 'no room on the disk', 'make some'));
    expect(await run(['state\n'], {start})).toMatchObject({
      status: 3,
      out: [],
      err: ['no room on the disk', 'make some'],
    });
  });
});

test('each file has its own cluster, and every cluster is closed', async () => {
  const {status, clusters} = await run(['set a 1\n', 'expect get a = absent\n']);
  expect(status).toBe(0);
  expect(clusters.map(({closed}) => closed)).toEqual([true, true]);
});

test('conflicts as CSV or JSON lines are printed without anything else, for a pipe', async () => {
  const {out} = await run([`${CONFLICT}conflicts --csv\nconflicts --jsonl\n`]);
  const [header, row, line = '', end] = out.slice(3);
  expect([header, row?.split(',').slice(0, 3), end]).toEqual([
    'id,key,kind,relation,detected,writes,lost,torn,shows,why',
    ['1', 'title', 'set/set'],
    '0.txt: 0 passed, 0 failed',
  ]);
  expect(JSON.parse(line)).toMatchObject({id: 1, lost: ['eu:1']});
});

test(
  'characters that could control a terminal are ' + 'escaped in JSON lines, which stay valid JSON',
  async () => {
    const value = '\u009b2J\u202e\u{e0001}\u001b';
    const {out} = await run([
      `resolver siblings\nset k ${JSON.stringify(value)} @us || set k B @eu\nconflicts --jsonl\n`,
    ]);
    const line = out.find(text => text.startsWith('{')) ?? '';
    expect(line).toMatch(/^[\x20-\x7e∥]*$/);
    expect(JSON.parse(line).writes[1].value).toBe(value);
  },
);

describe('a load in the background', () => {
  test('is answered when it has begun, and the run ends after it', async () => {
    const {status, objects} = await run(
      ['load 10/s for 1s &\nset a 1\nwait load\nset b 1\nload 20/s for 1s &\n'],
      {json: true},
    );
    expect(status).toBe(0);
    const [begun, ...rest] = objects();
    expect(begun).toMatchObject({line: 1, ok: true, result: {changed: 'started'}});
    expect(rest).toContainEqual(
      expect.objectContaining({
        line: 1,
        command: 'load 10/s for 1s ended',
        ok: true,
        result: {load: {planned: 10, ok: 10, fail: 0, info: 0, notIssued: 0, ms: 900}},
      }),
    );
    expect(rest.at(-2)).toMatchObject({line: 5, command: 'load 20/s for 1s ended', ok: true});
  });

  test('is stopped with the run', async () => {
    const controller = new AbortController();
    const loading = await ScriptedCluster.start(LEADERS);
    const file = join(folder, 'load.txt');
    await writeFile(file, 'load 10/s for 1s &\nset a 1\n');
    const out: string[] = [];
    const write = (line: string) => {
      out.push(line);
      if (line.includes('set a 1')) queueMicrotask(() => controller.abort());
    };
    const options = {
      engine: 'native' as const,
      leaders: LEADERS,
      json: false,
      seed: 1,
      warn: () => undefined,
      write,
    };
    expect(
      await runFiles([file], {...options, signal: controller.signal}, async () => succeed(loading)),
    ).toBe(130);
    expect(out).toContain('? load 10/s for 1s ended');
    expect(loading.closed).toBe(true);
  });
});

describe('JUnit', () => {
  test('has a case for each check and for each command that failed unexpectedly', async () => {
    const {status, junit} = await run(['kill ap\nset a 1 @ap\nset a 1 @ap\nexpect outcome fail\n']);
    expect(status).toBe(1);
    expect(junit).toContain('tests="2" failures="1"');
    expect(junit).toMatch(/name="set a 1 @ap" [^>]*>\s*<failure message="ap is down; use: restart ap"/);
    expect(junit).toMatch(/name="expect outcome fail" [^>]*\/>/);
  });

  test('has a case for a load in the background that failed', async () => {
    const cluster = await ScriptedCluster.start(LEADERS);
    cluster.outcomes = new Map([
      ['load', {status: 'fail', failure: {code: 'down', message: 'nobody took it'}}],
    ]);
    const {status, out, junit} = await run(['load 10/s for 1s &\n'], {start: async () => succeed(cluster)});
    expect([status, out.at(-1)]).toEqual([1, '0.txt: 0 passed, 1 failed']);
    expect(junit).toMatch(/name="load 10\/s for 1s ended" [^>]*>\s*<failure message="nobody took it"/);
  });
});

describe('resolver custom', () => {
  test('names a file beside the command file, and the engine gets its absolute path', async () => {
    await writeFile(join(folder, 'merge.mjs'), 'export const merge = a => a;');
    // Without a build there is no program that loads the module.
    const loaded: Outcome = {status: 'ok', result: {type: 'changed', summary: 'resolver custom'}};
    const {status, clusters} = await run(['resolver custom ./merge.mjs\n'], {
      outcomes: new Map([['resolver', loaded]]),
    });
    expect(status).toBe(0);
    expect(clusters[0]?.executed).toEqual([
      {type: 'resolver', at: 'cluster', resolver: {name: 'custom', file: join(folder, 'merge.mjs')}},
    ]);
  });

  test('with a missing file is refused before anything starts', async () => {
    const {status, err, clusters} = await run(['set a 1\nresolver custom ./merge.mjs\n']);
    expect({status, clusters}).toEqual({status: 2, clusters: []});
    expect(err).toEqual(['0.txt:2: merge.mjs: there is no such file']);
  });
});

test('quit ends the file', async () => {
  const {status, out} = await run(['quit\nexpect up us\nexpect down us\n']);
  expect(status).toBe(0);
  expect(out).toEqual(['✔ quit', '0.txt: 0 passed, 0 failed']);
});

describe('the JSON output', () => {
  test('has one object per line for every command, and the summary last', async () => {
    const {objects} = await run([`${CONFLICT}\nkill ap\nget title @all\nexpect get title = B\n`], {
      json: true,
    });
    expect(objects()).toEqual([
      {
        line: 1,
        command: CONFLICT.trim(),
        ok: true,
        ms: 0,
        result: {
          writes: [
            {leader: 'us', status: 'ok', dot: 'us:1'},
            {leader: 'eu', status: 'ok', dot: 'eu:1'},
          ],
        },
      },
      {line: 3, command: 'kill ap', ok: true, ms: 0, result: {changed: 'ap killed'}},
      {
        line: 4,
        command: 'get title @all',
        ok: true,
        ms: 0,
        result: {values: {us: {value: 'A'}, eu: {value: 'A'}, ap: {error: 'down'}}},
      },
      expect.objectContaining({
        line: 5,
        ok: false,
        status: 'fail',
        result: {check: expect.objectContaining({holds: false, seen: '"A"', at: 'us'})},
      }),
      {summary: {version: 1, file: '0.txt', passed: 0, failed: 1, seed: 7}},
    ]);
  });

  test('has the documented forms of siblings, absence and conflicts', async () => {
    const {objects} = await run(
      [
        `resolver siblings\n${CONFLICT}get title\nget none\nresolver lww\ndel x @us || set x 1 ` +
          '@eu\nconflicts title\n',
      ],
      {json: true},
    );
    const results = objects().map(({result}) => result);
    expect(results[2]).toEqual({values: {us: {siblings: ['B', 'A']}}});
    expect(results[3]).toEqual({values: {us: {absent: true}}});
    expect(results[6]).toEqual({
      conflicts: [
        {
          id: 1,
          key: 'title',
          kind: 'set/set',
          relation: 'concurrent',
          writes: [
            {
              dot: 'eu:1',
              origin: 'eu',
              value: 'B',
              wallMs: WROTE_MS,
              hlc: {wallMs: WROTE_MS, logical: 0},
              acknowledged: true,
            },
            {
              dot: 'us:1',
              origin: 'us',
              value: 'A',
              wallMs: WROTE_MS,
              hlc: {wallMs: WROTE_MS, logical: 0},
              acknowledged: true,
            },
          ],
          sides: ['eu:1', 'us:1'],
          instead: [],
          decisions: {
            us: {resolver: 'lww', shows: {value: 'A'}},
            eu: {resolver: 'lww', shows: {value: 'A'}},
            ap: {resolver: 'lww', shows: {value: 'A'}},
          },
          lost: ['eu:1'],
          torn: [],
          why: expect.stringContaining('us:1 wins'),
        },
      ],
    });
  });

  test('has the documented forms of compare, explain and why', async () => {
    const {objects} = await run(
      [`${CONFLICT}compare title\nexplain 1\nwhy title @eu\nresolver siblings @eu\nlag\n`],
      {json: true},
    );
    const [, compared, explained, why, , lag] = objects().map(({result}) => result);
    expect(compared.resolvers.lww).toEqual({value: 'A', lost: ['eu:1']});
    expect(compared.resolvers.siblings).toEqual({siblings: ['B', 'A'], lost: []});
    // Each leader keeps what it had first: at us that is A, elsewhere it is what arrived over the links.
    expect(compared.resolvers['keep-local'].leaders).toMatchObject({
      us: {value: 'A', lost: ['eu:1']},
      eu: {value: 'B', lost: ['us:1']},
    });
    expect(explained).toMatchObject({conflict: {id: 1}, compare: compared});
    expect(explained.story.map(({what}: {what: string}) => what)).toEqual([
      ...['wrote', 'wrote', 'reported', 'reported', 'reported', 'decided', 'lost'],
    ]);
    expect(why.why).toMatchObject({key: 'title', leader: 'eu', reading: {value: 'A'}});
    const figures = {count: 1, hops: 1, p50Ms: 0, p99Ms: 0};
    const traffic = {accepted: 2, sent: 4, redundant: 0, messagesPerOp: 2};
    expect(lag).toEqual({
      lags: [
        {origin: 'eu', leader: 'ap', ...figures},
        {origin: 'eu', leader: 'us', ...figures},
        {origin: 'us', leader: 'ap', ...figures},
        {origin: 'us', leader: 'eu', ...figures},
      ],
      traffic: {lastSecond: traffic, total: traffic},
    });
  });

  test('has JSON for every kind of result', async () => {
    const source =
      'set a 1\nsadd s x\nsrem s x\nkeys @all\nlog\nstate\ndiff\nconflicts\nwait converged\nsleep ' +
      '1ms\nfocus eu\nhelp set\nundo\nquit\n';
    const {objects} = await run([source], {json: true});
    expect(objects().map(({result, error}) => Object.keys(result ?? error ?? {})[0])).toEqual([
      ...[
        'writes',
        'writes',
        'writes',
        'keys',
        'ops',
        'leaders',
        'diff',
        'conflicts',
        'waitedMs',
        'waitedMs',
        'focused',
        'help',
        'code',
        'quit',
      ],
      undefined,
    ]);
  });
});
