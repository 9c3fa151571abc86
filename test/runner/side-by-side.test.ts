/**
 * Runs side by side, on literal entries: what counts as a difference, what does not, and how it looks at 80
 * columns.
 */
import {describe, expect, test} from 'vitest';
import type {Key} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import {HLC_ZERO} from '../../src/core/log/hybrid-clock.ts';
import type {Op} from '../../src/core/log/op.ts';
import {type Dot, parseDot} from '../../src/core/log/version-vector.ts';
import type {ResolverName} from '../../src/core/resolvers/spec.ts';
import type {Reading} from '../../src/core/state/reading.ts';
import type {Settled} from '../../src/course/settle-predictions.ts';
import type {Conflict, ConflictWrite} from '../../src/history/conflict.ts';
import type {WriteReport} from '../../src/port/cluster.ts';
import type {EngineName} from '../../src/port/engine-name.ts';
import {
  rowToJson,
  showDifferences,
  showRun,
  showSummary,
  summaryToJson,
} from '../../src/runner/show-side-by-side.ts';
import {type EngineRun, type LineResult, sideBySide} from '../../src/runner/side-by-side.ts';
import type {Entry, SessionResult} from '../../src/session/session-result.ts';
import {AP, EU, US} from '../support/actions.ts';

const TITLE = 'title' as Key;

const lineResult = (
  line: number,
  text: string,
  entry: Partial<Entry>,
  resolver: ResolverName = 'lww',
): LineResult => ({
  type: 'entry',
  line,
  entry: {text, status: 'ok', ms: line, ...entry},
  resolvers: [resolver, resolver],
});

const came = (text: string, result: SessionResult, resolver?: ResolverName): LineResult =>
  lineResult(1, text, {result}, resolver);

const refused = (text: string, code: string, message: string): LineResult =>
  lineResult(1, text, {status: 'fail', failure: {code, message, hint: 'hm'}});

function run(
  engine: EngineName,
  entries: readonly LineResult[],
  conflicts: readonly Conflict[] = [],
): EngineRun {
  return {
    engine,
    resolver: {name: 'lww'},
    results: entries,
    conflicts,
    tally: {passed: 0, failed: 0},
    failedLines: [],
  };
}

const dotOf = (text: string): Dot => {
  const dot = parseDot(text);
  if (dot === undefined) throw new Error(text);
  return dot;
};

const write = (dot: string, value: Json | undefined): ConflictWrite => ({
  dot: dotOf(dot),
  intent: value === undefined ? 'del' : 'set',
  summary: value === undefined ? 'del' : `set ${JSON.stringify(value)}`,
  ...(value === undefined ? {} : {value}),
  wallMs: Math.random(),
  receivedAtMs: Math.random(),
  hlc: HLC_ZERO,
  after: {},
  acknowledged: true,
});

function conflict(
  writes: {readonly [dot: string]: Json | undefined},
  lost: readonly string[],
  over: Partial<Conflict> = {},
): Conflict {
  const dots = Object.keys(writes).map(dotOf);
  return {
    id: 1,
    key: TITLE,
    relation: 'concurrent',
    kind: 'set/set',
    detectedAtMs: Math.random(),
    writes: Object.entries(writes).map(([dot, value]) => write(dot, value)),
    sides: dots,
    instead: [],
    decisions: {},
    lost: lost.map(dotOf),
    torn: [],
    why: String(Math.random()),
    ...over,
  };
}

const reading = (value: Json | undefined): Reading =>
  value === undefined ? {type: 'absent'} : {type: 'value', value};

const values = (at: {readonly [leader: string]: Json | undefined}): SessionResult => ({
  type: 'values',
  key: TITLE,
  values: Object.fromEntries(Object.entries(at).map(([id, value]) => [id, reading(value)])),
  applied: {},
});

const writes = (...reports: readonly WriteReport[]): SessionResult => ({type: 'writes', writes: reports});

const op = (dot: string, value: Json): Op => ({
  dot: dotOf(dot),
  after: {[US]: Math.floor(Math.random() * 9)},
  hlc: {wallMs: Math.random(), logical: 0},
  wallMs: Math.random(),
  writes: [{type: 'set', key: TITLE, value, generation: 1, saw: []}],
});

/** The one row of two runs of one command. */
function rowOf(a: LineResult, b: LineResult, logs: readonly (readonly Conflict[])[] = []) {
  const [row] = sideBySide([run('native', [a], logs[0]), run('sim', [b], logs[1])]).rows;
  if (row === undefined) throw new Error('no row');
  const facts = row.facts.filter(fact => fact.differs).map(({about, texts}) => [about, ...texts]);
  return {differs: row.differs, isByChance: row.isByChance, facts};
}

const ALIKE = {differs: false, isByChance: false, facts: []};

