/**
 * A link proxy that cannot start, or cannot start again with the same ports: then the lab gives it up
 * permanently.
 */
import {createServer, type Server} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {linkId} from '../../src/base/ids.ts';
import {LinkProxy} from '../../src/engines/shared/link-proxy.ts';
import {findPrograms} from '../../src/engines/shared/programs.ts';
import {CLEAR_RULE} from '../../src/faults/rule.ts';
import {EU, US} from '../support/cluster.ts';
import {descendantsOf} from '../support/processes.ts';
import {waitFor} from '../support/wait.ts';

const proxies = (): readonly number[] =>
  descendantsOf(process.pid)
    .filter(({command}) => command.includes('dist/proxy.js'))
    .map(({pid}) => pid);

/** Listens on the port as soon as it is free. */
const occupied = (port: number): Promise<Server> =>
  waitFor(
    'the port is free',
    () =>
      new Promise<Server | undefined>(resolve => {
        const server = createServer();
        server.once('error', () => resolve(undefined)).listen(port, '127.0.0.1', () => resolve(server));
      }),
  );

test('a proxy that does not start is named in the failure', async () => {
  const programs = {leader: '', proxy: join(import.meta.dirname, 'no-such-program.js'), cleanup: ''};
  const proxy = new LinkProxy(programs, 'token', {trafficReported: () => {}, proxyChanged: () => {}});
  const started = await proxy.started;
  expect(started).toMatchObject({
    failure: {message: expect.stringMatching(/^the link proxy did not start: ./)},
  });
});

test('a link whose port was taken by another process', async () => {
  const programs = findPrograms();
  if (!programs.ok) throw new Error(programs.failure.message);
  const told: string[] = [];
  const listener = {
    trafficReported: () => {},
    proxyChanged: (_isUp: boolean, text: string) => void told.push(text),
  };
  const proxy = new LinkProxy(programs.value, 'token', listener);
  expect(await proxy.started).toMatchObject({ok: true});
  onTestFinished(() => proxy.stop());
  const port = await proxy.openLink(linkId(US, EU), {carries: 'frames', rule: CLEAR_RULE, seed: 1});
  if (!port.ok) throw new Error(port.failure.message);
  const [pid = 0] = proxies();
  process.kill(pid, 'SIGKILL');
  const server = await occupied(port.value);
  onTestFinished(() => void server.close());
  const ended = 'the link proxy, which carries all links, ended (SIGKILL); the lab starts it again';
  const givenUp = expect.stringContaining('the link proxy no longer runs, so no link carries messages: ');
  await waitFor('it is given up', () => told.length >= 2, 15_000);
  await waitFor('nothing of it runs', () => proxies().length === 0, 15_000);
  // The lab learns of the end a moment later. Until then requests wait for the restart, and then they are
  // refused, too.
  for (let i = 0; i < 20; i++) {
    expect(await proxy.setTarget(US, null)).toMatchObject({ok: false, failure: {code: 'no-proxy'}});
    await new Promise(resolve => setImmediate(resolve));
  }
  expect(told).toEqual([ended, givenUp]);
  expect(proxies()).toEqual([]);
}, 60_000);
