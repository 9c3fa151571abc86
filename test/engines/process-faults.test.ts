/**
 * Which faults the status of a leader and the platform allow.
 */
import {expect, it} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {doneInWords, platformRefusal, processRefusal} from '../../src/engines/shared/model/process-faults.ts';
import {appliesTo, isProcessFault} from '../../src/faults/process-fault.ts';

it('Windows cannot pause a real leader, and the error says what to do instead', () => {
  expect(platformRefusal('pause', 'win32')).toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('SIGSTOP'),
    hint: expect.stringContaining('kill'),
  });
});

it.each([
  ['kill', 'win32'],
  ['restart', 'win32'],
  ['pause', 'linux'],
  ['pause', 'darwin'],
] as const)('%s works on %s', (fault, platform) => {
  expect(platformRefusal(fault, platform)).toBeUndefined();
});

it.each([
  ['kill', 'up', true],
  ['kill', 'down', false],
  ['pause', 'paused', false],
  ['resume', 'paused', true],
  ['restart', 'down', true],
] as const)('%s of a leader that is %s: %s, and a refusal gives the reason', (fault, status, can) => {
  expect(appliesTo(fault, status)).toBe(can);
  expect(processRefusal(fault, [leaderId('us')], () => status)?.code).toBe(can ? undefined : `is-${status}`);
});

it('faults of processes are distinguished from other commands', () => {
  expect(['kill', 'restart', 'pause', 'resume', 'clock', 'toString'].filter(isProcessFault)).toEqual([
    'kill',
    'restart',
    'pause',
    'resume',
  ]);
});

it('the names of three leaders are written as a list', () => {
  expect(doneInWords('restart', ['us', 'eu', 'ap'].map(leaderId))).toBe('us, eu and ap restarted');
});
