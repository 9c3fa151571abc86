/**
 * Changes of links and resolvers at real PostgreSQL servers: after restarts, while servers die, while clients
 * write. A change happens whole, or what was before stays, and the next change is not refused for it.
 */
import {readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import pg from 'pg';
import {afterEach, describe, expect, it} from 'vitest';
import type {LeaderId} from '../../src/base/ids.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import type {PostgresEngine} from '../../src/port/engine-name.ts';
import {AP, command, converged, EU, ok, startTestCluster, US, until, values} from './cluster.ts';
import {sharedFolder} from './folder.ts';

/** SQL that makes a new subscription fail at a server, and SQL that ends this. */
const BLOCKS = {
  postgres: [
    `select pg_create_logical_replication_slot('leaderlab_ap_to_us', 'pgoutput')`,
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ' +
      `'leaderlab_ap_to_us'`,
  ],
  // A server that cannot connect to itself creates no subscription.
  pglogical: [
    `update pglogical.node_interface set if_dsn = replace(if_dsn, 'port=', 'port=1') where if_name = 'ap'`,
    `update pglogical.node_interface set if_dsn = replace(if_dsn, 'port=1', 'port=') where if_name = 'ap'`,
  ],
} as const;

/** Defines the tests for one engine. `isHere`: this machine has its servers. */
export function testRewiring(engine: PostgresEngine, isHere: boolean): void {
  describe.skipIf(!isHere)(`changes at ${engine} servers`, {timeout: 120_000}, () => {
    let cluster: Cluster;
    let data: string;
    afterEach(async () => {
      await cluster.close();
      rmSync(data, {recursive: true, maxRetries: 5});
    });

    const start = async (): Promise<void> => {
      data = sharedFolder('leaderlab-test-');
      cluster = await startTestCluster({engine, leaders: [US, EU, AP], data});
    };
    let written = 0;
    /** Checks that a write at each leader arrives at all leaders. */
    const passesEverywhere = async (): Promise<void> => {
      for (const leader of [US, EU, AP]) await ok(cluster, `set k${++written} ${written} @${leader}`);
      await converged(cluster, 3);
      const value = {type: 'value', value: written};
      expect(await values(cluster, `k${written}`)).toEqual({us: value, eu: value, ap: value});
    };
    const restart = async (leader: string): Promise<void> => {
      await ok(cluster, `kill ${leader}`);
      await ok(cluster, `restart ${leader}`);
      await converged(cluster, 3);
    };
    /** Runs SQL as another client would. */
    const atServer = async (leader: LeaderId, text: string): Promise<void> => {
      const port = cluster.view().leaders.find(({id}) => id === leader)?.port ?? 0;
      const password = readFileSync(join(data, 'leaders', `${leader}.password`), 'utf8').trim();
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        database: 'leaderlab',
        user: 'leaderlab',
        password,
      });
      await client.connect();
      await client.query(text);
      await client.end();
    };

    it('succeed after restarts, even while a link is cut', async () => {
      await start();
      await restart('us');
      await ok(cluster, 'topology star eu');
      await passesEverywhere();
      await restart('eu');
      await restart('us');
      await ok(cluster, 'topology star ap');
      await passesEverywhere();
      await ok(cluster, 'cut us-ap');
      await ok(cluster, 'topology mesh');
      await ok(cluster, 'heal');
      await passesEverywhere();
    });

    it('wait for the heal if a crash reverted what us had applied', async () => {
      await start();
      await ok(cluster, 'topology star ap');
      await passesEverywhere();
      await ok(cluster, 'cut us-ap');
      await ok(cluster, 'kill us');
      await ok(cluster, 'restart us');
      const outcome = await command(cluster, 'topology mesh');
      // A server writes what it applies to its disk a little later. So the crash may or may not undo it.
      if (outcome.status !== 'ok')
        expect(outcome).toMatchObject({status: 'fail', failure: {code: 'not-settled'}});
      await ok(cluster, 'heal');
      await ok(cluster, 'topology mesh');
      await passesEverywhere();
    });

    it('succeed in a folder that is opened again', async () => {
      await start();
      await ok(cluster, 'topology star eu');
      await passesEverywhere();
      await cluster.close();
      cluster = await startTestCluster({engine, data});
      await passesEverywhere();
      await ok(cluster, 'topology mesh');
      await passesEverywhere();
    });

    it('change nothing when they fail, and succeed once the obstacle is gone', async () => {
      await start();
      await ok(cluster, 'topology star eu');
      await passesEverywhere();
      const [block, unblock] = BLOCKS[engine];
      await atServer(AP, block);
      const outcome = await command(cluster, 'topology mesh');
      expect(outcome).toMatchObject({status: 'fail', failure: {code: 'not-done'}});
      expect(cluster.view().topology).toMatchObject({name: 'star'});
      expect(
        cluster
          .view()
          .links.map(({id}) => id)
          .sort(),
      ).toEqual(['ap>eu', 'eu>ap', 'eu>us', 'us>eu']);
      await passesEverywhere();
      await atServer(AP, unblock);
      await ok(cluster, 'topology mesh');
      await passesEverywhere();
    });

    it('happen completely or not at all if a server dies during them', async () => {
      await start();
      for (const [n, afterMs] of [60, 200, 500].entries()) {
        const victim = [US, EU, AP][n % 3] ?? US;
        const name = n % 2 === 0 ? 'star eu' : 'mesh';
        const change = command(cluster, `topology ${name}`);
        // Each time the server dies at another moment of the change.
        await sleep(afterMs);
        process.kill(cluster.view().leaders.find(({id}) => id === victim)?.pid ?? 0, 'SIGKILL');
        const outcome = await change;
        expect(outcome.status).not.toBe('info');
        await until(
          cluster,
          'the server to be down',
          () => cluster.view().leaders.find(({id}) => id === victim)?.status === 'down',
        );
        await ok(cluster, `restart ${victim}`);
        await passesEverywhere();
        await ok(cluster, `topology ${name}`);
        await passesEverywhere();
      }
    });

    it('lose no write that clients make during them', async () => {
      await start();
      const load = command(cluster, 'load 200/s for 2s keys=500 @us');
      for (const name of ['star eu', 'mesh']) await command(cluster, `topology ${name}`);
      expect(await load).toMatchObject({status: 'ok'});
      await converged(cluster, 3);
    });

    it.runIf(engine === 'pglogical')('of the resolver reach leaders that were down or paused', async () => {
      await start();
      await passesEverywhere();
      await ok(cluster, 'kill us');
      await ok(cluster, 'pause eu');
      await ok(cluster, 'resolver fww');
      await ok(cluster, 'restart us');
      await ok(cluster, 'resume eu');
      await converged(cluster, 3);
      await ok(cluster, 'set r 0 @us');
      await converged(cluster, 3);
      await ok(cluster, 'set r 1 @us || set r 2 @eu');
      const first = {type: 'value', value: 1};
      await converged(cluster, 3);
      expect(await values(cluster, 'r')).toEqual({us: first, eu: first, ap: first});
    });
  });
}
