/**
 * What every engine behind the Cluster port must do. Engines are rows of the table at the end; what one cannot do, and refuses by name, is
 * skipped by that name.
 */
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {linkId} from '../../src/base/ids.ts';
import type {Cluster} from '../../src/cluster/port.ts';
import {findServer} from '../../src/cluster/postgres/binaries.ts';
import {type StartOptions, startCluster} from '../../src/cluster/start.ts';
import type {ResolverName} from '../../src/core/resolvers/spec.ts';
import {showDot} from '../../src/core/version-vector.ts';
import {wan} from '../../src/faults/wan.ts';
import {AP, command, converged, EU, ok, startTestCluster, US, until, values} from '../support/cluster.ts';
import {descendantsOf, killAll} from '../support/processes.ts';
import {waitFor} from '../support/wait.ts';

const LINK = linkId(US, EU);
const TOPOLOGIES = [
  {name: 'ring', links: ['us>eu', 'eu>ap', 'ap>us']},
  {name: 'star', links: ['us>eu', 'us>ap', 'eu>us', 'ap>us']},
] as const;
const HAS_PGLOGICAL = (await findServer('pglogical')).ok;
const value = (text: unknown) => ({type: 'value', value: text});

interface Subject {
  start(options?: Partial<StartOptions>): Promise<Cluster>;
  /** What it lacks, in its own words: the resolvers, and whether two inserts of one key can meet. */
  readonly lacks: readonly (ResolverName | 'ring' | 'conflicting inserts')[];
}

