/**
 * The messages to clients if a leader does not answer: the reason, and the command that helps.
 */
import {expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {
  downReason,
  noAnswerInWords,
  pausedReason,
  unconfirmed,
} from '../../src/engines/shared/model/client-answers.ts';

const [US, EU, AP] = [leaderId('us'), leaderId('eu'), leaderId('ap')];

test('a write at a leader that is down or paused is answered with the command that helps', () => {
  expect(downReason(US)).toBe('us is down; use: restart us');
  expect(pausedReason(US)).toBe('us is paused and may still do it; use: resume us');
});

test('the answer to a read that nobody answered names each reason and each command once', () => {
  expect(noAnswerInWords([[US, 'down']])).toBe('us is down; use: restart us');
  expect(
    noAnswerInWords([
      [US, 'down'],
      [EU, 'paused'],
      [AP, 'down'],
    ]),
  ).toBe('us and ap are down; use: restart us ap; eu is paused; use: resume eu');
  expect(noAnswerInWords([[US, 'no answer']])).toBe('us gave no answer');
  expect(noAnswerInWords([[US, 'not in this cluster']])).toBe('us is not in this cluster');
});

test('the answer to an unconfirmed write says how many confirmations were needed', () => {
  expect(unconfirmed(US, {origin: US, seq: 2}, [US], 2).reason).toBe(
    'us:2 is at us; only 1 of the 2 leaders needed confirmed it in time',
  );
});