describe('what varies from run to run is not a difference', () => {
  test.each<[string, SessionResult, SessionResult]>([
    ['how long a wait took', {type: 'waited', ms: 3}, {type: 'waited', ms: 900}],
    [
      'what a check saw, if it holds on both',
      {type: 'check', holds: true, expected: 'x', seen: 'converged after 3 ms'},
      {type: 'check', holds: true, expected: 'x', seen: 'converged after 90 ms'},
    ],
    [
      'the order of arrival in a log, and what depends on it',
      {type: 'log', ops: {[US]: [op('us:1', 'A'), op('eu:1', 'B')]}},
      {type: 'log', ops: {[US]: [op('eu:1', 'B'), op('us:1', 'A')]}},
    ],
    [
      'the order of keys',
      {type: 'keys', keys: {[US]: ['a' as Key, 'b' as Key]}},
      {type: 'keys', keys: {[US]: ['b' as Key, 'a' as Key]}},
    ],
    [
      'the name of a write, and why it failed',
      writes({leader: US, status: 'ok', dot: dotOf('us:1')}, {leader: EU, status: 'fail', reason: 'down'}),
      writes(
        {leader: US, status: 'ok', dot: dotOf('us:2')},
        {leader: EU, status: 'fail', reason: 'eu is down'},
      ),
    ],
    [
      'how many writes of a load succeeded in its time',
      {type: 'loaded', load: {planned: 100, ok: 100, fail: 0, info: 0, ms: 1000}},
      {type: 'loaded', load: {planned: 100, ok: 93, fail: 0, info: 0, ms: 1100}},
    ],
    [
      'the numbers and times of conflicts',
      {
        type: 'conflicts',
        format: 'list',
        conflicts: [conflict({'eu:1': 'B', 'us:1': 'A'}, ['us:1'], {id: 1})],
      },
      {
        type: 'conflicts',
        format: 'list',
        conflicts: [conflict({'eu:1': 'B', 'us:1': 'A'}, ['us:1'], {id: 4})],
      },
    ],
    [
      'the words for a change',
      {type: 'changed', summary: 'us>eu cut'},
      {type: 'changed', summary: 'us>eu is cut'},
    ],
  ])('%s', (_what, a, b) => expect(rowOf(came('x', a), came('x', b))).toEqual(ALIKE));

  test('in messages that say that nobody answers', () => {
    const result = (error: string): SessionResult => ({
      type: 'values',
      key: TITLE,
      values: {[AP]: {type: 'error', error}},
      applied: {},
    });
    const failed = (error: string): LineResult =>
      lineResult(1, 'get title @ap', {
        status: 'fail',
        failure: {code: error, message: error},
        result: result(error),
      });
    expect(rowOf(failed('down'), failed('ap is down'))).toEqual(ALIKE);
  });
});

