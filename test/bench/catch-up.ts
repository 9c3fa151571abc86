/**
 * How fast a leader catches up after a partition: two leaders, their links cut, 200,000 writes at one of
 * them, heal, and the time until the other has them all on disk. `npm run bench -- catch-up [OPERATIONS]`
 */

import {startCluster} from '../../src/app/open-cluster.ts';
import {type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {EngineAction} from '../../src/command/action.ts';
import {seqOf} from '../../src/core/log/version-vector.ts';
import {lan} from '../../src/faults/wan.ts';
import type {Cluster} from '../../src/port/cluster.ts';

const [US, EU] = [leaderId('us'), leaderId('eu')];
const WANTED = Number(process.argv[2] ?? 200_000);

async function main(): Promise<void> {
  const started = await startCluster({
    engine: 'native',
    leaders: [US, EU],
    topology: undefined,
    resolver: undefined,
    links: lan,
    data: undefined,
    seed: 1,
  });
  if (!started.ok) throw new Error(started.failure.message);
  const {cluster, ready} = started.value;
  try {
    const isReady = await ready;
    if (!isReady.ok) throw new Error(isReady.failure.message);
    await execute(cluster, {type: 'cut', links: [{a: US, b: EU, both: true}]});
    await fill(cluster);
    const healedAtMs = performance.now();
    await execute(cluster, {type: 'heal', links: 'all'});
    const firstMs = await until(cluster, 1);
    const lastMs = await until(cluster, WANTED);
    console.log(
      `${WANTED} operations waited; healed; the first arrived after ${Math.round(firstMs - healedAtMs)} ms`,
    );
    console.log(
      `all on disk ${Math.round(lastMs - firstMs)} ms later: ` +
        `${Math.round(WANTED / ((lastMs - firstMs) / 1000))} operations a second`,
    );
  } finally {
    await cluster.close();
  }
}

/** Until `us` holds as many as wanted. */
async function fill(cluster: Cluster): Promise<void> {
  for (let have = 0; have < WANTED; have = await countAt(cluster, US)) {
    const forMs = Math.max(200, Math.ceil(((WANTED - have) / 10_000) * 1000));
    const at = {type: 'leaders', leaders: [US]} as const;
    await execute(cluster, {
      type: 'load',
      perSecond: 10_000,
      forMs,
      keys: 1000,
      mix: {set: 1},
      at,
      background: false,
    });
    process.stderr.write(`\r${await countAt(cluster, US)} of ${WANTED} operations written `);
  }
  process.stderr.write('\n');
}

async function execute(cluster: Cluster, action: EngineAction): Promise<void> {
  const outcome = await cluster.execute(action, US);
  if (outcome.status === 'fail' && action.type !== 'load')
    throw new Error(`${action.type}: ${outcome.failure.message}`);
}

/** Of the operations of `us`. */
async function countAt(cluster: Cluster, leader: LeaderId): Promise<number> {
  const {leaders} = await cluster.measure();
  return seqOf(leaders[leader]?.vv ?? {}, US);
}

/** When `eu` had so many, by the monotonic clock. */
async function until(cluster: Cluster, count: number): Promise<number> {
  while ((await countAt(cluster, EU)) < count) await new Promise(resolve => setTimeout(resolve, 2));
  return performance.now();
}

await main();
