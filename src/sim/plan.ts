/**
 * A plan: what happens to a simulated cluster, as plain data: a seed for what chance decides and steps in
 * time, which are the actions of the command language. Whatever a plan brings about it brings about again,
 * and a plan with less in it is one too.
 */
import {assertNever, must} from '../base/assert.ts';
import {type Key, type LeaderId, type LinkId, linkEnds, linkId} from '../base/ids.ts';
import type {
  EngineAction,
  LinkSelector,
  Target,
  TopologySpec,
  TxnAction,
  WriteAction,
} from '../command/action.ts';
import type {Delivery} from '../core/io/input-effect.ts';
import {changeClock} from '../core/log/wall-clock.ts';
import type {CustomModule} from '../core/resolvers/custom-module.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {LinkRule} from '../faults/rule.ts';
import type {PlanClients} from './plan-clients.ts';
import type {PlanConfiguration} from './plan-configuration.ts';
import {EPOCH_MS} from './site.ts';
import type {World} from './world.ts';

/** No command can cause this: from now on the disk refuses writes, or accepts them again. */
export interface DiskAction {
  readonly type: 'disk';
  readonly leader: LeaderId;
  readonly fails: boolean;
}

/**
 * No command can cause this: while the leader is down, its disk is replaced by an older copy, which holds
 * this share of its operations.
 */
export interface DiskLossAction {
  readonly type: 'disk-lost';
  readonly leader: LeaderId;
  /** 0 is an empty disk. */
  readonly keep: number;
}

/** What a plan may do. */
export type PlanAction =
  | DiskAction
  | DiskLossAction
  | Extract<
      EngineAction,
      {
        type:
          | 'write'
          | 'txn'
          | 'concurrently'
          | 'read'
          | 'kill'
          | 'restart'
          | 'pause'
          | 'resume'
          | 'clock'
          | 'cut'
          | 'hold'
          | 'release'
          | 'heal'
          | 'partition'
          | 'link'
          | 'reset'
          | 'topology'
          | 'resolver'
          | 'join'
          | 'leave'
          | 'ack'
          | 'delivery'
          | 'loopguard';
      }
    >;

export interface Step {
  readonly atMs: number;
  readonly action: PlanAction;
}

export interface Plan {
  readonly seed: number;
  /** With which it begins; others may join. */
  readonly leaders: readonly LeaderId[];
  readonly topology: TopologySpec;
  readonly resolver: ResolverSpec;
  /** For `resolver custom` alone. */
  readonly custom?: CustomModule;
  readonly delivery: Delivery;
  /** Fixed for the whole plan: how many operations may wait at a leader for their dependencies. */
  readonly waitingOps?: number;
  /** By rising time. */
  readonly steps: readonly Step[];
}

/** Whom the action names. */
export function leadersIn(action: PlanAction): readonly LeaderId[] {
  if (action.type === 'write' || action.type === 'txn' || action.type === 'read') return named(action.at);
  if (action.type === 'concurrently') return action.writes.flatMap(leadersIn);
  if ('leaders' in action) return action.leaders;
  if (action.type === 'partition') return action.groups.flat();
  if (action.type === 'leave' || action.type === 'disk' || action.type === 'disk-lost')
    return [action.leader];
  if (action.type === 'join')
    return action.from === undefined ? [action.leader] : [action.leader, action.from];
  return 'links' in action && action.links !== 'all' ? action.links.flatMap(({a, b}) => [a, b]) : [];
}

/** Everyone who is or becomes a leader in it. */
export const membersIn = ({leaders, steps}: Plan): LeaderId[] => [
  ...new Set([...leaders, ...steps.flatMap(({action}) => (action.type === 'join' ? [action.leader] : []))]),
];

export const keysIn = (steps: readonly Step[]): Key[] =>
  [...new Set(steps.flatMap(({action}) => keysOfAction(action)))].sort();

function keysOfAction(action: PlanAction): readonly Key[] {
  if (action.type === 'concurrently') return action.writes.flatMap(keysOfAction);
  if (action.type === 'txn') return action.writes.map(({key}) => key);
  return action.type === 'write' || action.type === 'read' ? [action.key] : [];
}

/** Who is in a plan's cluster, and how it is set up. */
export interface Stage {
  readonly world: World;
  readonly clients: PlanClients;
  readonly configuration: PlanConfiguration;
}

/**
 * Carries one action out, as the engine of real processes would. Who has not joined, perhaps because that was
 * left out, is passed over.
 */
