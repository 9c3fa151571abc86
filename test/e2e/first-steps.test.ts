/**
 * The command file that tells the story of the lab: it holds, and it would not if any part of the story were
 * absent.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {Workplace} from '../support/program.ts';

const FILE = join(import.meta.dirname, '..', '..', 'labs', 'first-steps.lab');

async function run(source: string, ...flags: readonly string[]) {
  const place = new Workplace();
  onTestFinished(() => place.close());
  const {status, out, err} = await place.run('run', ...flags, '--json', place.file('steps.lab', source));
  const objects = out.split('\n').map(line => JSON.parse(line));
  return {status, err, objects, failed: objects.filter(({ok}) => ok === false).map(({command}) => command)};
}

describe('labs/first-steps.lab', {timeout: 60_000}, () => {
  const source = readFileSync(FILE, 'utf8');

  test.each([
    ['native', '--lan'],
    ['native', '--wan'],
    ['sim', '--lan'],
    ['sim', '--wan'],
  ])('holds under the %s engine with %s', async (engine, links) => {
    const {status, err, failed, objects} = await run(source, '--engine', engine, links);
    expect({status, err, failed}).toEqual({status: 0, err: '', failed: ['set n 1 @ap']});
    const {summary} = objects.at(-1);
    expect(summary).toMatchObject({failed: 0});
    expect(summary.passed).toBe(source.match(/^expect /gm)?.length);
  });

  // The first check that fails without the line.
  test.each([
    ['set title A @us || set title B @eu', 'set title A @us', 'expect conflicts = 1'],
    ['kill ap', '', 'expect down ap'],
    ['restart ap', '', 'expect up ap'],
    ['cut us-eu', '', 'expect diverged'],
    ['resolver siblings', '', 'expect siblings title @all = 2'],
  ])('fails without %s', async (line, instead, check) => {
    expect(source.split('\n').filter(candidate => candidate === line)).toHaveLength(1);
    const {status, failed} = await run(source.replace(`\n${line}\n`, `\n${instead}\n`), '--lan');
    expect(status).toBe(1);
    expect(failed.find(command => command.startsWith('expect '))).toBe(check);
  });
});