function conformance({start, lacks}: Subject): void {
  let cluster: Cluster;
  const itIf = (needs: Subject['lacks'][number]) => (lacks.includes(needs) ? (it.skip as typeof it) : it);
  // Nothing was started where only other tests run.
  afterEach(() => (cluster as Cluster | undefined)?.close());

  it('brings a write to every leader', async () => {
    cluster = await start();
    const outcome = await ok(cluster, 'set title A @us');
    expect(outcome.result).toEqual({type: 'writes', writes: [{leader: 'us', status: 'ok', dot: {origin: 'us', seq: 1}}]});
    await converged(cluster, 3);
    expect(await values(cluster, 'title')).toEqual({us: value('A'), eu: value('A'), ap: value('A')});
  });

  for (const [resolver, reading, lost] of [
    ['lww', {type: 'value'}, 1],
    ['siblings', {type: 'siblings', siblings: [{value: 'B'}, {value: 'A'}]}, 0],
  ] as const) {
    itIf(resolver)(`makes concurrent writes a conflict under ${resolver}, the same at every leader`, async () => {
      cluster = await start({resolver: {name: resolver}});
      await ok(cluster, 'set title A @us || set title B @eu');
      await converged(cluster, 3);
      const read = await values(cluster, 'title');
      expect(read.us).toMatchObject(reading);
      expect(read.eu).toEqual(read.us);
      expect(read.ap).toEqual(read.us);
      await until(cluster, 'every leader’s decision', () => Object.keys(cluster.view().conflicts[0]?.decisions ?? {}).length === 3);
      const [conflict] = cluster.view().conflicts;
      expect(conflict?.writes.map(({dot, acknowledged}) => [showDot(dot), acknowledged])).toEqual([
        ['eu:1', true],
        ['us:1', true],
      ]);
      expect(conflict?.lost).toHaveLength(lost);
    });
  }

  it('makes concurrent updates under apply-remote a conflict, and leaves leaders apart', async () => {
    cluster = await start({resolver: {name: 'apply-remote'}});
    await ok(cluster, 'set title 0 @us');
    await converged(cluster, 3);
    await ok(cluster, 'set title A @us || set title B @eu');
    await until(cluster, 'every leader’s decision', () => Object.keys(cluster.view().conflicts[0]?.decisions ?? {}).length === 3);
    await until(
      cluster,
      'the other’s value at each',
      async () => JSON.stringify((await values(cluster, 'title')).us) === JSON.stringify(value('B')),
    );
    expect(await values(cluster, 'title')).toMatchObject({us: value('B'), eu: value('A')});
    expect(cluster.view()).toMatchObject({conflictCount: 1, conflicts: [{relation: 'concurrent', kind: 'set/set'}]});
  });

  itIf('conflicting inserts')(
    'issues A || B so that neither sees the other, over links of any speed, a hundred times',
    async () => {
      cluster = await start();
      for (let n = 1; n <= 100; n++) {
        await ok(cluster, `set k${n} A @us || set k${n} B @eu || set k${n} C @ap`);
        await until(
          cluster,
          `conflict ${n}`,
          () => cluster.view().conflictCount >= n && cluster.view().conflicts.at(-1)?.writes.length === 3,
        );
      }
      expect(cluster.view().conflictCount).toBe(100);
    },
    60_000,
  );

  itIf('crdt')('adds concurrent increments up under crdt, and loses one under lww', async () => {
    cluster = await start({resolver: {name: 'crdt'}});
    await ok(cluster, 'incr stock 5 @us || incr stock 3 @eu');
    await converged(cluster, 3);
    expect(await values(cluster, 'stock')).toEqual({us: value(8), eu: value(8), ap: value(8)});
    await ok(cluster, 'resolver lww');
    await converged(cluster, 3);
    expect([5, 3]).toContain(((await values(cluster, 'stock')).us as {value: number}).value);
  });

  it('shows a killed leader as down, refuses to write there, and lets it catch up', async () => {
    cluster = await start();
    await ok(cluster, 'kill ap');
    expect(cluster.view().leaders.find(({id}) => id === AP)).toMatchObject({status: 'down', cause: 'killed'});
    expect(await command(cluster, 'set n 1 @ap')).toMatchObject({status: 'fail', failure: {message: 'ap is down'}});
    expect(await command(cluster, 'kill ap')).toMatchObject({status: 'fail'});
    await ok(cluster, 'set n 1 @us');
    expect((await values(cluster, 'n')).ap).toEqual({type: 'error', error: 'down'});
    await ok(cluster, 'restart ap');
    await converged(cluster, 3);
    expect((await values(cluster, 'n')).ap).toEqual(value(1));
  });

  it('loses nothing acknowledged when the leader that took it is killed at once', async () => {
    cluster = await start();
    await ok(cluster, 'cut us>eu us>ap');
    for (let n = 0; n < 50; n++) await ok(cluster, `set k${n} ${n} @us`);
    await ok(cluster, 'kill us');
    await ok(cluster, 'heal');
    await ok(cluster, 'restart us');
    await converged(cluster, 3);
    expect((await values(cluster, 'k49')).eu).toEqual(value(49));
  });

  it('shows of a leader that was paused or killed no less than it had acknowledged', async () => {
    cluster = await start();
    const seen = (leader: string) => cluster.view().leaders.find(({id}) => id === leader);
    for (const [fault, leader] of [
      ['pause', US],
      ['kill', EU],
    ] as const) {
      for (let n = 1; n <= 3; n++) await ok(cluster, `set k${n} 1 @${leader}`);
      await ok(cluster, `${fault} ${leader}`);
      expect(seen(leader)?.vv[leader]).toBe(3);
      expect(seen(leader)?.opCount).toBe(Object.values(seen(leader)?.vv ?? {}).reduce((sum, seq) => sum + seq, 0));
    }
  });

  it('calls the outcome at a paused leader unknown, and carries it out when it goes on', async () => {
    cluster = await start();
    await ok(cluster, 'pause eu');
    expect(await command(cluster, 'set n 1 @eu')).toMatchObject({status: 'info', result: {writes: [{leader: 'eu', status: 'info'}]}});
    await ok(cluster, 'resume eu');
    await until(cluster, 'it to be carried out', async () => JSON.stringify((await values(cluster, 'n')).us) === JSON.stringify(value(1)));
  });

  it('passes nothing over a cut link, counts what waits, and delivers it after the heal', async () => {
    cluster = await start();
    await ok(cluster, 'cut us-eu');
    for (let n = 0; n < 20; n++) await ok(cluster, `set k${n} ${n} @us`);
    await until(cluster, '20 waiting', () => cluster.view().links.find(({id}) => id === LINK)?.waiting === 20);
    await until(
      cluster,
      'ap to have them',
      async () => (await values(cluster, 'k19')).ap !== undefined && cluster.view().leaders[2]?.opCount === 20,
    );
    expect((await values(cluster, 'k19')).eu).toEqual({type: 'absent'});
    expect(cluster.view().convergence).toMatchObject({type: 'diverged', missingOps: 20});
    await ok(cluster, 'heal');
    await converged(cluster, 3);
    await until(cluster, 'nothing waiting', () => cluster.view().links.every(({waiting}) => waiting === 0));
    expect(cluster.view().convergence).toEqual({type: 'converged', live: 3});
  });

  it('holds messages in order, and passes them on release', async () => {
    cluster = await start();
    await ok(cluster, 'hold us>eu');
    await ok(cluster, 'set n 1 @us');
    await ok(cluster, 'set n 2 @us');
    await until(cluster, 'a held message', () => (cluster.view().links.find(({id}) => id === LINK)?.held ?? 0) > 0);
    expect((await values(cluster, 'n')).eu).toEqual({type: 'absent'});
    await ok(cluster, 'release us>eu');
    await converged(cluster, 3);
    expect((await values(cluster, 'n')).eu).toEqual(value(2));
  });

  it('cuts one direction alone', async () => {
    cluster = await start();
    await ok(cluster, 'cut us>eu');
    await ok(cluster, 'set from-eu 1 @eu');
    await ok(cluster, 'set from-us 1 @us');
    await until(cluster, 'eu to be heard', async () => JSON.stringify((await values(cluster, 'from-eu')).us) === JSON.stringify(value(1)));
    expect((await values(cluster, 'from-us')).eu).toEqual({type: 'absent'});
  });

  it.each(TOPOLOGIES.filter(({name}) => !lacks.some(lack => lack === name)))(
    'rewires live to a $name and back, and loses nothing',
    async ({name, links}) => {
      cluster = await start();
      await ok(cluster, 'set a 1 @us');
      await ok(cluster, `topology ${name}`);
      expect(cluster.view().links.map(({id}) => id)).toEqual(links);
      await ok(cluster, 'set b 1 @us');
      await ok(cluster, 'set c 1 @ap');
      await converged(cluster, 3);
      await ok(cluster, 'topology mesh');
      await ok(cluster, 'set d 1 @eu');
      await converged(cluster, 3);
      for (const key of ['a', 'b', 'c', 'd']) expect(await values(cluster, key)).toEqual({us: value(1), eu: value(1), ap: value(1)});
    },
  );

  itIf('ring')('carries out changes one after the other, however they are given', async () => {
    cluster = await start();
    await Promise.all(['topology ring', 'topology mesh', 'topology ring', 'restart us', 'restart us'].map(text => ok(cluster, text)));
    expect(cluster.view().topology).toEqual({name: 'ring'});
    expect(cluster.view().links.map(({id}) => id)).toEqual(['us>eu', 'eu>ap', 'ap>us']);
    await ok(cluster, 'set a 1 @us');
    await converged(cluster, 3);
  });

  itIf('ring')('keeps a cut between two leaders through a topology without their link, until it is healed', async () => {
    cluster = await start();
    const cuts = () =>
      cluster
        .view()
        .links.filter(({rule}) => rule.cut)
        .map(({id}) => id)
        .sort();
    await ok(cluster, 'cut us-eu');
    await ok(cluster, 'topology ring');
    expect(cuts()).toEqual(['us>eu']);
    await ok(cluster, 'topology mesh');
    expect(cuts()).toEqual(['eu>us', 'us>eu']);
    await ok(cluster, 'topology ring');
    await ok(cluster, 'heal');
    await ok(cluster, 'topology mesh');
    expect(cuts()).toEqual([]);
  });

  itIf('ring')('refuses links that are not there, and says which are', async () => {
    cluster = await start({topology: {name: 'ring'}});
    expect(await command(cluster, 'cut eu>us')).toMatchObject({
      status: 'fail',
      failure: {message: 'there is no link eu>us in this topology', hint: 'the links are us>eu eu>ap ap>us'},
    });
  });

  it('lets links be as slow as between continents, and takes a fault away to that', async () => {
    cluster = await start({links: wan});
    const link = () => cluster.view().links.find(({id}) => id === LINK);
    expect(link()?.rule).toMatchObject({latencyMs: 45});
    await ok(cluster, 'link us-eu latency 200ms');
    expect(link()).toMatchObject({faulty: true, rule: {latencyMs: 200}});
    await ok(cluster, 'heal us-eu');
    expect(link()).toMatchObject({faulty: false, rule: {latencyMs: 45}});
  });
}

