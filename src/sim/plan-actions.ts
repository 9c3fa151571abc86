/**
 * Carries out the actions of a plan on a simulated cluster, as an engine of real processes would.
 */
import {assertNever, must} from '../base/assert.ts';
import {type LeaderId, type LinkId, linkEnds, linkId} from '../base/ids.ts';
import type {TxnAction, WriteAction} from '../command/action.ts';
import type {LinkSelector} from '../command/topology.ts';
import {changeClock} from '../core/log/wall-clock.ts';
import type {LinkRule} from '../faults/rule.ts';
import {type DiskLossAction, namedLeaders, type PlanAction, writtenAt} from './plan.ts';
import type {PlanClients} from './plan-clients.ts';
import type {PlanConfiguration} from './plan-configuration.ts';
import {EPOCH_MS} from './site.ts';
import type {World} from './world.ts';

/** The cluster that a plan runs on. */
export interface PlanCluster {
  readonly world: World;
  readonly clients: PlanClients;
  readonly configuration: PlanConfiguration;
}

/**
 * Carries out one action, as an engine of real processes would. Leaders that are not members are skipped: a
 * shrunk plan may lack the step in which they join.
 */
export function carryOut(cluster: PlanCluster, action: PlanAction): void {
  const {world, clients, configuration} = cluster;
  switch (action.type) {
    case 'write':
    case 'txn':
      return write(cluster, action);
    case 'concurrently':
      return concurrently(cluster, action.writes);
    case 'read':
      for (const leader of present(world, namedLeaders(action.at))) clients.read(leader, action.key);
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
        site.clock = changeClock(site.clock, action.change, EPOCH_MS + world.time.nowMs);
      }
      return;
    case 'cut':
    case 'hold':
    case 'release':
    case 'reset':
    case 'heal':
    case 'partition':
    case 'link':
      return changeLinks(world, action);
    case 'topology':
      return configuration.setTopology(action.topology);
    case 'resolver':
      return configuration.setResolver(action.resolver, action.at);
    case 'join':
      if (configuration.join(action.leader, action.from)) clients.joined(world.site(action.leader));
      return;
    case 'leave':
      return configuration.leave(action.leader, vv =>
        clients.record({type: 'left', leader: action.leader, vv}),
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
      return loseDisk(cluster, action);
    default:
      return assertNever(action);
  }
}

const present = (world: World, leaders: readonly LeaderId[]): LeaderId[] =>
  leaders.filter(leader => world.find(leader) !== undefined);

type LinkAction = Extract<
  PlanAction,
  {type: 'cut' | 'hold' | 'release' | 'reset' | 'heal' | 'partition' | 'link'}
>;

function changeLinks(world: World, action: LinkAction): void {
  switch (action.type) {
    case 'cut':
      return changeRules(world, selected(world, action.links), rule => ({...rule, cut: true}));
    case 'hold':
      return changeRules(world, selected(world, action.links), rule => ({...rule, hold: true}));
    case 'release':
      return changeRules(world, selected(world, action.links), rule => ({...rule, hold: false}));
    case 'reset':
      for (const link of selected(world, action.links)) world.network.reset(link);
      return;
    case 'heal':
      return heal(
        world,
        action.links === 'all' ? [...world.network.links.keys()] : selected(world, action.links),
      );
    case 'partition':
      return changeRules(world, between(world, action.groups), rule => ({...rule, cut: true}));
    case 'link': {
      const {change, links} = action;
      return change === 'clear'
        ? heal(world, selected(world, links))
        : changeRules(world, selected(world, links), rule => ({...rule, ...change}));
    }
    default:
      return assertNever(action);
  }
}

function write({world, clients, configuration}: PlanCluster, action: WriteAction | TxnAction): void {
  const writes = action.type === 'txn' ? action.writes : [{key: action.key, intent: action.intent}];
  const guard = action.type === 'write' ? action.guard : undefined;
  const leaders = present(world, writtenAt(action)).filter(leader => !configuration.isLeaving(leader));
  for (const leader of leaders) clients.write(leader, writes, guard);
}

/**
 * Holds back the links of the named leaders until all writes are made. A leader accepts a write in the step
 * that asks for it, so no leader has seen the write of another.
 */
function concurrently(cluster: PlanCluster, writes: readonly (WriteAction | TxnAction)[]): void {
  const {world} = cluster;
  const leaders = writes.flatMap(writtenAt);
  const links = [...world.network.links.values()]
    .filter(({from}) => leaders.includes(from))
    .map(({id}) => id);
  world.network.holdBack(links, true);
  for (const one of writes) write(cluster, one);
  world.network.holdBack(links, false);
}

function changeRules(world: World, links: readonly LinkId[], change: (rule: LinkRule) => LinkRule): void {
  for (const id of links)
    world.network.setRule(id, change(must(world.network.links.get(id), 'a link that was selected').rule));
}

/** Ends every fault of these links, which must exist. */
export function heal(world: World, links: readonly LinkId[]): void {
  for (const id of links)
    world.network.setRule(id, must(world.network.links.get(id), 'a link that was selected').base);
}

/** A leader that runs keeps its disk. */
function loseDisk({world, clients}: PlanCluster, {leader, keep}: DiskLossAction): void {
  if (world.find(leader)?.status !== 'down') return;
  const {had, destroyed} = world.loseDisk(leader, keep);
  clients.record({type: 'disk-lost', leader, had, kept: {...world.site(leader).diskVv}, destroyed});
}

/** Links that are not in the current topology are skipped. */
const selected = (world: World, selectors: readonly LinkSelector[]): LinkId[] =>
  selectors
    .flatMap(({a, b, both}) => [linkId(a, b), ...(both ? [linkId(b, a)] : [])])
    .filter(id => world.network.links.has(id));

function between(world: World, groups: readonly (readonly LeaderId[])[]): LinkId[] {
  const groupOf = (leader: LeaderId): number => groups.findIndex(group => group.includes(leader));
  return [...world.network.links.keys()].filter(link => {
    const {from, to} = linkEnds(link);
    return groupOf(from) >= 0 && groupOf(to) >= 0 && groupOf(from) !== groupOf(to);
  });
}
