import {expect, test} from 'vitest';
import {listed} from '../../src/base/list.ts';

test.each([
  [[], ''],
  [['us'], 'us'],
  [['us', 'eu'], 'us and eu'],
  [['us', 'eu', 'ap'], 'us, eu and ap'],
  [['us', 'eu', 'ap', 'sa'], 'us, eu, ap and sa'],
])('%j is written as %j', (items, text) => {
  expect(listed(items)).toBe(text);
});

test('the last two items are joined by the given word', () => {
  expect(listed(['up', 'paused', 'down'], 'or')).toBe('up, paused or down');
});
