/**
 * The tests that every engine behind the Cluster port must pass. A test of something that an engine refuses
 * by name is skipped by that name.
 */
import {afterEach, expect, it} from 'vitest';
import type {StartOptions} from '../../src/app/open-cluster.ts';
import {linkId} from '../../src/base/ids.ts';
import {showDot} from '../../src/core/log/version-vector.ts';
import type {ResolverName} from '../../src/core/resolvers/spec.ts';
import {wan} from '../../src/faults/wan.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {AP, command, converged, EU, ok, US, until, values} from './cluster.ts';
import {runs} from './runs.ts';

const LINK = linkId(US, EU);
/** How often concurrent writes are issued, one round after the other. */
const ROUNDS = runs(100);
const TOPOLOGIES = [
  {name: 'ring', links: ['us>eu', 'eu>ap', 'ap>us']},
  {name: 'star', links: ['us>eu', 'us>ap', 'eu>us', 'ap>us']},
] as const;
const value = (text: unknown) => ({type: 'value', value: text});

export interface Subject {
  start(options?: Partial<StartOptions>): Promise<Cluster>;
  /** The features that the engine lacks, by its own names: resolvers, and concurrent inserts of one key. */
  readonly lacks: readonly (ResolverName | 'ring' | 'star' | 'conflicting inserts')[];
}

