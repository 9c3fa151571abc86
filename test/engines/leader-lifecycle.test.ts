/**
 * The status of one leader, through starts, pauses and ends.
 */
import {expect, it} from 'vitest';
import {fail, type Result, succeed} from '../../src/base/failure.ts';
import {leaderId} from '../../src/base/ids.ts';
import {LeaderLifecycle} from '../../src/engines/shared/leader-lifecycle.ts';

const US = leaderId('us');

const opened = async (): Promise<Result<null>> => succeed(null);

function newLifecycle() {
  const entered: string[] = [];
  const lifecycle = new LeaderLifecycle(US, ({status, cause}) => {
    entered.push(cause === undefined ? status : `${status}: ${cause}`);
  });
  return {lifecycle, entered};
}

it('a leader is up after its start, and down after the end of its process', async () => {
  const {lifecycle, entered} = newLifecycle();
  expect(await lifecycle.start(opened)).toMatchObject({ok: true});
  lifecycle.pause();
  lifecycle.resume();
  lifecycle.ended('SIGSEGV');
  expect(entered).toEqual(['starting', 'up', 'paused: paused', 'up', 'down: crashed (SIGSEGV)']);
});

it('an end that the lab causes is no crash, and a later one without it is', async () => {
  const {lifecycle, entered} = newLifecycle();
  await lifecycle.start(opened);
  lifecycle.expectEnd('killed');
  lifecycle.ended('SIGKILL');
  await lifecycle.start(opened);
  lifecycle.ended('SIGKILL');
  expect(entered.filter(state => state.startsWith('down'))).toEqual([
    'down: killed',
    'down: crashed (SIGKILL)',
  ]);
});

it('a leader that does not start is down, and its failure names it', async () => {
  const {lifecycle, entered} = newLifecycle();
  const started = await lifecycle.start(async () => fail('no-port', 'the port is taken'));
  expect(started).toMatchObject({
    failure: {code: 'no-port', message: 'leader us did not start: the port is taken'},
  });
  expect(entered).toEqual(['starting', 'down: did not start (the port is taken)']);
});

it('a leader whose process ends during its start has not started', async () => {
  const {lifecycle} = newLifecycle();
  const started = await lifecycle.start(async () => {
    lifecycle.ended('SIGKILL');
    return succeed(null);
  });
  expect(started).toMatchObject({failure: {message: 'leader us did not start: it ended: crashed (SIGKILL)'}});
  expect(lifecycle.state.status).toBe('down');
});

it('no start begins after the lab has begun to close', async () => {
  const {lifecycle, entered} = newLifecycle();
  await lifecycle.close();
  expect(await lifecycle.start(opened)).toMatchObject({failure: {code: 'closing'}});
  expect(entered).toEqual([]);
});

it('only a leader that is up is paused, and only a paused one is resumed', () => {
  const {lifecycle} = newLifecycle();
  expect(() => lifecycle.pause()).toThrow('broken invariant');
  expect(() => lifecycle.resume()).toThrow('broken invariant');
});
