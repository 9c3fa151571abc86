/**
 * Each planted fault has its place in the sources. Whether the search finds it is the business of `npm run mutants`.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {MUTANTS} from './mutants.ts';

test.each(MUTANTS)('$name', ({file, original, mutated}) => {
  const source = readFileSync(join('src', file), 'utf8');
  expect(source.split(original)).toHaveLength(2);
  expect(mutated).not.toBe(original);
});
