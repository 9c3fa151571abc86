/**
 * Files on several engines, on clusters in memory: one after the other, what is told of them, and how the run
 * ends.
 */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {type Failure, fail, succeed} from '../../src/base/failure.ts';
import type {ActionType} from '../../src/command/action.ts';
import type {EngineName} from '../../src/port/engine-name.ts';
import {type Engine, runSideBySide} from '../../src/runner/run-side-by-side.ts';
import {LEADERS} from '../support/actions.ts';
import {ScriptedCluster} from '../support/scripted-cluster.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leaderlab-run-'));
});
afterEach(() => rm(folder, {recursive: true}));

interface Given {
  readonly json?: boolean;
  readonly signal?: AbortSignal;
  /** What the second engine cannot do. */
  readonly without?: readonly ActionType[];
  readonly second?: Partial<Engine>;
  readonly name?: string;
  readonly third?: EngineName;
  readonly wrote?: (line: string) => void;
}

async function run(
  source: string,
  {json = false, signal, without = [], second = {}, name = 'a.lab', third, wrote}: Given = {},
) {
  const file = join(folder, name);
  await writeFile(file, source);
  const out: string[] = [];
  const err: string[] = [];
  const deeds: string[] = [];
  const clusters: ScriptedCluster[] = [];
  let junit = '';
  const engine = (of: EngineName, lacks: readonly ActionType[]): Engine => ({
    name: of,
    whyNot: async () => undefined,
    start: async () => {
      deeds.push(`start ${of}`);
      const cluster = await ScriptedCluster.start(LEADERS);
      cluster.engine = of;
      cluster.hide(lacks);
      const close = cluster.close.bind(cluster);
      cluster.close = () => {
        deeds.push(`close ${of}`);
        return close();
      };
      clusters.push(cluster);
      return succeed(cluster);
    },
  });
  const strip = (line: string): string => line.replaceAll(`${folder}/`, '');
  const status = await runSideBySide(
    [file],
    {
      leaders: LEADERS,
      json,
      seed: 7,
      width: 80,
      write: line => {
        out.push(strip(line));
        wrote?.(line);
      },
      warn: line => void err.push(strip(line)),
      keep: text => {
        junit = text;
      },
      ...(signal === undefined ? {} : {signal}),
    },
    [
      engine('native', []),
      {...engine('sim', without), ...second},
      ...(third === undefined ? [] : [engine(third, [])]),
    ],
  );
  return {status, out, err, deeds, clusters, junit};
}

const CONFLICT = 'set title A @us || set title B @eu\n';

test('each engine runs in turn with its own cluster, and nothing differs', async () => {
  const {status, out, err, deeds} = await run(`${CONFLICT}expect get title @all = A\n`);
  expect({status, err}).toEqual({status: 0, err: []});
  expect(deeds).toEqual(['start native', 'close native', 'start sim', 'close sim']);
  expect(out).toEqual([
    'a.lab',
    '✔ native (lww): 1 passed, 0 failed',
    '✔ sim (lww): 1 passed, 0 failed',
    '',
    'a.lab: 2 commands: 2 alike, nothing differs',
  ]);
});

test('a check that fails on one engine is reported with the engine, and the exit status is 1', async () => {
  const {status, out} = await run(`resolver siblings\n${CONFLICT}expect siblings title = 2\n`, {
    without: ['resolver'],
  });
  expect(status).toBe(1);
  expect(out).toEqual([
    'a.lab',
    '✔ native (lww): 1 passed, 0 failed',
    '✘ sim (lww): 0 passed, 2 failed (lines 1 and 3)',
    '',
    '    native                                 sim',
    '1   resolver siblings',
    expect.stringMatching(/^ {4}✔ .* {2}✘ the sim engine has no resolver$/),
    '3   expect siblings title = 2',
    '    ✔ seen 2: "B" | "A"                    ✘ seen 1: "A" at us',
    '',
    'a.lab: 3 commands: 1 alike, 2 differ',
  ]);
});

test('a check that fails on both engines is not a difference, but the exit status is 1', async () => {
  const {status, out} = await run('expect get a = 1\n');
  expect([status, out.at(-1)]).toEqual([1, 'a.lab: 1 command: 1 alike, nothing differs']);
});

test('a load in the background is one command with its start', async () => {
  const {status, out} = await run('load 10/s for 1s &\nwait load\n');
  expect([status, out.at(-1)]).toEqual([0, 'a.lab: 2 commands: 2 alike, nothing differs']);
});

