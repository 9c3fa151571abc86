/**
 * The findings of `leaderlab doctor` on machines of all kinds, and on this one.
 */
import {describe, expect, onTestFinished, test} from 'vitest';
import {
  colorFinding,
  nodeFinding,
  type ProgramEnvironment,
  sizeFinding,
  systemFinding,
  unicodeFinding,
} from '../../src/app/diagnose.ts';
import {findServer} from '../../src/engines/postgres/server/binaries.ts';
import {Workplace} from '../support/program.ts';

const MACHINE: ProgramEnvironment = {
  nodeVersion: '22.3.0',
  columns: 120,
  rows: 36,
  colorDepth: 24,
  environment: {LANG: 'C.UTF-8'},
  platform: 'linux',
};
const on = (change: Partial<ProgramEnvironment>): ProgramEnvironment => ({...MACHINE, ...change});

test.each([
  ['22.3.0', 'good'],
  ['20.19.0', 'good'],
  ['20.18.3', 'bad'],
  ['18.20.0', 'bad'],
])('Node %s is %s', (version, state) => {
  expect(nodeFinding(version, '>=20.19').state).toBe(state);
});

test.each([
  [120, 36, 'good'],
  [80, 24, 'good'],
  [70, 30, 'poor'],
  [59, 30, 'bad'],
  [100, 15, 'bad'],
  [undefined, undefined, 'poor'],
])('a terminal of %s×%s is %s, and a problem comes with advice', (columns, rows, state) => {
  const finding = sizeFinding(on({columns, rows}));
  expect(finding.state).toBe(state);
  expect(finding.advice === undefined).toBe(state === 'good');
});

test.each([
  [{colorDepth: 24}, 'all (24 bits)'],
  [{colorDepth: 8}, '256'],
  [{colorDepth: 4}, '16'],
  [{colorDepth: 1}, 'none'],
  [{colorDepth: 24, environment: {NO_COLOR: '1'}}, 'none, because NO_COLOR is set'],
  [{colorDepth: undefined}, 'none, because the output does not go to a terminal'],
])('colours of %j are reported as %s', (change, seen) => {
  expect(colorFinding(on(change)).seen).toBe(seen);
});

test.each([
  [{environment: {LANG: 'de_DE.UTF-8'}}, 'good'],
  [{environment: {LC_ALL: 'C', LANG: 'de_DE.UTF-8'}}, 'poor'],
  [{environment: {}}, 'poor'],
  [{environment: {}, platform: 'darwin'}, 'good'],
])('Unicode on %j is %s', (change, state) => {
  expect(unicodeFinding(on(change)).state).toBe(state);
});

test('only Windows gets a finding about what does not work there', () => {
  expect(systemFinding(on({platform: 'win32'}))).toMatchObject({
    state: 'poor',
    seen: expect.stringContaining('pause'),
  });
  expect(systemFinding(on({platform: 'linux'}))).toBeUndefined();
});

describe('leaderlab doctor', () => {
  test('finds that every engine works, and reports it to programs, too', async () => {
    const place = new Workplace();
    onTestFinished(() => place.close());
    const {status, out} = await place.run('doctor', '--json');
    const findings = out
      .split('\n')
      .filter(Boolean)
      .map((line): {name: string; state: string} => JSON.parse(line));
    expect(status).toBe(0);
    expect(findings.map(({name}) => name)).toEqual([
      'Node',
      'terminal',
      'colours',
      'Unicode',
      'ports',
      'temporary data',
      'engine native',
      'engine sim',
      'engine postgres',
      'engine pglogical',
    ]);
    const stateOf = (engine: string) => findings.find(({name}) => name === `engine ${engine}`)?.state;
    expect(['native', 'sim', 'postgres'].map(stateOf)).toEqual(['good', 'good', 'good']);
    // pglogical comes from Debian, and not with this package.
    expect(stateOf('pglogical')).toBe((await findServer('pglogical')).ok ? 'good' : 'poor');
  });
});
