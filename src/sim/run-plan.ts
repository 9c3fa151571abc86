/**
 * Runs a plan. First come its steps, during which anything may fail (safety). Then every fault ends, and the
 * cluster has time to converge (liveness). The result is a trace, which checkers judge.
 */
import {must} from '../base/assert.ts';
import type {Key} from '../base/ids.ts';
import {sameVector} from '../core/log/version-vector.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import type {FinalLeader, Trace} from '../history/trace.ts';
import {keysIn, type Plan} from './plan.ts';
import {carryOut, heal} from './plan-actions.ts';
import {PlanClients} from './plan-clients.ts';
import {PlanConfiguration} from './plan-configuration.ts';
import type {Site} from './site.ts';
import type {World} from './world.ts';

/** A commit takes up to this long. */
const DISK_MS = 3;
/** How long links have to connect before the first step. */
const GREETING_MS = 1000;
/** Longer than any leader waits: the longest back-off, and every operation over every link. */
const SETTLING_MS = 60_000;
/** Longer than leaders need to compare their logs and to find every dot with two operations. */
const COMPARING_MS = 10_000;

export interface Run {
  readonly trace: Trace;
  /** How many events of the event queue happened. */
  readonly steps: number;
}

/** Equal plans and links give equal runs, to the byte. Throws an `AssertionError` if an invariant breaks. */
export function runPlan(plan: Plan, links: LinkDefaults): Run {
  const {seed, leaders, topology, resolver, custom, delivery, waitingOps, steps} = plan;
  const clients = new PlanClients({seed, links, diskMs: DISK_MS});
  const {world} = clients;
  const {time} = world;
  const optional = {...(custom ? {custom} : {}), ...(waitingOps === undefined ? {} : {waitingOps})};
  const configuration = new PlanConfiguration(world, leaders, topology, {
    resolver,
    delivery,
    ...optional,
  });
  clients.founded();
  time.until(() => false, GREETING_MS);
  const startMs = time.nowMs;
  const times = steps.map(({atMs}) => startMs + atMs);
  time.atEach(times, index => {
    const {action} = must(steps[index], 'a step for each time');
    if (action.type === 'disk') clients.record(action);
    else if (action.type !== 'disk-lost') clients.record({type: 'action', action});
    carryOut({world, clients, configuration}, action);
  });
  time.until(() => false, (steps.at(-1)?.atMs ?? 0) + 1);
  settle(world, configuration);
  if (clients.hasLostDisk) time.until(() => false, COMPARING_MS);
  // First, because this records the last events.
  const conflicts = clients.conflicts();
  return {trace: {events: clients.events, ends: endsOf(world, keysIn(steps)), conflicts}, steps: time.steps};
}

/** Ends every fault and waits until all leaders have all operations, at most `SETTLING_MS`. */
function settle(world: World, configuration: PlanConfiguration): void {
  heal(world, [...world.network.links.keys()]);
  for (const site of world.sites()) {
    const {id, status} = site;
    site.diskFails = false;
    if (status === 'down') world.restart(id);
    if (status === 'paused') world.resume(id);
  }
  world.time.until(() => !configuration.isChanging && haveTheSame(world.sites()), SETTLING_MS);
}

function haveTheSame(sites: readonly Site[]): boolean {
  const [first] = sites;
  if (first === undefined) return true;
  return sites.every(
    ({replica, disk}) =>
      disk.length === replica.opCount &&
      replica.buffered === 0 &&
      !replica.isRecovering &&
      sameVector(replica.vv, first.replica.vv),
  );
}

function endsOf(world: World, keys: readonly Key[]): FinalLeader[] {
  return world
    .sites()
    .filter(({status}) => status !== 'down')
    .map(({id, replica}) => ({
      leader: id,
      ops: replica.log,
      vv: replica.vv,
      digest: replica.fold.digest(),
      readings: Object.fromEntries(keys.map(key => [key, replica.fold.read(key)])),
      lost: Object.fromEntries(keys.map(key => [key, replica.fold.lost(key)])),
      halted: replica.halted.map(({origin}) => origin),
    }));
}
