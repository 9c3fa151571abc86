import {expect, it} from 'vitest';
import type {LeaderId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {AP, command, converged, EU, ok, startTestCluster, US} from '../support/cluster.ts';

const LEADERS = [US, EU, AP];
const WRITES = 500;
const WRITERS = 4;

/** Picks a fault, or the end of one, that is possible now. */
function nextFault(prng: Prng, cluster: Cluster): string {
  const leader = prng.pick(cluster.view().leaders);
  const isSpareable = cluster.view().leaders.filter(({status}) => status === 'up').length > 1;
  if (leader.status === 'down') return `restart ${leader.id}`;
  if (leader.status === 'paused') return prng.chance(0.7) ? `resume ${leader.id}` : `kill ${leader.id}`;
  const [a, b] = prng.shuffle(LEADERS) as [LeaderId, LeaderId];
  const faults = [
    `cut ${a}>${b}`,
    `cut ${a}-${b}`,
    `hold ${a}>${b}`,
    `release ${a}-${b}`,
    `heal ${a}-${b}`,
    'heal',
    `link ${a}-${b} latency 20ms jitter 15ms`,
  ];
  if (isSpareable)
    faults.push(`kill ${leader.id}`, `kill ${leader.id}`, `pause ${leader.id}`, `restart ${leader.id}`);
  return prng.pick(faults);
}

it('keeps every acknowledged write through kills, pauses, cuts, holds and restarts', async () => {
  const seed = Number(process.env.LEADERLAB_SEED ?? Math.floor(Math.random() * 1e9));
  const repeat = `LEADERLAB_SEED=${seed} npx vitest run test/engines/chaos.test.ts`;
  const prng = new Prng(seed);
  const cluster = await startTestCluster({seed});
  const acknowledged: string[] = [];
  const faults: string[] = [];
  try {
    let next = 0;
    const writer = async (): Promise<void> => {
      for (let n = next++; n < WRITES; n = next++) {
        const outcome = await command(cluster, `set key-${n} ${n} @${prng.pick(LEADERS)}`);
        if (outcome.status === 'ok') acknowledged.push(`key-${n}`);
        if (n % 8 === 0) {
          const fault = nextFault(prng, cluster);
          faults.push(fault);
          await command(cluster, fault);
        }
      }
    };
    await Promise.all(Array.from({length: WRITERS}, writer));
    for (const {id, status} of cluster.view().leaders) {
      if (status === 'paused') await ok(cluster, `resume ${id}`);
      if (status === 'down') await ok(cluster, `restart ${id}`);
    }
    await ok(cluster, 'heal');
    await converged(cluster, 3, 60_000);
    const listed = (await ok(cluster, 'keys * @all')).result;
    if (listed?.type !== 'keys') throw new Error('no keys');
    for (const leader of LEADERS) {
      const keys = new Set<string>(listed.keys[leader] as readonly string[]);
      expect(
        acknowledged.filter(key => !keys.has(key)),
        `lost at ${leader}; repeat with: ${repeat}`,
      ).toEqual([]);
    }
    expect(acknowledged.length, 'the run proves something only if many writes got through').toBeGreaterThan(
      WRITES / 10,
    );
    expect(faults.some(fault => fault.startsWith('kill'))).toBe(true);
  } catch (error) {
    throw new Error(`repeat with: ${repeat}\nfaults: ${faults.join('; ')}`, {cause: error});
  } finally {
    await cluster.close();
  }
}, 180_000);
