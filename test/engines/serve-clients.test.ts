/**
 * Transactions, guards and settings, as clients see them.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, describe, expect, it} from 'vitest';
import {key, type LeaderId} from '../../src/base/ids.ts';
import type {Guard, TxnAction} from '../../src/command/action.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {
  AP,
  act,
  command,
  converged,
  EU,
  ok,
  set,
  startTestCluster,
  US,
  until,
  values,
} from '../support/cluster.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const txn = (leader: LeaderId, writes: {readonly [name: string]: number}): TxnAction => ({
  type: 'txn',
  writes: Object.entries(writes).map(([name, value]) => ({key: key(name), intent: {type: 'set', value}})),
  at: {type: 'leaders', leaders: [leader]},
});
const at = (leader: LeaderId) => cluster.view().leaders.find(({id}) => id === leader);
const value = (shown: unknown) => ({type: 'value', value: shown});
const everywhere = (shown: unknown) => ({us: value(shown), eu: value(shown), ap: value(shown)});

describe.each(['native', 'sim'] as const)('under the %s engine,', engine => {
  describe('a transaction', () => {
    it('is one operation, and complete at every leader', async () => {
      cluster = await startTestCluster({engine});
      const outcome = await act(cluster, txn(US, {a: 1, b: 2}));
      expect(outcome.result).toMatchObject({
        writes: [{leader: 'us', status: 'ok', dot: {origin: 'us', seq: 1}}],
      });
      await converged(cluster, 3);
      expect([await values(cluster, 'a'), await values(cluster, 'b')]).toEqual([
        everywhere(1),
        everywhere(2),
      ]);
      expect(at(AP)).toMatchObject({opCount: 1, keyCount: 2});
    });

    it('conflicts with another transaction issued at the same time', async () => {
      cluster = await startTestCluster({engine});
      await act(cluster, {type: 'concurrently', writes: [txn(US, {a: 1, b: 1}), set('a', 2, EU)]});
      await converged(cluster, 3);
      await until(cluster, 'the conflict', () => cluster.view().conflictCount === 1);
      expect(cluster.view().conflicts[0]).toMatchObject({key: 'a'});
      expect(await values(cluster, 'b')).toEqual(everywhere(1));
    });

    it('is refused completely if one of its writes is refused', async () => {
      cluster = await startTestCluster({engine});
      await act(cluster, set('text', 'x', US));
      const refused: TxnAction = {
        type: 'txn',
        writes: [
          {key: key('a'), intent: {type: 'set', value: 1}},
          {key: key('text'), intent: {type: 'incr', by: 1}},
        ],
        at: {type: 'leaders', leaders: [US]},
      };
      expect(await cluster.execute(refused, US)).toMatchObject({status: 'fail'});
      expect((await values(cluster, 'a')).us).toEqual({type: 'absent'});
    });
  });

  it('that names a leader that does not exist is refused', async () => {
    cluster = await startTestCluster({engine});
    const stranger = 'sa' as LeaderId;
    expect(await cluster.execute(set('n', 1, stranger), US)).toMatchObject({
      status: 'fail',
      failure: {message: 'there is no leader sa'},
    });
    const read = await cluster.execute({type: 'read', key: key('n'), at: {type: 'focused'}}, stranger);
    expect(read).toMatchObject({status: 'fail', failure: {message: 'sa is not in this cluster'}});
    expect(await cluster.execute({type: 'kill', leaders: [stranger]}, US)).toMatchObject({status: 'fail'});
  });

  describe('settings', () => {
    it.skipIf(engine === 'sim')(
      'are shown, and are kept over a restart of a leader and of the lab',
      async () => {
        const data = mkdtempSync(join(tmpdir(), 'settings-test-'));
        const shown = () => {
          const {topology, resolver, forward, delivery, ack, loopguard} = cluster.view();
          return {
            topology,
            resolver,
            forward,
            delivery,
            ack,
            loopguard,
            eu: at(EU)?.resolver,
            offset: at(AP)?.clockOffsetMs,
          };
        };
        const wanted = {
          topology: {name: 'star', hub: EU},
          resolver: {name: 'siblings'},
          forward: 'own',
          delivery: 'causal',
          ack: 'quorum',
          loopguard: false,
          eu: {name: 'lww'},
          offset: -5000,
        };
        cluster = await startTestCluster({data});
        await act(cluster, {type: 'topology', topology: {name: 'star', hub: EU}});
        await act(cluster, {type: 'resolver', resolver: {name: 'siblings'}, at: 'cluster'});
        await act(cluster, {type: 'resolver', resolver: {name: 'lww'}, at: [EU]});
        await act(cluster, {type: 'forward', forward: 'own'});
        await act(cluster, {type: 'delivery', delivery: 'causal'});
        await act(cluster, {type: 'ack', ack: 'quorum'});
        await act(cluster, {type: 'loopguard', on: false});
        await act(cluster, {type: 'clock', leaders: [AP], change: {offsetMs: -5000}});
        await until(cluster, 'the settings', () => at(EU)?.resolver.name === 'lww');
        expect(shown()).toEqual(wanted);
        await ok(cluster, 'restart eu');
        await until(
          cluster,
          'eu’s own resolver',
          () => at(EU)?.resolver.name === 'lww' && at(US)?.resolver.name === 'siblings',
        );
        await cluster.close();
        cluster = await startTestCluster({data});
        await until(cluster, 'eu’s own resolver', () => at(EU)?.resolver.name === 'lww');
        expect(shown()).toEqual(wanted);
        await cluster.close();
        cluster = await startTestCluster({data, topology: {name: 'chain'}, resolver: {name: 'hlc'}});
        await until(cluster, 'one resolver', () =>
          cluster.view().leaders.every(({resolver}) => resolver.name === 'hlc'),
        );
        expect(shown()).toMatchObject({topology: {name: 'chain'}, forward: 'all', ack: 'quorum'});
        await cluster.close();
        rmSync(data, {recursive: true});
      },
      30_000,
    );

    it.skipIf(engine === 'sim')('are read from the folder of an older lab with fewer settings', async () => {
      const data = mkdtempSync(join(tmpdir(), 'settings-test-'));
      writeFileSync(
        join(data, 'cluster.json'),
        JSON.stringify({leaders: ['us', 'eu'], topology: {name: 'ring'}, resolver: {name: 'crdt'}}),
      );
      cluster = await startTestCluster({data});
      expect(cluster.view()).toMatchObject({
        topology: {name: 'ring'},
        resolver: {name: 'crdt'},
        ack: 'local',
        loopguard: true,
      });
      await cluster.close();
      rmSync(data, {recursive: true});
    });

    it('show how a clock drifts', async () => {
      cluster = await startTestCluster({engine});
      await act(cluster, {type: 'clock', leaders: [EU], change: {driftPpm: 100_000}});
      await until(cluster, '20 ms', () => (at(EU)?.clockOffsetMs ?? 0) > 20);
      expect(at(EU)?.driftPpm).toBe(100_000);
      await act(cluster, {type: 'clock', leaders: [EU], change: 'reset'});
      expect(at(EU)).toMatchObject({clockOffsetMs: 0, driftPpm: 0});
    });
  });

  /** These tests need leaders that follow their settings, guards and `skip`. */
  describe('leaders with settings', () => {
    const guarded = (expected: Guard['expected'], shown: number) => ({
      ...set('n', shown, US),
      guard: {key: key('n'), expected},
    });

    it('write only if their guard holds', async () => {
      cluster = await startTestCluster({engine});
      await act(cluster, guarded({absent: true}, 1));
      expect(await cluster.execute(guarded({absent: true}, 2), US)).toMatchObject({status: 'fail'});
      expect(await cluster.execute(guarded({value: 7}, 2), US)).toMatchObject({status: 'fail'});
      await act(cluster, guarded({value: 1}, 3));
      await converged(cluster, 3);
      expect(await values(cluster, 'n')).toEqual(everywhere(3));
    });

    it.each([
      ['lww', 1],
      ['hlc', 2],
    ] as const)(
      'stamp writes with their own clock: under %s a later write of a slow one reads %i',
      async (resolver, seen) => {
        cluster = await startTestCluster({engine, resolver: {name: resolver}});
        await act(cluster, {type: 'clock', leaders: [EU], change: {offsetMs: -5000}});
        await act(cluster, set('x', 1, US));
        await converged(cluster, 3);
        await act(cluster, set('x', 2, EU));
        await converged(cluster, 3);
        expect(await values(cluster, 'x')).toEqual(everywhere(seen));
      },
    );

    it('answer a write under ack all only when all leaders have it, and otherwise report it as ' +
      'unconfirmed', async () => {
      cluster = await startTestCluster({engine});
      await act(cluster, {type: 'ack', ack: 'all'});
      await act(cluster, set('n', 1, US));
      expect(await values(cluster, 'n')).toEqual(everywhere(1));
      await ok(cluster, 'kill ap');
      const outcome = await cluster.execute(set('n', 2, US), US);
      const reason = 'us:2 is at us; only 2 of the 3 leaders needed confirmed it in time';
      expect(outcome).toMatchObject({
        status: 'info',
        failure: {message: reason},
        result: {writes: [{dot: {origin: 'us', seq: 2}, reason}]},
      });
    }, 30_000);

    it('confirm concurrent writes under ack quorum, which stay concurrent', async () => {
      cluster = await startTestCluster({engine});
      await act(cluster, {type: 'ack', ack: 'quorum'});
      for (let n = 1; n <= 10; n++) {
        await act(cluster, {
          type: 'concurrently',
          writes: [set(`k${n}`, 1, US), set(`k${n}`, 2, EU), set(`k${n}`, 3, AP)],
        });
        await until(
          cluster,
          `conflict ${n}`,
          () => cluster.view().conflictCount >= n && cluster.view().conflicts.at(-1)?.writes.length === 3,
        );
      }
    }, 30_000);

    it('refuse a custom resolver whose file does not exist, and all keep their resolver', async () => {
      cluster = await startTestCluster({engine, resolver: {name: 'siblings'}});
      const resolver = {name: 'custom', file: join(tmpdir(), 'there-is-no-such-module.mjs')} as const;
      expect(await cluster.execute({type: 'resolver', resolver, at: 'cluster'}, US)).toMatchObject({
        status: 'fail',
      });
      expect(await cluster.execute({type: 'resolver', resolver, at: [EU]}, US)).toMatchObject({
        status: 'fail',
      });
      expect(cluster.view().resolver).toEqual({name: 'siblings'});
      await command(cluster, 'set a 1 @us');
      await converged(cluster, 3);
      expect(cluster.view().leaders.map(leader => leader.resolver.name)).toEqual([
        'siblings',
        'siblings',
        'siblings',
      ]);
    });

    it('continue after skip with the operations behind the one that halted them', async () => {
      cluster = await startTestCluster({engine, resolver: {name: 'halt'}});
      await act(cluster, {type: 'concurrently', writes: [set('n', 1, US), set('n', 2, EU)]});
      await until(cluster, 'us to halt', () => (at(US)?.halted.length ?? 0) > 0);
      const skipped = await cluster.execute(
        {type: 'skip', origin: EU, at: {type: 'leaders', leaders: [US]}},
        US,
      );
      expect(skipped.result).toEqual({type: 'skipped', dots: {us: [{origin: 'eu', seq: 1}]}});
      await until(cluster, 'us to go on', () => at(US)?.halted.length === 0);
    });
  });
});
