/**
 * The native engine passes the tests of every engine, and leaves no process and no file behind.
 */
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, vi} from 'vitest';
import {startCluster} from '../../../src/app/open-cluster.ts';
import {linkId} from '../../../src/base/ids.ts';
import {wan} from '../../../src/faults/wan.ts';
import {AP, command, converged, EU, ok, startTestCluster, US, values} from '../../support/cluster.ts';
import {conformance} from '../../support/conformance.ts';
import {descendantsOf, killAll} from '../../support/processes.ts';
import {waitFor} from '../../support/wait.ts';

const LINK = linkId(US, EU);
const value = (text: unknown) => ({type: 'value', value: text});

describe('the native engine', () => {
  conformance({start: startTestCluster, lacks: []});

  it('keeps links held for one A || B while another ends', async () => {
    const cluster = await startTestCluster();
    await ok(cluster, 'pause ap');
    const slow = command(cluster, 'set slow A @us || set slow B @ap');
    await waitFor(
      'A at us',
      async () => JSON.stringify((await values(cluster, 'slow')).us) === JSON.stringify(value('A')),
    );
    await ok(cluster, 'set quick C @us || set quick D @eu');
    await waitFor('both held', () => (cluster.view().links.find(({id}) => id === LINK)?.held ?? 0) >= 2);
    expect(await values(cluster, 'slow')).toMatchObject({us: value('A'), eu: {type: 'absent'}});
    expect(await slow).toMatchObject({status: 'info'});
    await ok(cluster, 'resume ap');
    await converged(cluster, 3);
    await cluster.close();
  });

  it('reports a change as unknown if a leader has not answered', async () => {
    const cluster = await startTestCluster();
    const pid = cluster.view().leaders.find(({id}) => id === EU)?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    expect(await command(cluster, 'resolver siblings')).toMatchObject({
      status: 'info',
      failure: {code: 'timeout'},
    });
    process.kill(pid, 'SIGCONT');
    await waitFor(
      'the switch at eu',
      () => cluster.view().leaders.find(({id}) => id === EU)?.resolver.name === 'siblings',
    );
    await cluster.close();
  });

  it('leaves no process and no file in the temporary folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'native-test-'));
    vi.stubEnv('TMPDIR', folder);
    const cluster = await startTestCluster();
    const pids = cluster.view().leaders.flatMap(({pid}) => pid ?? []);
    expect(pids).toHaveLength(3);
    expect(readdirSync(folder)).toHaveLength(1);
    await ok(cluster, 'pause eu');
    await cluster.close();
    expect(pids.filter(pid => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    vi.unstubAllEnvs();
    rmSync(folder, {recursive: true});
  });

  it('ends a leader that is being restarted when the lab closes', async () => {
    const cluster = await startTestCluster();
    const restarted = command(cluster, 'restart ap');
    await waitFor(
      'ap to start',
      () => cluster.view().leaders.find(({id}) => id === AP)?.status === 'starting',
    );
    await cluster.close();
    const left = descendantsOf(process.pid).filter(({command: line}) =>
      /dist\/(leader|proxy)\.js/.test(line),
    );
    killAll(left);
    expect(left).toEqual([]);
    await restarted;
  });
});

it('leaves no process and no file when it is closed while it starts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'native-test-'));
  vi.stubEnv('TMPDIR', folder);
  const started = await startCluster({
    engine: 'native',
    leaders: undefined,
    topology: undefined,
    resolver: undefined,
    links: wan,
    data: undefined,
    seed: 1,
  });
  if (!started.ok) throw new Error(started.failure.message);
  await started.value.cluster.close();
  expect(await started.value.ready).toMatchObject({ok: false, failure: {code: 'closed'}});
  expect(started.value.cluster.view().leaders.map(({status}) => status)).toEqual(['down', 'down', 'down']);
  const left = descendantsOf(process.pid).filter(({command: line}) => /dist\/(leader|proxy)\.js/.test(line));
  killAll(left);
  expect(left).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  vi.unstubAllEnvs();
  rmSync(folder, {recursive: true});
});

it.each([
  ['native', US],
  ['native', EU],
] as const)('a cluster of one leader, %s %s, works too', async (engine, only) => {
  const cluster = await startTestCluster({engine, leaders: [only]});
  await cluster.execute(
    {type: 'write', key: 'k' as never, intent: {type: 'set', value: 1}, at: {type: 'focused'}},
    only,
  );
  expect(cluster.view().convergence).toEqual({type: 'converged', live: 1});
  await cluster.close();
});
