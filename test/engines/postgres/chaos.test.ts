/**
 * Random writes to real servers that are killed, cut off and restarted meanwhile. Under `last_update_wins`,
 * in pglogical: every acknowledged insert of a key that nobody else writes is at every leader in the end.
 */
import {describe, expect, it} from 'vitest';
import {Prng} from '../../../src/base/prng.ts';
import type {Cluster} from '../../../src/port/cluster.ts';
import {AP, command, converged, EU, ok, startTestCluster, US} from '../../support/cluster.ts';
import {HAS_PGLOGICAL} from '../../support/pglogical.ts';

const LEADERS = [US, EU, AP];
const WRITES = 200;
const PAIRS = ['us-eu', 'us-ap', 'eu-ap'];

/** Picks a fault, or the end of one. */
async function disturb(cluster: Cluster, prng: Prng): Promise<string> {
  const leader = prng.pick(LEADERS);
  const isUp = cluster.view().leaders.find(({id}) => id === leader)?.status === 'up';
  const pair = prng.pick(PAIRS);
  const faults = [
    isUp ? `kill ${leader}` : `restart ${leader}`,
    `restart ${leader}`,
    `cut ${pair}`,
    `heal ${pair}`,
    `hold ${pair}`,
    `reset ${pair}`,
  ];
  const fault = prng.pick(faults);
  await command(cluster, fault);
  return fault;
}

describe.skipIf(!HAS_PGLOGICAL)('pglogical under kills, cuts and restarts', () => {
  it(`keeps every acknowledged insert of ${WRITES} random writes`, async () => {
    const seed = Number(process.env.LEADERLAB_SEED ?? Date.now() % 1_000_000);
    const prng = new Prng(`chaos ${seed}`);
    const told: string[] = [];
    const cluster = await startTestCluster({engine: 'pglogical', seed});
    try {
      const acknowledged: string[] = [];
      for (let n = 0; n < WRITES; n++) {
        if (n % 20 === 10) told.push(`${n} ${await disturb(cluster, prng)}`);
        const key = `k${n}`;
        const {status} = await command(cluster, `set ${key} ${n} @${prng.pick(LEADERS)}`);
        if (status === 'ok') acknowledged.push(key);
      }
      await ok(cluster, 'heal');
      for (const {id, status} of cluster.view().leaders)
        if (status === 'down') await ok(cluster, `restart ${id}`);
      await converged(cluster, 3, 60_000);
      const listed = (await command(cluster, 'keys @all')).result;
      if (listed?.type !== 'keys') throw new Error('no keys');
      for (const leader of LEADERS) {
        const keys = listed.keys[leader];
        expect(acknowledged.filter(key => !Array.isArray(keys) || !keys.includes(key))).toEqual([]);
      }
      expect(acknowledged.length).toBeGreaterThan(WRITES / 4);
    } catch (error) {
      const again = `LEADERLAB_SEED=${seed} npx vitest run test/engines/postgres/chaos.test.ts`;
      throw new Error(`again: ${again}\n${told.join('\n')}\n${String(error)}`, {cause: error});
    } finally {
      await cluster.close();
    }
  }, 180_000);
});
