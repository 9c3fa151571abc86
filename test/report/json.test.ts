/**
 * `run --json` writes what `json-schema.ts` and docs/json.md describe: every kind of line and every type of
 * result, from real runs on the simulated cluster.
 */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {z} from 'zod';
import {succeed} from '../../src/base/failure.ts';
import {runFiles} from '../../src/runner/run-files.ts';
import {runSideBySide} from '../../src/runner/run-side-by-side.ts';
import {AP, EU, startTestCluster, US} from '../support/cluster.ts';
import {LINES, RESULTS} from './json-schema.ts';

const COMMANDS = `
set title A @us || set title B @eu
wait converged
get title @all
conflicts
explain 1
compare title
why title
incr n @us
sadd s x
srem s x
hset h f 1
txn set a 1, del h
keys @all
log us
lag
topology
resolver
state
diff
focus eu
load 20/s for 500ms
cut us-eu
kill ap
get title @all
expect get title = C
heal
help set
resolver halt @us
set k 1 @us || set k 2 @eu
sleep 1s
skip eu @us
quit
`;

const LAB = `---
title: One prediction
teaches: nothing
minutes: 1
---

# One prediction

## A step

\`\`\`predict
What does a reader see?
- one | get a = 1
- none | get a = absent
\`\`\`

\`\`\`lab
set a 1
\`\`\`
`;

type Line = {readonly [field: string]: unknown};

let folder: string;
let lines: readonly Line[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leaderlab-json-'));
  writeFileSync(join(folder, 'all.lab'), COMMANDS);
  writeFileSync(join(folder, 'one.md'), LAB);
  writeFileSync(join(folder, 'native.md'), LAB.replace('minutes: 1', 'minutes: 1\nengines: native'));
  const out: string[] = [];
  const options = {
    engine: 'sim' as const,
    leaders: [US, EU, AP],
    json: true,
    seed: 1,
    width: 100,
    write: (line: string) => void out.push(line),
    warn: (line: string) => {
      throw new Error(line);
    },
  };
  const start = async () => succeed(await startTestCluster({engine: 'sim'}));
  const paths = ['all.lab', 'one.md', 'native.md'].map(name => join(folder, name));
  await runFiles(paths, options, start);
  const engine = {name: 'sim' as const, start, whyNot: async () => undefined};
  await runSideBySide(paths.slice(0, 2), options, [engine, {...engine, name: 'native'}]);
  lines = out.map(line => JSON.parse(line) as Line);
}, 60_000);
afterAll(() => rmSync(folder, {recursive: true}));

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

const namesOf = (schemas: {readonly [name: string]: z.ZodType}, value: unknown): string[] =>
  Object.entries(schemas).flatMap(([name, schema]) => (accepts(schema, value) ? [name] : []));

test('every line has exactly one kind, and every kind appears', () => {
  for (const line of lines) expect(namesOf(LINES, line), JSON.stringify(line)).toHaveLength(1);
  expect([...new Set(lines.flatMap(line => namesOf(LINES, line)))].sort()).toEqual(Object.keys(LINES).sort());
});

test('every result has exactly one type, and every type appears', () => {
  const results = lines
    .filter(line => accepts(LINES.command, line) && 'result' in line)
    .map(({result}) => result);
  for (const result of results) expect(namesOf(RESULTS, result), JSON.stringify(result)).toHaveLength(1);
  const written = new Set(results.flatMap(result => namesOf(RESULTS, result)));
  expect([...written].sort()).toEqual(Object.keys(RESULTS).sort());
});

test('every summary names the version', () => {
  const summaries = lines.flatMap(({summary}) => (summary === undefined ? [] : [summary]));
  expect(summaries.length).toBeGreaterThan(3);
  for (const summary of summaries) expect(summary).toMatchObject({version: 1});
});

/** Several values stand in a line each; one value may take several lines. */
const valuesIn = (text: string): unknown[] =>
  /^\{.*\}$/m.test(text)
    ? text
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    : [JSON.parse(text)];

test('docs/json.md has an example of every kind of line and of every type of result', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/json.md'), 'utf8');
  const examples = [...text.matchAll(/^#+ `([\w-]+)`[^\n]*\n(?:(?!^#)[\s\S])*?```json\n([\s\S]*?)```/gm)];
  const schemas: {readonly [name: string]: z.ZodType} = {...RESULTS, ...LINES};
  for (const [, name = '', example = ''] of examples)
    for (const value of valuesIn(example))
      expect(schemas[name]?.safeParse(value).error, name).toBeUndefined();
  expect(examples.map(([, name]) => name).sort()).toEqual(Object.keys(schemas).sort());
});
