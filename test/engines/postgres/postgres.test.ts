/**
 * Behaviour of the built-in replication: its own words in the conflict log, links that it stops, and their
 * repair.
 */
import {afterEach, describe, expect, it} from 'vitest';
import {startCluster} from '../../../src/app/open-cluster.ts';
import {linkId} from '../../../src/base/ids.ts';
import {showDot} from '../../../src/core/log/version-vector.ts';
import {lan} from '../../../src/faults/wan.ts';
import type {Cluster} from '../../../src/port/cluster.ts';
import {command, converged, EU, ok, startTestCluster, US, until, values} from '../../support/cluster.ts';

const value = (text: unknown) => ({type: 'value', value: text});
const LINK = linkId(US, EU);

describe('the postgres engine', () => {
  let cluster: Cluster;
  afterEach(() => cluster.close());

  const start = async (): Promise<void> => {
    cluster = await startTestCluster({engine: 'postgres', leaders: [US, EU]});
  };
  const said = (leader: string): string =>
    cluster.view().conflicts.at(-1)?.decisions[leader as typeof US]?.serverLog?.join('\n') ?? '';
  const stopped = () => cluster.view().links.find(({id}) => id === LINK)?.stopped;

  it('shows the progress of the start from the first moment', async () => {
    const options = {
      engine: 'postgres',
      leaders: [US, EU],
      topology: undefined,
      resolver: undefined,
      links: lan,
      data: undefined,
      seed: 1,
    } as const;
    const started = await startCluster(options);
    if (!started.ok) throw new Error(started.failure.message);
    ({cluster} = started.value);
    expect(cluster.view().activities).toMatchObject([
      {label: 'starting 2 PostgreSQL servers', done: 0, total: 3},
    ]);
    expect(await started.value.ready).toMatchObject({ok: true});
    expect(cluster.view().activities).toEqual([]);
  });

  it('shows the server’s log lines about a conflict, word for word', async () => {
    await start();
    await ok(cluster, 'set title 0 @us');
    await converged(cluster, 2);
    await ok(cluster, 'set title A @us || set title B @eu');
    await until(cluster, 'both servers’ words', () => said('us') !== '' && said('eu') !== '');
    expect(said('eu')).toMatch(
      new RegExp(
        '^LOG: {2}conflict detected on relation "public\\.kv": conflict=update_origin_differs\n' +
          'DETAIL: {2}Updating the row',
      ),
    );
    expect(said('eu')).toContain(
      'Existing local row (title, "B", eu, 1); remote row (title, "A", us, 2); replica identity (k)=(title).',
    );
    expect(
      cluster.view().conflicts.map(({relation, kind, sides}) => [relation, kind, sides.map(showDot)]),
    ).toEqual([['concurrent', 'set/set', ['eu:1', 'us:2']]]);
  });

  it(
    'reports as stale, and does not count, a conflict of the server whose later update had ' +
      'seen the earlier one',
    async () => {
      await start();
      await ok(cluster, 'set title A @us');
      await converged(cluster, 2);
      await ok(cluster, 'set title B @eu');
      await until(cluster, 'the server’s words', () => said('us') !== '');
      expect(said('us')).toContain('conflict=update_origin_differs');
      expect(cluster.view()).toMatchObject({
        conflictCount: 0,
        lostCount: 0,
        conflicts: [{relation: 'stale', lost: []}],
      });
      expect(cluster.view().conflicts[0]?.why).toBe(
        'eu:1 had seen us:1, so this is not a conflict, though the server calls it one',
      );
      expect(await values(cluster, 'title')).toEqual({us: value('B'), eu: value('B')});
    },
  );

  it(
    'stops a link at an insert of an existing row, says ' + 'how to repair it, and continues after skip',
    async () => {
      await start();
      await ok(cluster, 'set k A @us || set k B @eu');
      await until(cluster, 'the link to stop', () => stopped() !== undefined);
      expect(stopped()?.error).toMatch(
        /^ERROR: {2}conflict detected on relation "public\.kv": conflict=insert_exists DETAIL/,
      );
      expect(stopped()?.repair).toBe('skip us @eu discards us:1 there; or delete what blocks it: del k @eu');
      await until(cluster, 'the halt', () => cluster.view().leaders[1]?.halted.length === 1);
      expect(cluster.view().leaders[1]?.halted).toEqual([
        {origin: 'us', dot: {origin: 'us', seq: 1}, key: 'k', with: [{origin: 'eu', seq: 1}]},
      ]);
      await ok(cluster, 'set n 1 @us');
      expect(await command(cluster, 'skip us @eu')).toMatchObject({
        status: 'ok',
        result: {dots: {eu: [{origin: 'us', seq: 1}]}},
      });
      await until(
        cluster,
        'what came behind it',
        async () => JSON.stringify((await values(cluster, 'n')).eu) === JSON.stringify(value(1)),
      );
      expect((await values(cluster, 'k')).eu).toEqual(value('B'));
      await until(
        cluster,
        'the link to go on',
        () => stopped() === undefined && cluster.view().leaders[1]?.halted.length === 0,
      );
      await until(cluster, 'its place to be taken', () => cluster.view().leaders[1]?.vv[US] === 2);
    },
  );

  it('continues by itself after the blocking row is deleted', async () => {
    await start();
    await ok(cluster, 'set k A @us || set k B @eu');
    await until(cluster, 'the link to stop', () => stopped() !== undefined);
    await ok(cluster, 'del k @eu');
    await until(cluster, 'the link to go on', () => stopped() === undefined);
    await until(
      cluster,
      'the row to arrive',
      async () => JSON.stringify((await values(cluster, 'k')).eu) === JSON.stringify(value('A')),
    );
  });

  it('refuses faults of single messages by name, and lists the faults that it has', async () => {
    await start();
    expect(await command(cluster, 'link us-eu loss 5%')).toMatchObject({
      status: 'fail',
      failure: {
        message:
          'the postgres engine has no loss: PostgreSQL replicates over a TCP stream, which arrives whole ' +
          'and in order or not at all',
        hint: 'it has latency, jitter, bandwidth, cut, hold, reset',
      },
    });
    for (const [line, what] of [
      ['clock us +5s', 'clock'],
      ['delivery causal', 'delivery'],
      ['loopguard off', 'loopguard'],
    ] as const)
      expect(cluster.capabilities.has(what), line).toBe(false);
  });

  it(
    'computes what depends on the row in the transaction ' + 'that writes it: increments, fields, guards',
    async () => {
      await start();
      await Promise.all(Array.from({length: 50}, () => ok(cluster, 'incr n 1 @us')));
      await ok(cluster, 'hset doc address.city rome @us');
      await ok(cluster, 'txn set a 1, del n @us');
      await converged(cluster, 2);
      expect(await values(cluster, 'doc')).toEqual({
        us: value({address: {city: 'rome'}}),
        eu: value({address: {city: 'rome'}}),
      });
      expect(await values(cluster, 'n')).toEqual({us: {type: 'absent'}, eu: {type: 'absent'}});
      expect(cluster.view().leaders[1]?.vv).toEqual({us: 52});
      expect(await command(cluster, 'set a 2 @eu if a = 3')).toMatchObject({
        status: 'fail',
        failure: {message: 'a is 1, not 3'},
      });
      await ok(cluster, 'set a 2 @eu if a = 1');
      expect((await values(cluster, 'a')).eu).toEqual(value(2));
    },
  );

  it(
    'keeps values and keys of all kinds unchanged, and ' + 'refuses what PostgreSQL text cannot contain',
    async () => {
      await start();
      const odd = {text: 'a"b\\c\u0000\ud83d\ude00\n', nested: [1, 1e-7, -0.5, null, true, {a: []}]};
      await cluster.execute(
        {
          type: 'write',
          key: '\u202e)=(%s\n\u00e9' as never,
          intent: {type: 'set', value: odd},
          at: {type: 'focused'},
        },
        US,
      );
      await converged(cluster, 2);
      const read = await cluster.execute(
        {type: 'read', key: '\u202e)=(%s\n\u00e9' as never, at: {type: 'all'}},
        US,
      );
      expect(read.result).toMatchObject({values: {us: value(odd), eu: value(odd)}});
      const refused = await cluster.execute(
        {type: 'write', key: 'a\u0000b' as never, intent: {type: 'set', value: 1}, at: {type: 'focused'}},
        US,
      );
      expect(refused).toMatchObject({status: 'fail', failure: {message: expect.stringContaining('U+0000')}});
    },
  );
});
