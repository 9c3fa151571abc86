/**
 * Topologies of real processes: changed while clients write, and closed around dead leaders.
 */
import {afterEach, expect, it} from 'vitest';
import {type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {TopologySpec} from '../../src/command/topology.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {AP, act, command, converged, EU, ok, set, startTestCluster, US, values} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const [SA, AF] = [leaderId('sa'), leaderId('af')];
const FIVE = [US, EU, AP, SA, AF];
const links = (): string[] =>
  cluster
    .view()
    .links.map(({id}) => id)
    .sort();
const [custom]: TopologySpec[] = [
  {
    name: 'custom',
    links: [
      {a: US, b: EU, both: false},
      {a: EU, b: AP, both: true},
      {a: AP, b: US, both: false},
    ],
  },
];

it('loses no write while the topology is switched from each to each', async () => {
  cluster = await startTestCluster();
  const names = ['ring', 'star', 'two-way-ring', 'chain', 'modified-ring', 'tree', 'mesh'] as const;
  const written: string[] = [];
  let isOver = false;
  const writer = async (leader: LeaderId): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const key = `${leader}-${n}`;
      await act(cluster, set(key, n, leader));
      written.push(key);
    }
  };
  const writers = [US, EU, AP].map(writer);
  for (const topology of [
    ...names.map(name => ({name}) as TopologySpec),
    custom as TopologySpec,
    {name: 'star', hub: AP} as TopologySpec,
  ]) {
    const before = written.length;
    await act(cluster, {type: 'topology', topology});
    expect(cluster.view().topology).toEqual(topology);
    await waitFor('writes in it', () => written.length > before + 10);
  }
  isOver = true;
  await Promise.all(writers);
  await converged(cluster, 3);
  const listed = (await ok(cluster, 'keys * @all')).result;
  if (listed?.type !== 'keys') throw new Error('no keys');
  for (const leader of [US, EU, AP]) expect(listed.keys[leader]).toHaveLength(written.length);
  expect(links()).toEqual(['ap>eu', 'ap>us', 'eu>ap', 'us>ap']);
}, 30_000);

it('closes the modified ring around two dead neighbours and includes them after their return, ' +
  'and a ring stays broken', async () => {
  cluster = await startTestCluster({leaders: FIVE, topology: {name: 'ring'}});
  await ok(cluster, 'kill eu ap');
  await ok(cluster, 'set broken 1 @us');
  expect(links()).toEqual(['af>us', 'ap>sa', 'eu>ap', 'sa>af', 'us>eu']);
  await act(cluster, {type: 'topology', topology: {name: 'modified-ring'}});
  expect(links()).toEqual(['af>sa', 'af>us', 'sa>af', 'sa>us', 'us>af', 'us>sa']);
  await converged(cluster, 3);
  expect(await values(cluster, 'broken')).toMatchObject({
    sa: {type: 'value', value: 1},
    af: {type: 'value', value: 1},
  });
  await act(cluster, {type: 'topology', topology: {name: 'ring'}});
  await ok(cluster, 'set stuck 1 @us');
  // The write does not reach af, even after us and af exchanged messages: the path from us leads through dead
  // leaders.
  await ok(cluster, 'set round 1 @af');
  await waitFor(
    'af’s write at us',
    async () => (await values(cluster, 'round')).us !== undefined && hasValue('round', US),
  );
  expect(await values(cluster, 'stuck')).toMatchObject({sa: {type: 'absent'}, af: {type: 'absent'}});
  await act(cluster, {type: 'topology', topology: {name: 'modified-ring'}});
  await ok(cluster, 'restart eu ap');
  expect(links()).toHaveLength(10);
  await converged(cluster, 5);
  expect(await hasValue('stuck', EU)).toBe(true);
}, 30_000);

it('closes the modified ring around a leader that crashed', async () => {
  cluster = await startTestCluster({leaders: [US, EU, AP, SA], topology: {name: 'modified-ring'}});
  process.kill(cluster.view().leaders.find(({id}) => id === EU)?.pid ?? 0, 'SIGKILL');
  await waitFor('a ring of three', () => links().length === 6);
  expect(links().some(link => link.includes('eu'))).toBe(false);
  await ok(cluster, 'restart eu');
  expect(links()).toHaveLength(8);
});

it('refuses a topology of unknown leaders, and stays as it is', async () => {
  cluster = await startTestCluster();
  const topology: TopologySpec = {name: 'custom', links: [{a: US, b: SA, both: true}]};
  expect(await cluster.execute({type: 'topology', topology}, US)).toMatchObject({
    status: 'fail',
    failure: {message: 'there is no leader sa'},
  });
  expect(cluster.view().topology).toEqual({name: 'mesh'});
  expect(links()).toHaveLength(6);
  expect(await command(cluster, 'set n 1 @us')).toMatchObject({status: 'ok'});
});

it('keeps the forwarding that the user chose until the topology changes', async () => {
  cluster = await startTestCluster({topology: {name: 'chain'}});
  await act(cluster, {type: 'forward', forward: 'own'});
  expect(cluster.view().forward).toBe('own');
  await ok(cluster, 'set far 1 @us');
  await ok(cluster, 'set near 1 @eu');
  await waitFor('eu’s write at ap', () => hasValue('near', AP));
  expect(await hasValue('far', AP)).toBe(false);
  await act(cluster, {type: 'topology', topology: {name: 'two-way-ring'}});
  expect(cluster.view().forward).toBe('all');
  await converged(cluster, 3);
});

async function hasValue(name: string, leader: LeaderId): Promise<boolean> {
  return ((await values(cluster, name))[leader] as {type: string}).type === 'value';
}