test('the JSON output has both results of each command, and the summary', async () => {
  const {status, out} = await run('set a 1 @us\nresolver hlc\n', {json: true, without: ['resolver']});
  expect(status).toBe(1);
  const write = {ok: true, ms: 0, result: {writes: [{leader: 'us', status: 'ok', dot: 'us:1'}]}};
  expect(out.map(line => JSON.parse(line))).toEqual([
    {line: 1, command: 'set a 1 @us', differs: false, results: {native: write, sim: write}},
    {
      line: 2,
      command: 'resolver hlc',
      differs: true,
      results: {
        native: expect.objectContaining({ok: true}),
        sim: expect.objectContaining({ok: false, error: expect.objectContaining({code: 'unsupported'})}),
      },
    },
    {
      summary: {
        version: 1,
        file: 'a.lab',
        engines: {
          native: {resolver: 'lww', passed: 0, failed: 0},
          sim: {resolver: 'lww', passed: 0, failed: 1},
        },
        commands: 2,
        alike: 1,
        differ: 1,
        seed: 7,
      },
    },
  ]);
});

test('JUnit has a suite for each engine', async () => {
  const {junit} = await run('expect get a = absent\n');
  expect(junit.match(/<testsuite name="[^"]*a\.lab on (native|sim)" tests="1" failures="0"/g)).toHaveLength(
    2,
  );
});

describe('nothing is started', () => {
  test('if one engine cannot run here: status 3, with its name', async () => {
    const whyNot = async (): Promise<Failure> => ({
      code: 'no-server',
      message: 'no PostgreSQL',
      hint: 'install one',
    });
    const {status, out, err, deeds} = await run(CONFLICT, {second: {whyNot}});
    expect({status, out, err, deeds}).toEqual({
      status: 3,
      out: [],
      err: ['sim: no PostgreSQL', 'install one'],
      deeds: [],
    });
  });

  test('if a lab asks for what one engine cannot do: status 2, with its name', async () => {
    const whyNot: Engine['whyNot'] = async about =>
      about?.resolver.name === 'crdt' ? {code: 'syntax', message: 'it has no crdt'} : undefined;
    const {status, err, deeds} = await run(labOn('resolver: crdt'), {name: 'a.md', second: {whyNot}});
    expect({status, err, deeds}).toEqual({status: 2, err: ['a.md: sim: it has no crdt'], deeds: []});
  });

  test('if a line is not a command: status 2', async () => {
    const {status, err, deeds} = await run('state\nkil us\n');
    expect({status, deeds}).toEqual({status: 2, deeds: []});
    expect(err[0]).toBe('a.lab:2:1: no command "kil"; did you mean kill?');
  });

  test('for a lab that supports only one engine', async () => {
    const {status, out, deeds} = await run(labOn('engine: sim'), {name: 'a.md'});
    expect({status, out, deeds}).toEqual({
      status: 0,
      out: ['a.md: not run: it is for the sim engine alone'],
      deeds: [],
    });
  });

  test('for a lab that supports only one of these engines', async () => {
    const {status, out, deeds} = await run(labOn('engines: sim, pglogical'), {name: 'a.md'});
    expect({status, out, deeds}).toEqual({
      status: 0,
      out: ['a.md: not run: it is for the sim and pglogical engines'],
      deeds: [],
    });
  });
});

const labOn = (field: string): string =>
  `---\ntitle: A lab\nteaches: [a thing]\nminutes: 5\nleaders: [us, eu, ap]\n${field}\n---\n\n# A ` +
  `lab\n\n## A step\n\n\`\`\`lab\nset a 1\n\`\`\`\n\n\`\`\`predict\nWhat is there?\n- one | get a = ` +
  `1\n- nothing | otherwise\n\`\`\`\n`;

test('a lab is compared with its predictions', async () => {
  const {status, out} = await run(labOn('topology: mesh'), {name: 'a.md'});
  expect([status, out.at(-1)]).toEqual([0, 'a.md: 2 commands: 2 alike, nothing differs']);
});

test('a lab runs on those of the engines that it supports', async () => {
  const {status, out, deeds} = await run(labOn('engines: native, sim'), {name: 'a.md', third: 'pglogical'});
  expect([status, out.at(-1)]).toEqual([0, 'a.md: 2 commands: 2 alike, nothing differs']);
  expect(deeds).toEqual(['start native', 'close native', 'start sim', 'close sim']);
});

test('an engine that fails to start ends the run: status 3, with its name', async () => {
  const {status, err, deeds} = await run(CONFLICT, {
    second: {start: async () => fail('engine', 'no room on the disk', 'make some')},
  });
  expect({status, err, deeds}).toEqual({
    status: 3,
    err: ['sim: no room on the disk', 'make some'],
    deeds: ['start native', 'close native'],
  });
});

test('an interrupted run reports no comparison for commands that did not run: status 130', async () => {
  const controller = new AbortController();
  const {status, out, deeds} = await run('set a 1\n', {
    signal: controller.signal,
    wrote: () => controller.abort(),
  });
  expect({status, out, deeds}).toEqual({
    status: 130,
    out: ['a.lab'],
    deeds: ['start native', 'close native'],
  });
});
