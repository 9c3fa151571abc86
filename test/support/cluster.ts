/**
 * A real cluster for a test: built programs, real processes, a temporary folder.
 */

import {type StartOptions, startCluster} from '../../src/app/open-cluster.ts';
import {key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import type {EngineAction, WriteAction} from '../../src/command/action.ts';
import {parse} from '../../src/command/index.ts';
import {lan} from '../../src/faults/wan.ts';
import type {Cluster, Outcome} from '../../src/port/cluster.ts';
import {LIMIT_MS, POLL_MS} from './wait.ts';

export const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [LeaderId, LeaderId, LeaderId];

/** Starts a cluster, and waits until it is ready. The caller closes it. */
export async function startTestCluster(options: Partial<StartOptions> = {}): Promise<Cluster> {
  const started = await startCluster({
    engine: 'native',
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

/** Carries out one command as typed. Supports only the actions of engines. */
export async function command(cluster: Cluster, text: string): Promise<Outcome> {
  const parsed = parse(text, {leaders: cluster.view().leaders.map(({id}) => id)});
  if (!parsed.ok) throw new Error(`${text}: ${parsed.failure.message}`);
  return cluster.execute(parsed.value as EngineAction, US);
}

/** Carries out a command as typed. Throws unless its outcome is `ok`. */
export async function ok(cluster: Cluster, text: string): Promise<Outcome> {
  return mustBeOk(text, await command(cluster, text));
}

/** Carries out one action. */
export async function act(cluster: Cluster, action: EngineAction, signal?: AbortSignal): Promise<Outcome> {
  return mustBeOk(JSON.stringify(action), await cluster.execute(action, US, signal));
}

function mustBeOk(what: string, outcome: Outcome): Outcome {
  if (outcome.status !== 'ok') throw new Error(`${what}: ${outcome.failure.message}`);
  return outcome;
}

/** A `set` at these leaders. */
export const set = (name: string, value: Json, ...leaders: LeaderId[]): WriteAction => ({
  type: 'write',
  key: key(name),
  intent: {type: 'set', value},
  at: {type: 'leaders', leaders},
});

/** Waits until all leaders that are up have applied and show the same, and there are `live` of them. */
export async function converged(cluster: Cluster, live: number, limitMs = 20_000): Promise<void> {
  await until(
    cluster,
    `${live} leaders converged`,
    async () => {
      const {leaders} = await cluster.measure();
      return (
        Object.keys(leaders).length === live && new Set(Object.values(leaders).map(canonical)).size === 1
      );
    },
    limitMs,
  );
}

/** Waits for a condition by the cluster's own time, with a limit. */
export async function until<T>(
  cluster: Cluster,
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = LIMIT_MS,
): Promise<T> {
  const deadline = cluster.clock.nowMs() + limitMs;
  // Virtual time costs nothing, so the condition is checked more often.
  const pollMs = cluster.view().virtualTime === undefined ? POLL_MS : 5;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (cluster.clock.nowMs() > deadline) throw new Error(`after ${limitMs} ms still not: ${what}`);
    await cluster.clock.sleep(pollMs, new AbortController().signal);
  }
}

const canonical = ({vv, digest}: {vv: object; digest: string}): string =>
  JSON.stringify([Object.entries(vv).sort(), digest]);

/** The readings of a key, by leader. */
export async function values(cluster: Cluster, name: string): Promise<{[leader: string]: unknown}> {
  const outcome = await command(cluster, `get ${name} @all`);
  const result = outcome.result;
  if (result?.type !== 'values') throw new Error(`get ${name}: no values`);
  return result.values;
}
