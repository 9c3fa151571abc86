/**
 * The nemesis: a random plan from a seed, with clients (`random-clients.ts`), independent faults
 * (`random-faults.ts`) and scenarios that lead to rare states (`random-scenarios.ts`). The same seed and
 * subject give the same plan.
 */
import {assert} from '../base/assert.ts';
import type {LeaderId} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {TopologySpec} from '../command/topology.ts';
import type {Plan, Step} from './plan.ts';
import {RandomClients} from './random-clients.ts';
import {RandomFaults, TOPOLOGIES} from './random-faults.ts';
import {RandomScenarios} from './random-scenarios.ts';
import type {ValueKind} from './value-kinds.ts';

/** What a run is about; everything else is drawn from the seed. */
export type Subject = Pick<Plan, 'resolver' | 'custom'> & {
  /** At most these, the founders first. */
  readonly leaders: readonly LeaderId[];
  /** Only `set`s of such values: what a user's module may be made for. */
  readonly only?: ValueKind;
};

export function planFrom(seed: number, {resolver, custom, leaders: all, only}: Subject): Plan {
  assert(all.length > 0, 'a plan has a leader');
  const random = new Prng(`plan ${seed}`);
  const leaders = all.slice(0, random.int(Math.min(2, all.length), all.length));
  const lastMs = random.int(200, 4000);
  const newcomers = all.filter(leader => !leaders.includes(leader));
  const scope = {leaders, newcomers, lastMs, resolver, only};
  const clients = new RandomClients(random, scope);
  const faults = new RandomFaults(random, scope, clients, new RandomScenarios(random, scope, clients));
  const steps = [...settingSteps(random), ...clients.steps(), ...faults.steps()].sort(
    (a, b) => a.atMs - b.atMs,
  );
  const delivery = random.chance(0.3) ? 'causal' : 'fifo';
  return {
    seed,
    leaders,
    topology: {name: random.chance(0.5) ? 'mesh' : random.pick(TOPOLOGIES)} as TopologySpec,
    resolver,
    ...(custom ? {custom} : {}),
    delivery,
    ...(random.chance(delivery === 'causal' ? 0.4 : 0.1) ? {waitingOps: random.int(1, 5)} : {}),
    steps,
  };
}

/** The settings that the leaders begin with. */
function settingSteps(random: Prng): Step[] {
  const steps: Step[] = [];
  if (random.chance(0.3)) steps.push({atMs: 0, action: {type: 'ack', ack: random.pick(['quorum', 'all'])}});
  if (random.chance(0.1)) steps.push({atMs: 0, action: {type: 'loopguard', on: false}});
  return steps;
}
