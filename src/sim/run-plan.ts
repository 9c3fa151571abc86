/**
 * Runs a plan: first its steps, in which anything may go wrong (safety); then everything is healed and the
 * cluster has time to converge (liveness). What comes out is a trace, for checkers to judge.
 */
import {must} from '../base/assert.ts';
import type {Key} from '../base/ids.ts';
import {sameVector} from '../core/log/version-vector.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import type {FinalLeader, Trace} from '../history/trace.ts';
import {carryOut, heal, keysIn, type Plan} from './plan.ts';
import {PlanClients} from './plan-clients.ts';
import {PlanConfiguration} from './plan-configuration.ts';
import type {Site} from './site.ts';
import type {World} from './world.ts';

/** A commit takes up to this long. */
const DISK_MS = 3;
/** How long the links may take before the first step. */
const GREETING_MS = 1000;
/** Far longer than anything waits for: the longest back-off, and every operation over every link. */
const SETTLING_MS = 60_000;
/** Longer than leaders take to compare their logs and to find every dot that names two operations. */
const COMPARING_MS = 10_000;

export interface Run {
  readonly trace: Trace;
  /** What the heap of events had to do. */
  readonly steps: number;
}

export function runPlan(plan: Plan, links: LinkDefaults): Run {
  const {seed, leaders, topology, resolver, custom, delivery, waitingOps, steps} = plan;
  const clients = new PlanClients({seed, links, diskMs: DISK_MS});
  const {world} = clients;
  const circumstances = {...(custom ? {custom} : {}), ...(waitingOps === undefined ? {} : {waitingOps})};
  const configuration = new PlanConfiguration(world, leaders, topology, {
    resolver,
    delivery,
    ...circumstances,
  });
  clients.founded();
  world.until(() => false, GREETING_MS);
  const startMs = world.nowMs;
  const times = steps.map(({atMs}) => startMs + atMs);
  world.inTurn(times, place => {
    const {action} = must(steps[place], 'a step for each time');
    if (action.type === 'disk') clients.tell(action);
    else if (action.type !== 'disk-lost') clients.tell({type: 'action', action});
    carryOut({world, clients, configuration}, action);
  });
  world.until(() => false, (steps.at(-1)?.atMs ?? 0) + 1);
  settle(world, configuration);
  if (clients.hasLostDisk) world.until(() => false, COMPARING_MS);
  // Before the events are looked at: the last of them tell of this.
  const conflicts = clients.conflicts();
  return {trace: {events: clients.events, ends: endsOf(world, keysIn(steps)), conflicts}, steps: world.steps};
}

/** Every fault ends, and all get all operations, or time is up: then a checker says who lacks what. */
function settle(world: World, configuration: PlanConfiguration): void {
  heal(world, [...world.links.keys()]);
  for (const site of world.sites()) {
    const {id, status} = site;
    site.diskFails = false;
    if (status === 'down') world.restart(id);
    if (status === 'paused') world.resume(id);
  }
  world.until(() => !configuration.isChanging && haveTheSame(world.sites()), SETTLING_MS);
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
