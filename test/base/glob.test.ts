/**
 * Key patterns, against a regular expression where it is quick, and on patterns where it is not.
 */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {globMatcher} from '../../src/base/glob.ts';

const escaped = (one: string): string =>
  one.replace(/\W/u, special => `\\u{${special.codePointAt(0)?.toString(16)}}`);
const patternOf = (one: string): string => ({'*': '[^]*', '?': '[^]'})[one] ?? escaped(one);
const byRegex = (glob: string): RegExp => new RegExp(`^${[...glob].map(patternOf).join('')}$`, 'u');

describe('a key pattern', () => {
  it('matches what the regular expression of the same meaning matches', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', '.', '\n', '日', '👩', '[', '\\'), {maxLength: 8})
      .map(parts => parts.join(''));
    const glob = fc
      .array(fc.constantFrom('a', 'b', '.', '*', '*', '?', '日', '👩', '[', '\\'), {maxLength: 6})
      .map(parts => parts.join(''));
    fc.assert(
      fc.property(glob, text, (pattern, key) => globMatcher(pattern)(key) === byRegex(pattern).test(key)),
    );
  });

  it.each([
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '👩', true],
    ['user:*:name', 'user:1:2:name', true],
    ['user:*:name', 'user:1:names', false],
    ['a**b', 'ab', true],
  ])('%s on %s: %s', (pattern, key, matches) => {
    expect(globMatcher(pattern)(key)).toBe(matches);
  });

  it('with hundreds of stars is matched at once, unlike by backtracking over all stars', () => {
    expect(globMatcher(`${'*a'.repeat(400)}*b`)('a'.repeat(1024))).toBe(false);
    expect(globMatcher(`${'*?a'.repeat(200)}*b`)('a'.repeat(1024))).toBe(false);
    expect(globMatcher(`${'*a'.repeat(400)}*`)('a'.repeat(1024))).toBe(true);
  });
});
