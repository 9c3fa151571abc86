/**
 * Which faults of processes a platform cannot have.
 */
import {expect, it} from 'vitest';
import {platformRefusal} from '../../src/cluster/process-faults.ts';

it('Windows cannot pause a real leader; the error says what to do instead', () => {
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