describe('a difference is', () => {
  test('a value that is read at the same leader', () => {
    expect(
      rowOf(
        came('get title @all', values({us: 'A', eu: 'A'})),
        came('get title @all', values({us: 'A', eu: undefined})),
      ),
    ).toEqual({
      differs: true,
      isByChance: false,
      facts: [['eu', '"A"', 'absent']],
    });
  });

  test('the status of a write', () => {
    const [ok, info] = [
      writes({leader: US, status: 'ok'}),
      writes({leader: US, status: 'info', reason: 'no answer in time'}),
    ];
    expect(
      rowOf(
        came('set a 1', ok),
        lineResult(1, 'set a 1', {status: 'info', failure: {code: 'unknown', message: 'x'}, result: info}),
      ),
    ).toEqual({
      differs: true,
      isByChance: false,
      facts: [['us', 'ok', 'unknown whether it happened: no answer in time']],
    });
  });

  test('a check that holds on only one engine', () => {
    const check = (holds: boolean, seen: string): LineResult =>
      came('expect x', {type: 'check', holds, expected: 'x', seen, at: US});
    expect(rowOf(check(true, '"A"'), check(false, '"B"'))).toMatchObject({
      differs: true,
      facts: [['', '✔ seen "A" at us', '✘ seen "B" at us']],
    });
  });

  test('a command that one engine cannot carry out', () => {
    const ok = came('clock us +1s', {type: 'changed', summary: 'us +1 s'});
    const cannot = refused('clock us +1s', 'unsupported', 'the pglogical engine has no clock');
    expect(rowOf(ok, cannot)).toMatchObject({
      differs: true,
      facts: [['', '✔ us +1 s', '✘ the pglogical engine has no clock']],
    });
    expect(rowOf(refused('clock us +1s', 'down', 'us is down'), cannot).differs).toBe(true);
    const got = came('txn set a 1', writes({leader: US, status: 'ok'}));
    expect(rowOf(got, refused('txn set a 1', 'unsupported', 'no txn')).facts).toEqual([
      ['', 'us ok', '✘ no txn'],
    ]);
  });

  test('an additional conflict, or one with another kind, relation or loss', () => {
    const list = (...conflicts: readonly Conflict[]): LineResult =>
      came('conflicts', {type: 'conflicts', format: 'list', conflicts});
    const plain = conflict({'eu:1': 'B', 'us:1': 'A'}, ['us:1']);
    const differing = (other: LineResult) => rowOf(list(plain), other).facts;
    const about = 'title eu:1 ∥ us:1';
    const both = 'eu:1 set "B" ∥ us:1 set "A"';
    const told = `set/set: ${both}, lost us:1`;
    expect(differing(list())).toEqual([[about, told, undefined]]);
    expect(differing(list({...plain, lost: []}))).toEqual([[about, told, `set/set: ${both}, nothing lost`]]);
    expect(differing(list({...plain, relation: 'reversed'}))[0]?.[2]).toBe(
      `set/set: ${both}, reversed, lost us:1`,
    );
    expect(differing(list({...plain, kind: 'set/del'}))[0]?.[2]).toBe(`set/del: ${both}, lost us:1`);
    expect(differing(list(plain, {...plain, sides: [dotOf('us:1')], relation: 'stale'}))).toEqual([
      ['title us:1', undefined, 'set/set: us:1 set "A", stale, lost us:1'],
    ]);
  });

  test('another right answer to a prediction', () => {
    const settled = (right: readonly number[]): LineResult => {
      const choices = ['one', 'both'].map(text => ({line: 3, text, holds: 'otherwise' as const}));
      const of: Settled = {
        prediction: {type: 'predict', line: 2, question: 'Who wins?', choices},
        right,
        seen: [],
      };
      return {type: 'prediction', line: 2, settled: of};
    };
    expect(rowOf(settled([0]), settled([1])).facts).toEqual([['', 'one', 'both']]);
    expect(rowOf(settled([0]), settled([0]))).toEqual(ALIKE);
  });

  test('a command that one run did not get to', () => {
    const {rows, commands, differing} = sideBySide([
      run('native', [lineResult(1, 'a', {}), lineResult(2, 'b', {})]),
      run('sim', [lineResult(1, 'a', {})]),
    ]);
    expect([commands, differing, rows[1]?.facts]).toEqual([
      2,
      1,
      [{about: '', texts: ['✔ ok', undefined], differs: true, isByChance: false}],
    ]);
  });
});

describe('which of two concurrent writes wins', () => {
  const logs = [
    [conflict({'eu:1': 'B', 'us:1': 'A'}, ['us:1'])],
    [conflict({'eu:1': 'B', 'us:1': 'A'}, ['eu:1'])],
  ];
  const got = (at: {readonly [leader: string]: Json | undefined}, resolver?: ResolverName) =>
    came('get title @all', values(at), resolver);

  test('is reported but not compared if clocks decide', () => {
    const [a, b] = [got({us: 'A', eu: 'A'}), got({us: 'B', eu: 'B'})];
    expect(rowOf(a, b, logs)).toEqual({...ALIKE, isByChance: true});
    expect(rowOf(a, a, logs)).toEqual(ALIKE);
    const list = (conflicts: readonly Conflict[] = []): LineResult =>
      came('conflicts', {type: 'conflicts', format: 'list', conflicts});
    expect(rowOf(list(logs[0]), list(logs[1]), logs)).toEqual({...ALIKE, isByChance: true});
  });

  test('is a difference if leaders disagree', () => {
    expect(rowOf(got({us: 'A', eu: 'A'}), got({us: 'A', eu: 'B'}), logs).facts).toEqual([
      ['eu', '"A"', '"B"'],
    ]);
  });

  test(
    'is a difference if the other value is from no such ' + 'write, or if only one engine had the conflict',
    () => {
      expect(rowOf(got({us: 'A', eu: 'A'}), got({us: 'C', eu: 'C'}), logs).differs).toBe(true);
      expect(rowOf(got({us: 'A', eu: 'A'}), got({us: 'B', eu: 'B'}), [logs[0] ?? [], []]).differs).toBe(true);
    },
  );

  test(
    'is a difference if something other than clocks ' + 'decides, or if one engine uses another resolver',
    () => {
      expect(
        rowOf(got({us: 'A', eu: 'A'}, 'priority'), got({us: 'B', eu: 'B'}, 'priority'), logs).differs,
      ).toBe(true);
      expect(rowOf(got({us: 'A', eu: 'A'}), got({us: 'B', eu: 'B'}, 'fww'), logs).differs).toBe(true);
    },
  );

  test('is a difference if one of the writes deletes, because real servers use another rule there', () => {
    const deletes = [
      [conflict({'eu:1': 'B', 'us:1': undefined}, ['us:1'])],
      [conflict({'eu:1': 'B', 'us:1': undefined}, ['eu:1'])],
    ];
    expect(rowOf(got({us: 'B', eu: 'B'}), got({us: undefined, eu: undefined}), deletes).differs).toBe(true);
  });

  test('depends on arrival, and so on chance, only at leaders that wrote neither', () => {
    const at = (us: string, ap: string): LineResult => got({us, ap}, 'apply-remote');
    expect(rowOf(at('B', 'A'), at('B', 'B'), logs)).toEqual({...ALIKE, isByChance: true});
    expect(rowOf(at('B', 'A'), at('A', 'A'), logs).facts).toEqual([['us', '"B"', '"A"']]);
  });
});