export function carryOut(stage: Stage, action: PlanAction): void {
  const {world, clients, configuration} = stage;
  switch (action.type) {
    case 'write':
    case 'txn':
      return write(stage, action);
    case 'concurrently':
      return concurrently(stage, action.writes);
    case 'read':
      for (const leader of present(world, named(action.at))) clients.read(leader, action.key);
      return;
    case 'kill':
    case 'restart':
    case 'pause':
    case 'resume':
      for (const leader of present(world, action.leaders)) world[action.type](leader);
      return;
    case 'clock':
      for (const leader of present(world, action.leaders)) {
        const site = world.site(leader);
        site.clock = changeClock(site.clock, action.change, EPOCH_MS + world.nowMs);
      }
      return;
    case 'cut':
      return changeRules(world, selected(world, action.links), rule => ({...rule, cut: true}));
    case 'hold':
      return changeRules(world, selected(world, action.links), rule => ({...rule, hold: true}));
    case 'release':
      return changeRules(world, selected(world, action.links), rule => ({...rule, hold: false}));
    case 'reset':
      for (const link of selected(world, action.links)) world.reset(link);
      return;
    case 'heal':
      return heal(world, action.links === 'all' ? [...world.links.keys()] : selected(world, action.links));
    case 'partition':
      return changeRules(world, between(world, action.groups), rule => ({...rule, cut: true}));
    case 'link': {
      const {change, links} = action;
      return change === 'clear'
        ? heal(world, selected(world, links))
        : changeRules(world, selected(world, links), rule => ({...rule, ...change}));
    }
    case 'topology':
      return configuration.setTopology(action.topology);
    case 'resolver':
      return configuration.setResolver(action.resolver, action.at);
    case 'join':
      if (configuration.join(action.leader, action.from)) clients.joined(world.site(action.leader));
      return;
    case 'leave':
      return configuration.leave(action.leader, vv =>
        clients.tell({type: 'left', leader: action.leader, vv}),
      );
    case 'ack':
      return configuration.set({ack: action.ack});
    case 'delivery':
      return configuration.set({delivery: action.delivery});
    case 'loopguard':
      return configuration.set({loopguard: action.on});
    case 'disk':
      for (const leader of present(world, [action.leader])) world.site(leader).diskFails = action.fails;
      return;
    case 'disk-lost':
      return loseDisk(stage, action);
    default:
      return assertNever(action);
  }
}

const named = (at: Target): readonly LeaderId[] => (at.type === 'leaders' ? at.leaders : []);

/** The leaders that a write of a plan is made at: always named. */
export const writtenAt = ({at}: WriteAction | TxnAction): readonly LeaderId[] => named(at);

const present = (world: World, leaders: readonly LeaderId[]): LeaderId[] =>
  leaders.filter(leader => world.find(leader) !== undefined);

function write({world, clients, configuration}: Stage, action: WriteAction | TxnAction): void {
  const writes = action.type === 'txn' ? action.writes : [{key: action.key, intent: action.intent}];
  const guard = action.type === 'write' ? action.guard : undefined;
  const leaders = present(world, writtenAt(action)).filter(leader => !configuration.isLeaving(leader));
  for (const leader of leaders) clients.write(leader, writes, guard);
}

/**
 * Nothing leaves the leaders named until all is written: a write is accepted in the step that asks for it.
 */
function concurrently(stage: Stage, writes: readonly (WriteAction | TxnAction)[]): void {
  const {world} = stage;
  const leaders = writes.flatMap(writtenAt);
  const links = [...world.links.values()].filter(({from}) => leaders.includes(from)).map(({id}) => id);
  world.holdBack(links, true);
  for (const one of writes) write(stage, one);
  world.holdBack(links, false);
}

function changeRules(world: World, links: readonly LinkId[], change: (rule: LinkRule) => LinkRule): void {
  for (const id of links)
    world.setRule(id, change(must(world.links.get(id), 'a link that was selected').rule));
}

export function heal(world: World, links: readonly LinkId[]): void {
  for (const id of links) world.setRule(id, must(world.links.get(id), 'a link that was selected').base);
}

/** Nothing happens to a leader that runs. */
function loseDisk({world, clients}: Stage, {leader, keep}: DiskLossAction): void {
  if (world.find(leader)?.status !== 'down') return;
  const {had, destroyed} = world.loseDisk(leader, keep);
  clients.tell({type: 'disk-lost', leader, had, kept: {...world.site(leader).diskVv}, destroyed});
}

/** Of a topology changed meanwhile some may be gone. */
const selected = (world: World, selectors: readonly LinkSelector[]): LinkId[] =>
  selectors
    .flatMap(({a, b, both}) => [linkId(a, b), ...(both ? [linkId(b, a)] : [])])
    .filter(id => world.links.has(id));

function between(world: World, groups: readonly (readonly LeaderId[])[]): LinkId[] {
  const groupOf = (leader: LeaderId): number => groups.findIndex(group => group.includes(leader));
  return [...world.links.keys()].filter(link => {
    const {from, to} = linkEnds(link);
    return groupOf(from) >= 0 && groupOf(to) >= 0 && groupOf(from) !== groupOf(to);
  });
}