/** Defines the tests for one engine. */
export function conformance({start, lacks}: Subject): void {
  let cluster: Cluster;
  /** The title of a skipped test names the missing feature. */
  const itIf =
    (needs: Subject['lacks'][number]) => (name: string, test: () => Promise<void>, limitMs?: number) =>
      lacks.includes(needs) ? it.skip(`[no ${needs}] ${name}`, test) : it(name, test, limitMs);
  // No cluster was started if only other tests run.
  afterEach(() => (cluster as Cluster | undefined)?.close());

  it('brings a write to every leader', async () => {
    cluster = await start();
    const outcome = await ok(cluster, 'set title A @us');
    expect(outcome.result).toEqual({
      type: 'writes',
      writes: [{leader: 'us', status: 'ok', dot: {origin: 'us', seq: 1}}],
    });
    await converged(cluster, 3);
    expect(await values(cluster, 'title')).toEqual({us: value('A'), eu: value('A'), ap: value('A')});
  });

  for (const [resolver, reading, lost] of [
    ['lww', {type: 'value'}, 1],
    ['siblings', {type: 'siblings', siblings: [{value: 'B'}, {value: 'A'}]}, 0],
  ] as const) {
    itIf(resolver)(
      `makes concurrent writes a conflict under ${resolver}, the same at every leader`,
      async () => {
        cluster = await start({resolver: {name: resolver}});
        await ok(cluster, 'set title A @us || set title B @eu');
        await converged(cluster, 3);
        const read = await values(cluster, 'title');
        expect(read.us).toMatchObject(reading);
        expect(read.eu).toEqual(read.us);
        expect(read.ap).toEqual(read.us);
        await until(
          cluster,
          'every leader’s decision',
          () => Object.keys(cluster.view().conflicts[0]?.decisions ?? {}).length === 3,
        );
        const [conflict] = cluster.view().conflicts;
        expect(conflict?.writes.map(({dot, acknowledged}) => [showDot(dot), acknowledged])).toEqual([
          ['eu:1', true],
          ['us:1', true],
        ]);
        expect(conflict?.lost).toHaveLength(lost);
      },
    );
  }

  it(
    'makes concurrent updates under apply-remote a ' + 'conflict, and the leaders keep different values',
    async () => {
      cluster = await start({resolver: {name: 'apply-remote'}});
      await ok(cluster, 'set title 0 @us');
      await converged(cluster, 3);
      await ok(cluster, 'set title A @us || set title B @eu');
      await until(
        cluster,
        'every leader’s decision',
        () => Object.keys(cluster.view().conflicts[0]?.decisions ?? {}).length === 3,
      );
      await until(
        cluster,
        'the other’s value at each',
        async () => JSON.stringify((await values(cluster, 'title')).us) === JSON.stringify(value('B')),
      );
      expect(await values(cluster, 'title')).toMatchObject({us: value('B'), eu: value('A')});
      expect(cluster.view()).toMatchObject({
        conflictCount: 1,
        conflicts: [{relation: 'concurrent', kind: 'set/set'}],
      });
    },
  );

  itIf('conflicting inserts')(
    `issues A || B so that neither sees the other, over links of any speed, ${ROUNDS} times`,
    async () => {
      cluster = await start();
      for (let n = 1; n <= ROUNDS; n++) {
        await ok(cluster, `set k${n} A @us || set k${n} B @eu || set k${n} C @ap`);
        await until(
          cluster,
          `conflict ${n}`,
          () => cluster.view().conflictCount >= n && cluster.view().conflicts.at(-1)?.writes.length === 3,
        );
      }
      expect(cluster.view().conflictCount).toBe(ROUNDS);
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

  it('shows a killed leader as down, refuses its writes, and lets it catch up', async () => {
    cluster = await start();
    await ok(cluster, 'kill ap');
    expect(cluster.view().leaders.find(({id}) => id === AP)).toMatchObject({status: 'down', cause: 'killed'});
    expect(await command(cluster, 'set n 1 @ap')).toMatchObject({
      status: 'fail',
      failure: {message: 'ap is down; use: restart ap'},
    });
    expect(await command(cluster, 'kill ap')).toMatchObject({status: 'fail'});
    await ok(cluster, 'set n 1 @us');
    expect((await values(cluster, 'n')).ap).toEqual({type: 'error', error: 'down'});
    await ok(cluster, 'restart ap');
    await converged(cluster, 3);
    expect((await values(cluster, 'n')).ap).toEqual(value(1));
  });

  it('loses nothing acknowledged when the leader that accepted it is killed at once', async () => {
    cluster = await start();
    await ok(cluster, 'cut us>eu us>ap');
    for (let n = 0; n < 50; n++) await ok(cluster, `set k${n} ${n} @us`);
    await ok(cluster, 'kill us');
    await ok(cluster, 'heal');
    await ok(cluster, 'restart us');
    await converged(cluster, 3);
    expect((await values(cluster, 'k49')).eu).toEqual(value(49));
  });

  it('shows at least what a paused or killed leader had acknowledged', async () => {
    cluster = await start();
    const seen = (leader: string) => cluster.view().leaders.find(({id}) => id === leader);
    for (const [fault, leader] of [
      ['pause', US],
      ['kill', EU],
    ] as const) {
      for (let n = 1; n <= 3; n++) await ok(cluster, `set k${n} 1 @${leader}`);
      await ok(cluster, `${fault} ${leader}`);
      expect(seen(leader)?.vv[leader]).toBe(3);
      expect(seen(leader)?.opCount).toBe(
        Object.values(seen(leader)?.vv ?? {}).reduce((sum, seq) => sum + seq, 0),
      );
    }
  });

  it('reports the outcome at a paused leader as unknown, and carries it out after the resume', async () => {
    cluster = await start();
    await ok(cluster, 'pause eu');
    expect(await command(cluster, 'set n 1 @eu')).toMatchObject({
      status: 'info',
      result: {writes: [{leader: 'eu', status: 'info'}]},
    });
    await ok(cluster, 'resume eu');
    await until(
      cluster,
      'it to be carried out',
      async () => JSON.stringify((await values(cluster, 'n')).us) === JSON.stringify(value(1)),
    );
  });

  it('passes nothing over a cut link, counts what waits, and delivers it after the heal', async () => {
    cluster = await start();
    await ok(cluster, 'cut us-eu');
    for (let n = 0; n < 20; n++) await ok(cluster, `set k${n} ${n} @us`);
    await until(
      cluster,
      '20 waiting',
      () => cluster.view().links.find(({id}) => id === LINK)?.waiting === 20,
    );
    await until(
      cluster,
      'ap to have them',
      async () =>
        (await values(cluster, 'k19')).ap !== undefined && cluster.view().leaders[2]?.opCount === 20,
    );
    expect((await values(cluster, 'k19')).eu).toEqual({type: 'absent'});
    expect(cluster.view().convergence).toMatchObject({type: 'diverged', missingOps: 20});
    await ok(cluster, 'heal');
    await converged(cluster, 3);
    await until(cluster, 'nothing waiting', () => cluster.view().links.every(({waiting}) => waiting === 0));
    expect(cluster.view().convergence).toEqual({type: 'converged', live: 3});
  });

  it('holds messages in order, and delivers them on release', async () => {
    cluster = await start();
    await ok(cluster, 'hold us>eu');
    await ok(cluster, 'set n 1 @us');
    await ok(cluster, 'set n 2 @us');
    await until(
      cluster,
      'a held message',
      () => (cluster.view().links.find(({id}) => id === LINK)?.held ?? 0) > 0,
    );
    expect((await values(cluster, 'n')).eu).toEqual({type: 'absent'});
    await ok(cluster, 'release us>eu');
    await converged(cluster, 3);
    expect((await values(cluster, 'n')).eu).toEqual(value(2));
  });

  it('cuts one direction only', async () => {
    cluster = await start();
    await ok(cluster, 'cut us>eu');
    await ok(cluster, 'set from-eu 1 @eu');
    await ok(cluster, 'set from-us 1 @us');
    await until(
      cluster,
      'eu to be heard',
      async () => JSON.stringify((await values(cluster, 'from-eu')).us) === JSON.stringify(value(1)),
    );
    expect((await values(cluster, 'from-us')).eu).toEqual({type: 'absent'});
  });

  for (const {name, links} of TOPOLOGIES) {
    itIf(name)(`rewires live to a ${name} and back, and loses nothing`, async () => {
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
      for (const key of ['a', 'b', 'c', 'd'])
        expect(await values(cluster, key)).toEqual({us: value(1), eu: value(1), ap: value(1)});
    });
  }

  itIf('ring')('carries out changes one after the other, however they are given', async () => {
    cluster = await start();
    await Promise.all(
      ['topology ring', 'topology mesh', 'topology ring', 'restart us', 'restart us'].map(text =>
        ok(cluster, text),
      ),
    );
    expect(cluster.view().topology).toEqual({name: 'ring'});
    expect(cluster.view().links.map(({id}) => id)).toEqual(['us>eu', 'eu>ap', 'ap>us']);
    await ok(cluster, 'set a 1 @us');
    await converged(cluster, 3);
  });

  itIf('ring')(
    'keeps a cut between two leaders through a topology without their link, until it is healed',
    async () => {
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
    },
  );

  itIf('ring')('refuses links that are not there, and says which are', async () => {
    cluster = await start({topology: {name: 'ring'}});
    expect(await command(cluster, 'cut eu>us')).toMatchObject({
      status: 'fail',
      failure: {message: 'there is no link eu>us in this topology', hint: 'the links are us>eu eu>ap ap>us'},
    });
  });

  it('accepts latencies as between continents, and returns to them when a fault is removed', async () => {
    cluster = await start({links: wan});
    const link = () => cluster.view().links.find(({id}) => id === LINK);
    expect(link()?.rule).toMatchObject({latencyMs: 45});
    await ok(cluster, 'link us-eu latency 200ms');
    expect(link()).toMatchObject({faulty: true, rule: {latencyMs: 200}});
    await ok(cluster, 'heal us-eu');
    expect(link()).toMatchObject({faulty: false, rule: {latencyMs: 45}});
  });

  const refused = lacks.filter(lack => lack !== 'conflicting inserts');
  it.skipIf(refused.length === 0)(
    `refuses ${refused.join(', ')} by name, and says what it supports`,
    async () => {
      cluster = await start();
      for (const lack of refused) {
        const outcome = await command(cluster, `${lack === 'ring' ? 'topology' : 'resolver'} ${lack}`);
        expect(outcome).toMatchObject({
          status: 'fail',
          failure: {code: 'unsupported', hint: expect.stringContaining('it has')},
        });
        expect(outcome.status === 'fail' && outcome.failure.message).toContain(
          `the ${cluster.engine} engine has no ${lack}`,
        );
      }
      expect(cluster.view().topology).toEqual({name: 'mesh'});
    },
  );
}
