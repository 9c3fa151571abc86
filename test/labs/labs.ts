/**
 * The labs: each holds on every engine that it names, real leaders and virtual time as a rule, and each fails
 * once its cause is taken away. In two files, since what is in one file runs one after the other.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {search} from '../../src/app/fuzz-search.ts';
import {must} from '../../src/base/assert.ts';
import {succeed} from '../../src/base/failure.ts';
import {Prng} from '../../src/base/prng.ts';
import {linksOfLab} from '../../src/cli/link-flags.ts';
import {withNewNames} from '../../src/course/randomize-names.ts';
import {readLab} from '../../src/course/read-lab.ts';
import {findServer} from '../../src/engines/postgres/server/binaries.ts';
import type {EngineName} from '../../src/port/engine-name.ts';
import {type RunOptions, runFiles} from '../../src/runner/run-files.ts';
import {startTestCluster} from '../support/cluster.ts';
import {type Ended, Workplace} from '../support/program.ts';
import {CAUSES} from './causes.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'labs');
export const NAMES = readdirSync(FOLDER)
  .filter(file => /^\d\d-.*\.md$/.test(file))
  .map(file => file.replace(/\.md$/, ''))
  .sort();

/** What this machine has no server for. */
const MISSING = new Set<EngineName>();
for (const engine of ['postgres', 'pglogical'] as const)
  if (!(await findServer(engine)).ok) MISSING.add(engine);

const sourceOf = (name: string): string => readFileSync(join(FOLDER, `${name}.md`), 'utf8');

function labOf(name: string) {
  const read = readLab(name, sourceOf(name));
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.lab;
}

interface Line {
  readonly ok?: boolean;
  readonly command?: string;
  readonly summary?: {readonly passed?: number; readonly failed?: number; readonly skipped?: string};
}

/** This text as a lab in another folder, with the modules that labs have beside them. */
function besideModules(name: string, source: string): string {
  const place = new Workplace();
  onTestFinished(() => place.close());
  for (const file of readdirSync(FOLDER).filter(other => other.endsWith('.mjs')))
    place.file(file, readFileSync(join(FOLDER, file), 'utf8'));
  return place.file(`${name}.md`, source);
}

async function run(engine: EngineName, file: string) {
  const {status, out, err} = await (engine === 'sim' ? simulate(file) : runProgram(engine, file));
  const lines = out
    .split('\n')
    .filter(line => line !== '')
    .map((line): Line => JSON.parse(line));
  return {
    status,
    err,
    failed: lines.filter(({ok}) => ok === false).map(({command}) => command),
    summary: lines.at(-1)?.summary,
  };
}

async function runProgram(engine: EngineName, file: string): Promise<Ended> {
  const place = new Workplace();
  onTestFinished(() => place.close());
  return place.run('run', '--engine', engine, '--json', file);
}

/** Does what the program does with a lab on the sim engine, without the start of a process. */
async function simulate(file: string): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const options: RunOptions = {
    engine: 'sim',
    leaders: [],
    json: true,
    seed: 1,
    search,
    write: line => void out.push(line),
    warn: line => void err.push(line),
  };
  const status = await runFiles([file], options, async about => {
    const {leaders, topology, resolver, links} = must(about, 'the front matter of the lab');
    const start = {leaders, topology, resolver, links: linksOfLab(links)};
    return succeed(await startTestCluster({engine: 'sim', ...start}));
  });
  return {status, out: out.join('\n'), err: err.join('\n')};
}

export const testLabs = (names: readonly string[]): void =>
  describe.each(names)('labs/%s.md', {timeout: 120_000}, testLab);

function testLab(name: string): void {
  const {about, steps} = labOf(name);
  const {engines} = about;
  const here = engines.filter(engine => !MISSING.has(engine));
  /** What is not about engines is tried on one: in virtual time, where the lab holds there. */
  const plain = here.find(engine => engine === 'sim') ?? here[0];
  /** On that engine, or on the one. */
  const runOn = (file: string, engine = plain) => run(engine ?? 'sim', file);

  test('asks for a prediction', () => {
    expect(steps.some(({parts}) => parts.some(({type}) => type === 'predict'))).toBe(true);
  });

  for (const engine of engines) {
    test.skipIf(MISSING.has(engine))(`holds on the ${engine} engine`, async () => {
      const {status, err, failed, summary} = await run(engine, join(FOLDER, `${name}.md`));
      expect({status, err, failed: status === 0 ? [] : failed}).toEqual({status: 0, err: '', failed: []});
      expect(summary?.passed).toBeGreaterThan(0);
    });
  }

  const tasks = steps.flatMap(({parts}) => parts.filter(part => part.type === 'task'));

  for (const {line, checks, solution} of tasks) {
    test.skipIf(plain === undefined)(`needs commands for the task of line ${line}`, async () => {
      const lines = new Set(solution.map(one => one.line));
      const undone = sourceOf(name).split('\n');
      const source = undone.map((text, i) => (lines.has(i + 1) ? 'solution: sleep 1ms' : text)).join('\n');
      const {failed} = await runOn(besideModules(name, source));
      expect(
        checks.filter(({text}) => failed.includes(`expect ${text}`)),
        `line ${line}`,
      ).not.toEqual([]);
    });
  }

  const causes = CAUSES.filter(({lab}) => lab === name);

  test('has a cause that can be removed', () => {
    expect(causes.length).toBeGreaterThan(0);
  });

  for (const {without, replaces, by, only} of causes) {
    const engine = only ?? plain;
    test.skipIf(engine === undefined || MISSING.has(engine))(`fails without ${without}`, async () => {
      const source = sourceOf(name);
      expect(source).toContain(replaces);
      const {status, err, failed} = await runOn(besideModules(name, source.replaceAll(replaces, by)), engine);
      expect({status, err}).toEqual({status: 1, err: ''});
      // Commands that fail as the lab expects them to are no sign of it.
      expect(failed.filter(command => /^(expect|predict) /.test(command ?? ''))).not.toEqual([]);
    });
  }

  test.runIf(engines.includes('sim'))('holds with fresh names, as the quiz asks it', async () => {
    const fresh = withNewNames(sourceOf(name), labOf(name), new Prng(`fresh ${name}`));
    const {status, failed} = await run('sim', besideModules(name, fresh));
    expect({status, failed: status === 0 ? [] : failed}).toEqual({status: 0, failed: []});
  });
}
