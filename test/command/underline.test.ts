import {expect, test} from 'vitest';
import {underline} from '../../src/command/index.ts';

const failure = {code: 'syntax', message: 'no leader "ua"; did you mean us?', hint: 'there are us, eu, ap'};

test('the caret is under the wrong character', () => {
  expect(underline('kill ua', 5, failure)).toEqual([
    'kill ua',
    '     ^ no leader "ua"; did you mean us?',
    '       there are us, eu, ap',
  ]);
});

test('wide and escaped characters do not shift the caret', () => {
  const [text = '', caret = ''] = underline('set 東京\t ua', 8, {code: 'syntax', message: 'here'});
  expect(text).toBe('set 東京\\t ua');
  expect(caret.indexOf('^')).toBe('set 東京\\t '.length + 2);
});

test('a long text is shown around the caret only', () => {
  const [text = ''] = underline(`${'x'.repeat(5000)}!${'y'.repeat(5000)}`, 5000, {
    code: 'syntax',
    message: 'here',
  });
  expect(text.length).toBeLessThan(130);
  expect(text).toContain('x!y');
});