describe('the native engine', () => {
  conformance({start: startTestCluster, lacks: []});

  it('keeps links held for one A || B while another ends', async () => {
    const cluster = await startTestCluster();
    await ok(cluster, 'pause ap');
    const slow = command(cluster, 'set slow A @us || set slow B @ap');
    await waitFor('A at us', async () => JSON.stringify((await values(cluster, 'slow')).us) === JSON.stringify(value('A')));
    await ok(cluster, 'set quick C @us || set quick D @eu');
    await waitFor('both held', () => (cluster.view().links.find(({id}) => id === LINK)?.held ?? 0) >= 2);
    expect(await values(cluster, 'slow')).toMatchObject({us: value('A'), eu: {type: 'absent'}});
    expect(await slow).toMatchObject({status: 'info'});
    await ok(cluster, 'resume ap');
    await converged(cluster, 3);
    await cluster.close();
  });

  it('calls a switch unknown that a leader has not answered', async () => {
    const cluster = await startTestCluster();
    const pid = cluster.view().leaders.find(({id}) => id === EU)?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    expect(await command(cluster, 'resolver siblings')).toMatchObject({status: 'info', failure: {code: 'timeout'}});
    process.kill(pid, 'SIGCONT');
    await waitFor('the switch at eu', () => cluster.view().leaders.find(({id}) => id === EU)?.resolver.name === 'siblings');
    await cluster.close();
  });

  it('leaves nothing in the temporary folder, and no process', async () => {
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
    await waitFor('ap to start', () => cluster.view().leaders.find(({id}) => id === AP)?.status === 'starting');
    await cluster.close();
    const left = descendantsOf(process.pid).filter(({command: line}) => /dist\/(leader|proxy)\.js/.test(line));
    killAll(left);
    expect(left).toEqual([]);
    await restarted;
  });
});

it('leaves nothing when it is closed while it still starts', async () => {
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

describe('the sim engine', () => {
  conformance({start: options => startTestCluster({engine: 'sim', ...options}), lacks: []});
});

describe('the postgres engine', () => {
  conformance({
    start: options => startTestCluster({engine: 'postgres', ...options}),
    lacks: ['lww', 'siblings', 'crdt', 'ring', 'conflicting inserts'],
  });
});

describe.skipIf(!HAS_PGLOGICAL)('the pglogical engine', () => {
  conformance({start: options => startTestCluster({engine: 'pglogical', ...options}), lacks: ['siblings', 'crdt']});
});

it.each([
  ['native', US],
  ['native', EU],
  ['sim', EU],
] as const)('a cluster of one leader, %s %s, works too', async (engine, only) => {
  const cluster = await startTestCluster({engine, leaders: [only]});
  await cluster.execute({type: 'write', key: 'k' as never, intent: {type: 'set', value: 1}, at: {type: 'focused'}}, only);
  expect(cluster.view().convergence).toEqual({type: 'converged', live: 1});
  await cluster.close();
});
