/**
 * Each planted fault has its place in the sources. Whether the search finds it is the business of `npm run
 * mutants`.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {transformSync} from 'esbuild';
import {expect, test} from 'vitest';
import {MUTANTS} from './mutants.ts';
import {replaced, timesFound} from './place.ts';

test.each(MUTANTS)('$name', ({file, original, mutated}) => {
  const source = readFileSync(join('src', file), 'utf8');
  expect(timesFound(source, original)).toBe(1);
  expect(() => transformSync(replaced(source, original, mutated), {loader: 'ts'})).not.toThrow();
  expect(mutated).not.toBe(original);
});
