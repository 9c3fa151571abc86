/**
 * What counts as failed in a run.
 */
import {expect, test} from 'vitest';
import type {Action} from '../../src/command/action.ts';
import {parse} from '../../src/command/index.ts';
import {counted} from '../../src/session/expected.ts';
import {LEADERS} from '../support/actions.ts';

const action = (text: string): Action => {
  const parsed = parse(text, {leaders: LEADERS});
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
};
const unknown = {text: '', status: 'info', ms: 1, failure: {code: 'timeout', message: 'no answer'}} as const;

test.each([
  'topology ring',
  'resolver fww',
  'loopguard off',
  'ack quorum',
  'heal',
  'restart us',
  'skip us @eu',
])('the unknown outcome of "%s" counts as a failure', text =>
  expect(counted(unknown, action(text), undefined)).toBe('failed'),
);

test.each(['set a 1 @us', 'set a 1 @us || set a 2 @eu', 'load 10/s for 1s'])(
  'the unknown outcome of "%s" does not count as a failure',
  text => expect(counted(unknown, action(text), undefined)).toBe('neither'),
);

test('an unknown outcome that the next line expects does not count as a failure', () =>
  expect(counted(unknown, action('topology ring'), action('expect outcome info'))).toBe('neither'));