describe('the printed comparison', () => {
  const long = {
    type: 'check',
    holds: false,
    expected: 'x',
    seen: 'us, eu and ap hold the same operations and show different values',
  } as const;
  const runs: readonly EngineRun[] = [
    {
      ...run('native', [lineResult(3, 'get title @all', {result: values({us: 'A', eu: 'A', ap: 'A'})})]),
      tally: {passed: 2, failed: 0},
    },
    {
      ...run('pglogical', [
        lineResult(3, 'get title @all', {result: values({us: 'B', eu: 'B', ap: 'A'})}),
        lineResult(12, 'expect converged', {
          status: 'fail',
          result: long,
          failure: {code: 'check-failed', message: 'x'},
        }),
      ]),
      resolver: {name: 'apply-remote'},
      tally: {passed: 1, failed: 1},
      failedLines: [12],
    },
  ];

  test('has a column for each engine, and says in one word what is alike', () => {
    expect(showDifferences(runs, sideBySide(runs), 80)).toEqual([
      '',
      '        native                               pglogical',
      '3   get title @all',
      '    us  "A"                                  "B"',
      '    eu  "A"                                  "B"',
      '    alike: ap',
      '12  expect converged',
      '        –                                    ✘ seen us, eu and ap hold the same',
      '                                             operations and show different',
      '                                             values',
      '',
      'They began with different resolvers: native with lww and pglogical with',
      'apply-remote.',
    ]);
    expect(runs.map(showRun)).toEqual([
      '✔ native (lww): 2 passed, 0 failed',
      '✘ pglogical (apply-remote): 1 passed, 1 failed (line 12)',
    ]);
    expect(showSummary('a.lab', sideBySide(runs))).toBe('a.lab: 2 commands: 0 alike, 2 differ');
  });

  test('is only the summary if nothing differs', () => {
    const same = [run('native', [lineResult(1, 'a', {})]), run('sim', [lineResult(1, 'a', {})])];
    expect(showDifferences(same, sideBySide(same), 80)).toEqual([]);
    expect(showSummary('a.lab', sideBySide(same))).toBe('a.lab: 1 command: 1 alike, nothing differs');
  });

  test('fits into 80 columns with all engines, wide characters and hostile texts', () => {
    const four = (['native', 'sim', 'postgres', 'pglogical'] as const).map((engine, i) =>
      run(engine, [
        lineResult(1, `set ${'x'.repeat(300)} \u001b[31m`, {
          result: values({us: `${'漢字'.repeat(40)} ${i} \u001b[31m`, eu: i}),
        }),
      ]),
    );
    const lines = showDifferences(four, sideBySide(four), 80);
    expect(lines.join('\n')).not.toContain('\u001b');
    for (const line of lines)
      expect([...line].reduce((sum, c) => sum + (c > '\u2e80' ? 2 : 1), 0)).toBeLessThanOrEqual(80);
  });

  test('is one object per line as JSON', () => {
    const compared = sideBySide(runs);
    expect(compared.rows.map(row => rowToJson(row, runs))[0]).toEqual({
      line: 3,
      command: 'get title @all',
      differs: true,
      results: {
        native: {ok: true, ms: 3, result: {values: {us: {value: 'A'}, eu: {value: 'A'}, ap: {value: 'A'}}}},
        pglogical: {
          ok: true,
          ms: 3,
          result: {values: {us: {value: 'B'}, eu: {value: 'B'}, ap: {value: 'A'}}},
        },
      },
    });
    expect(compared.rows.map(row => rowToJson(row, runs))[1]).toMatchObject({
      differs: true,
      results: {native: null, pglogical: {ok: false}},
    });
    expect(summaryToJson('a.lab', compared, runs, 7)).toEqual({
      summary: {
        version: 1,
        file: 'a.lab',
        engines: {
          native: {resolver: 'lww', passed: 2, failed: 0},
          pglogical: {resolver: 'apply-remote', passed: 1, failed: 1},
        },
        commands: 2,
        alike: 0,
        differ: 2,
        seed: 7,
      },
    });
  });
});
