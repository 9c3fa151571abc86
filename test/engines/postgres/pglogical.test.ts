/**
 * The features that only pglogical has: five resolvers, switched at run time; hubs and rings that forward;
 * deletes that are always applied; and a loop without the guard.
 */
import {afterEach, describe, expect, it} from 'vitest';
import {linkId} from '../../../src/base/ids.ts';
import type {Cluster} from '../../../src/port/cluster.ts';
import {AP, command, converged, EU, ok, startTestCluster, US, until, values} from '../../support/cluster.ts';
import {HAS_PGLOGICAL} from '../../support/pglogical.ts';

const value = (text: unknown) => ({type: 'value', value: text});

describe.skipIf(!HAS_PGLOGICAL)('the pglogical engine', () => {
  let cluster: Cluster;
  afterEach(() => cluster.close());

  const start = async (leaders = [US, EU]): Promise<void> => {
    cluster = await startTestCluster({engine: 'pglogical', leaders});
  };
  const reads = (name: string, wanted: {[leader: string]: unknown}) =>
    until(cluster, `${name} to read ${JSON.stringify(wanted)}`, async () => {
      const read = await values(cluster, name);
      return Object.entries(wanted).every(
        ([leader, text]) => JSON.stringify(read[leader]) === JSON.stringify(text),
      );
    });
  /** Both leaders have written, and received the other’s write. */
  const met = (count: number) =>
    until(
      cluster,
      `conflict ${count}`,
      () =>
        cluster.view().conflictCount === count &&
        Object.keys(cluster.view().conflicts.at(-1)?.decisions ?? {}).length === 2,
    );

  it('resolves conflicts by its setting, also after a switch at run time', async () => {
    await start();
    for (const [n, resolver, us, eu] of [
      [1, 'lww', 'B', 'B'],
      [2, 'fww', 'A', 'A'],
      [3, 'apply-remote', 'B', 'A'],
      [4, 'keep-local', 'A', 'B'],
    ] as const) {
      await ok(cluster, `resolver ${resolver}`);
      await ok(cluster, `set k${n} 0 @us`);
      await reads(`k${n}`, {eu: value(0)});
      await ok(cluster, 'hold us-eu');
      await ok(cluster, `set k${n} A @us`);
      await ok(cluster, `set k${n} B @eu`);
      await ok(cluster, 'release us-eu');
      await met(n);
      await reads(`k${n}`, {us: value(us), eu: value(eu)});
      const words = cluster.view().conflicts.at(-1)?.decisions[US];
      expect(words?.resolver).toBe(resolver);
      await until(
        cluster,
        'the server’s words',
        () => (cluster.view().conflicts.at(-1)?.decisions[US]?.serverLog ?? []).length > 0,
      );
      expect(cluster.view().conflicts.at(-1)?.decisions[US]?.serverLog?.[0]).toMatch(
        new RegExp(
          String.raw`^LOG: {2}CONFLICT: remote UPDATE on relation public\.kv \(local index kv_pkey\)\. ` +
            String.raw`Resolution: (apply_remote|keep_local)\.$`,
        ),
      );
    }
  });

  it('halts on a conflict, and continues under another resolver', async () => {
    await start();
    await ok(cluster, 'resolver halt');
    await ok(cluster, 'set k 0 @us');
    await converged(cluster, 2);
    await ok(cluster, 'set k A @us || set k B @eu');
    const stopped = (from: typeof US, to: typeof EU) =>
      cluster.view().links.find(({id}) => id === linkId(from, to))?.stopped;
    await until(
      cluster,
      'both links to stop',
      () => stopped(US, EU) !== undefined && stopped(EU, US) !== undefined,
    );
    expect(stopped(US, EU)?.error).toMatch(
      /^ERROR: {2}cannot apply conflicting row CONTEXT: {2}apply UPDATE from remote relation public\.kv/,
    );
    await until(cluster, 'both halts', () => cluster.view().leaders.every(({halted}) => halted.length === 1));
    await ok(cluster, 'resolver lww');
    await converged(cluster, 2);
    expect(cluster.view().links.every(link => link.stopped === undefined)).toBe(true);
    expect(cluster.view().leaders.every(({halted}) => halted.length === 0)).toBe(true);
  });

  it('halts on an update that had seen the row, too, and reports it as stale', async () => {
    await start();
    await ok(cluster, 'resolver halt');
    await ok(cluster, 'set k A @us');
    await converged(cluster, 2);
    await ok(cluster, 'set k B @eu');
    await until(cluster, 'the halt', () => cluster.view().leaders[0]?.halted.length === 1);
    await until(
      cluster,
      'its words',
      () => (cluster.view().conflicts[0]?.decisions[US]?.serverLog ?? []).length > 0,
    );
    expect(cluster.view()).toMatchObject({
      conflictCount: 0,
      conflicts: [{relation: 'stale', sides: [{origin: 'us', seq: 1}]}],
    });
    expect(cluster.view().conflicts[0]?.decisions[US]?.serverLog?.[0]).toBe(
      'ERROR:  cannot apply conflicting row',
    );
  });

  it('discards the operations that skip names under halt, and counts them as applied', async () => {
    await start();
    await ok(cluster, 'resolver halt');
    await ok(cluster, 'set k 0 @us');
    await converged(cluster, 2);
    await ok(cluster, 'set k A @us || set k B @eu');
    await until(cluster, 'both halts', () => cluster.view().leaders.every(({halted}) => halted.length === 1));
    await ok(cluster, 'set n 1 @us');
    expect(await command(cluster, 'skip @eu')).toMatchObject({
      status: 'ok',
      result: {dots: {eu: [{origin: 'us', seq: 2}]}},
    });
    await reads('n', {eu: value(1)});
    await reads('k', {eu: value('B')});
    await until(
      cluster,
      'its place to be taken',
      () => JSON.stringify(cluster.view().leaders[1]?.vv) === '{"us":3,"eu":1}',
    );
  });

  it('forwards through a hub; an operation that returns to its writer is redundant', async () => {
    await start([US, EU, AP]);
    await ok(cluster, 'topology star');
    await ok(cluster, 'set a 1 @eu');
    await converged(cluster, 3);
    expect((await values(cluster, 'a')).ap).toEqual(value(1));
    await until(cluster, 'the echo', () => cluster.view().traffic.total.redundant > 0);
    expect(cluster.view().lags.find(({origin, leader}) => origin === EU && leader === AP)?.hops).toBe(2);
  });

  it(
    'sends an operation round a ring once, because a row ' + 'filter leaves out what the next leader wrote',
    async () => {
      await start([US, EU, AP]);
      await ok(cluster, 'topology ring');
      for (const [n, leader] of [US, EU, AP].entries()) {
        await ok(cluster, `set k ${n} @${leader}`);
        await converged(cluster, 3);
      }
      await ok(cluster, 'del k @eu');
      await converged(cluster, 3);
      expect(await values(cluster, 'k')).toEqual({
        us: {type: 'absent'},
        eu: {type: 'absent'},
        ap: {type: 'absent'},
      });
      expect(cluster.view().traffic.total).toMatchObject({accepted: 4, sent: 8, redundant: 0});
    },
  );

  it(
    'finds the endless loop of two leaders that send each ' + 'other everything, and ends it with the guard',
    async () => {
      await start();
      await ok(cluster, 'loopguard off');
      await ok(cluster, 'set a 1 @us');
      const found = await until(
        cluster,
        'the loop to be found',
        () => cluster.view().notices.find(({text}) => text.startsWith('us:1 goes round')),
        10_000,
      );
      expect(found.text).toBe(
        'us:1 goes round forever: its row was written 5 times here, each time by another transaction (xmin)',
      );
      await until(cluster, 'the flood in the counters', () => cluster.view().traffic.total.redundant > 6);
      await ok(cluster, 'loopguard on');
      const after = cluster.view().traffic.total.redundant;
      await ok(cluster, 'set a 2 @eu');
      await converged(cluster, 2);
      expect(cluster.view().traffic.total.redundant - after).toBeLessThan(5);
    },
  );

  it('applies a delete that is older than the update it meets, even if the last update wins', async () => {
    await start();
    await ok(cluster, 'set k 0 @us');
    await converged(cluster, 2);
    await ok(cluster, 'hold us-eu');
    await ok(cluster, 'del k @us');
    await ok(cluster, 'set k B @eu');
    await ok(cluster, 'release us-eu');
    await until(cluster, 'both to have both', () =>
      cluster.view().leaders.every(({opCount}) => opCount === 3),
    );
    await reads('k', {eu: {type: 'absent'}});
    // The update finds no row at us, so us skips it. No reader sees it, although it was the last write.
    await reads('k', {us: {type: 'absent'}});
    await until(cluster, 'the loss', () => cluster.view().lostCount === 1);
    expect(cluster.view().conflicts).toMatchObject([
      {kind: 'set/del', relation: 'concurrent', lost: [{origin: 'eu', seq: 1}]},
    ]);
  });
});
