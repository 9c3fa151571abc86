/**
 * `npm run bench -- engines`: what replication costs with each engine, in one run and through the same link
 * proxies, three leaders without latency. Lag: from a write's acceptance at its origin to its application
 * elsewhere, at an easy rate. Writes: acknowledged at one leader, with sixteen clients that each wait for
 * their answer. What counts are the ratios to the native engine.
 */
import process from 'node:process';
import {startCluster} from '../../src/app/open-cluster.ts';
import {key, leaderId} from '../../src/base/ids.ts';
import {lan} from '../../src/faults/wan.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import type {EngineName} from '../../src/port/engine-name.ts';

const US = leaderId('us');
const EASY = {
  type: 'load',
  perSecond: 100,
  forMs: 4000,
  keys: 1000,
  mix: {set: 1},
  at: {type: 'all'},
  background: false,
} as const;
const CLIENTS = 16;
const WRITING_MS = 4000;
const ROUNDS = 3;

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

async function start(engine: EngineName): Promise<Cluster | undefined> {
  const started = await startCluster({
    engine,
    leaders: undefined,
    topology: undefined,
    resolver: undefined,
    links: lan,
    data: undefined,
    seed: 1,
  });
  const ready = started.ok ? await started.value.ready : started;
  if (started.ok && ready.ok) return started.value.cluster;
  process.stdout.write(`${engine}: ${ready.ok ? '' : ready.failure.message}\n`);
  return undefined;
}

async function measure(cluster: Cluster): Promise<Figures> {
  await cluster.execute(EASY, US);
  await cluster.measure();
  const {p50Ms = Number.NaN, p99Ms = Number.NaN} = cluster.view().lag ?? {};
  let written = 0;
  const startMs = performance.now();
  const client = async (name: number): Promise<void> => {
    for (let n = 0; performance.now() - startMs < WRITING_MS; n++) {
      const target = key(`client:${name}:${n % 50}`);
      const {status} = await cluster.execute(
        {type: 'write', key: target, intent: {type: 'set', value: n}, at: {type: 'focused'}},
        US,
      );
      if (status === 'ok') written += 1;
    }
  };
  await Promise.all(Array.from({length: CLIENTS}, (_, name) => client(name)));
  return {p50Ms, p99Ms, perSecond: (1000 * written) / (performance.now() - startMs)};
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const all = new Map<EngineName, Figures>();
for (const engine of ['native', 'postgres', 'pglogical'] as const) {
  const rounds: Figures[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    const cluster = await start(engine);
    if (cluster === undefined) break;
    rounds.push(await measure(cluster));
    await cluster.close();
  }
  if (rounds.length === 0) continue;
  const of = (field: keyof Figures): number => median(rounds.map(round => round[field]));
  all.set(engine, {p50Ms: of('p50Ms'), p99Ms: of('p99Ms'), perSecond: of('perSecond')});
}

const native = all.get('native');
for (const [engine, {p50Ms, p99Ms, perSecond}] of all) {
  const times = (value: number, base = Number.NaN): string => `${(value / base).toFixed(2)} ×`;
  process.stdout.write(
    `${engine.padEnd(10)} lag p50 ${p50Ms.toFixed(2)} ms (${times(p50Ms, native?.p50Ms)}), p99 ` +
      `${p99Ms.toFixed(2)} ms; ` +
      `${Math.round(perSecond)} writes/s at one leader (${times(perSecond, native?.perSecond)})\n`,
  );
}
process.exit();
