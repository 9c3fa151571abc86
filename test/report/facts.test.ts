/**
 * What side-by-side runs show has the words of the document of the result, for every type of result that has
 * facts.
 */
import {expect, test} from 'vitest';
import {locateIn} from '../../src/files/custom-file.ts';
import {plainLines, plainText} from '../../src/report/document/plain-text.ts';
import type {Document} from '../../src/report/document/styled-document.ts';
import {formOf} from '../../src/report/result-table.ts';
import {conflictLine} from '../../src/report/results/conflict-results.ts';
import {Nondeterminism} from '../../src/report/results/nondeterminism.ts';
import {IN_FULL} from '../../src/report/words/show-value.ts';
import {createSession} from '../../src/session/session.ts';
import type {SessionResult} from '../../src/session/session-result.ts';
import {startTestCluster} from '../support/cluster.ts';

const COMMANDS = [
  'set title A @us || set title B @eu',
  'wait converged',
  'get title @all',
  'conflicts',
  'explain 1',
  'compare title',
  'why title',
  'txn set a 1, del h',
  'keys @all',
  'log us',
  'resolver fww @eu',
  'resolver',
  'load 20/s for 500ms',
  'wait load',
  'cut us-eu, us-ap',
  'set title C @us',
  'state',
  'diff',
  'expect converged within 0ms',
  'kill ap',
  'set n 1 @ap',
  'get title @all',
  'heal',
  'resolver halt',
  'set k 1 @us || set k 2 @eu',
  'sleep 1s',
  'skip @all',
];

const chance = {nondeterminism: new Nondeterminism([]), resolvers: []};

async function run(): Promise<readonly SessionResult[]> {
  const cluster = await startTestCluster({engine: 'sim'});
  const session = createSession(cluster, {locate: locateIn('.'), loadsInBackground: false});
  const results: SessionResult[] = [];
  for (const command of COMMANDS) {
    const {result} = await session.run(command);
    if (result !== undefined) results.push(result);
  }
  await cluster.close();
  return results;
}

/** The fact of `explain` is the line of the conflict in the log. */
const documentOf = (result: SessionResult): Document =>
  result.type === 'explained'
    ? [conflictLine(result.conflict, IN_FULL)]
    : formOf(result).document(result, IN_FULL).whole;

const wordsOf = (text: string): string[] =>
  text.split(/[\s,]+/).filter(word => !['', '✔', '✘'].includes(word));

test('every word of a fact is in the document of its result', async () => {
  const types = new Set<string>();
  for (const result of await run()) {
    const words = wordsOf(plainLines(documentOf(result)).join(' '));
    for (const {text} of formOf(result).facts?.(result, chance) ?? []) {
      types.add(result.type);
      expect(words, result.type).toEqual(expect.arrayContaining(wordsOf(plainText(text))));
    }
  }
  expect([...types].sort().join(' ')).toBe(
    'check compared conflicts diff explained keys loaded log setting skipped state values why writes',
  );
});
