/**
 * A real cluster for a test: built programs, real processes, a temporary folder.
 */
import {type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {Cluster, Outcome} from '../../src/cluster/port.ts';
import {type StartOptions, startCluster} from '../../src/cluster/start.ts';
import type {EngineAction} from '../../src/command/action.ts';
import {parse} from '../../src/command/index.ts';
import {lan} from '../../src/faults/wan.ts';
import {waitFor} from './wait.ts';

export const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [LeaderId, LeaderId, LeaderId];

export async function startTestCluster(options: Partial<StartOptions> = {}): Promise<Cluster> {
  const started = await startCluster({
    leaders: undefined,
    topology: undefined,
    resolver: undefined,
    links: lan,
    data: undefined,
    seed: 1,
    ...options,
  });
  if (!started.ok) throw new Error(started.failure.message);
  const ready = await started.value.ready;
  if (!ready.ok) throw new Error(ready.failure.message);
  return started.value.cluster;
}

/** One command, as typed; the engine's own actions only. */
export async function command(cluster: Cluster, text: string): Promise<Outcome> {
  const parsed = parse(text, {leaders: cluster.view().leaders.map(({id}) => id)});
  if (!parsed.ok) throw new Error(`${text}: ${parsed.failure.message}`);
  return cluster.execute(parsed.value as EngineAction, US);
}

export async function ok(cluster: Cluster, text: string): Promise<Outcome> {
  const outcome = await command(cluster, text);
  if (outcome.status !== 'ok') throw new Error(`${text}: ${outcome.failure.message}`);
  return outcome;
}

/** Until all leaders that are up have applied the same and show the same; `live` of them. */
export async function converged(cluster: Cluster, live: number, limitMs = 20_000): Promise<void> {
  await waitFor(
    `${live} leaders converged`,
    async () => {
      const {leaders} = await cluster.measure();
      return Object.keys(leaders).length === live && new Set(Object.values(leaders).map(canonical)).size === 1;
    },
    limitMs,
  );
}

const canonical = ({vv, digest}: {vv: object; digest: string}): string => JSON.stringify([Object.entries(vv).sort(), digest]);

/** What readers see of a key, by leader. */
export async function values(cluster: Cluster, key: string): Promise<{[leader: string]: unknown}> {
  const outcome = await command(cluster, `get ${key} @all`);
  const result = outcome.result;
  if (result?.type !== 'values') throw new Error(`get ${key}: no values`);
  return result.values;
}
