/**
 * Topologies: how a person names one, which links it has, and what leaders forward in it by default. Pure.
 */
import {assertNever} from '../base/assert.ts';
import {type Failure, fail} from '../base/failure.ts';
import {type LeaderId, type LinkId, linkId} from '../base/ids.ts';
import type {Forward} from '../core/io/input-effect.ts';

/** `us>eu` names one direction, `us-eu` both. */
export interface LinkSelector {
  readonly a: LeaderId;
  readonly b: LeaderId;
  readonly both: boolean;
}

export const TOPOLOGY_NAMES = [
  'mesh',
  'ring',
  'two-way-ring',
  'modified-ring',
  'star',
  'chain',
  'tree',
  'custom',
] as const;
export type TopologyName = (typeof TOPOLOGY_NAMES)[number];

export type TopologySpec =
  | {readonly name: Exclude<TopologyName, 'star' | 'custom'>}
  /** Without `hub`, the first leader is the hub. */
  | {readonly name: 'star'; readonly hub?: LeaderId}
  | {readonly name: 'custom'; readonly links: readonly LinkSelector[]};

/**
 * In a mesh, every leader receives from every other directly. Elsewhere, operations need more than one link.
 */
export const defaultForward = ({name}: TopologySpec): Forward => (name === 'mesh' ? 'own' : 'all');

/** The topology as a person types it: `star eu`, `custom us>eu eu-ap`, `mesh`. */
export function showTopology(topology: TopologySpec): string {
  if (topology.name === 'custom') return `custom ${showLinks(topology.links)}`;
  return topology.name === 'star' && topology.hub !== undefined ? `star ${topology.hub}` : topology.name;
}

/** Returns the links as a person types them, with spaces between: `us-eu us>ap`. */
export const showLinks = (links: readonly LinkSelector[]): string =>
  links.map(({a, b, both}) => `${a}${both ? '-' : '>'}${b}`).join(' ');

type Pair = readonly [LeaderId, LeaderId];

/**
 * The links of the topology. Dead leaders keep theirs, except in a modified ring, which closes around them.
 */
export function linksOf(
  topology: TopologySpec,
  leaders: readonly LeaderId[],
  dead: ReadonlySet<LeaderId> = new Set(),
): LinkId[] {
  switch (topology.name) {
    case 'mesh':
      return leaders.flatMap(from => leaders.filter(to => to !== from).map(to => linkId(from, to)));
    case 'ring':
      return distinct(around(leaders).map(([from, to]) => linkId(from, to)));
    case 'two-way-ring':
      return bothWays(around(leaders));
    case 'modified-ring':
      return bothWays(around(leaders.filter(leader => !dead.has(leader))));
    case 'star': {
      const hub = topology.hub ?? leaders[0];
      return bothWays(
        leaders.flatMap((leader): Pair[] => (hub === undefined || leader === hub ? [] : [[hub, leader]])),
      );
    }
    case 'chain':
      return bothWays(alongside(leaders, i => i - 1));
    case 'tree':
      // The layout of a heap in an array: the children of place i are at 2i + 1 and 2i + 2.
      return bothWays(alongside(leaders, i => Math.floor((i - 1) / 2)));
    case 'custom':
      return distinct(
        topology.links
          .filter(({a, b}) => leaders.includes(a) && leaders.includes(b))
          .flatMap(({a, b, both}) => (both ? [linkId(a, b), linkId(b, a)] : [linkId(a, b)])),
      );
    default:
      return assertNever(topology);
  }
}

/** Why the topology does not fit these leaders; undefined if it does. */
export function topologyFault(topology: TopologySpec, leaders: readonly LeaderId[]): Failure | undefined {
  const named =
    topology.name === 'custom'
      ? topology.links.flatMap(({a, b}) => [a, b])
      : topology.name === 'star' && topology.hub
        ? [topology.hub]
        : [];
  const unknown = named.find(leader => !leaders.includes(leader));
  if (unknown !== undefined)
    return fail('no-leader', `there is no leader ${unknown}`, `the leaders are ${leaders.join(' ')}`).failure;
  const loop = topology.name === 'custom' ? topology.links.find(({a, b}) => a === b) : undefined;
  return (
    loop &&
    fail('own-link', `a link connects two different leaders, and ${loop.a}>${loop.b} does not`).failure
  );
}

/** The topology with one more leader. In a custom topology, it is linked both ways with `peer`. */
export function topologyWith(
  topology: TopologySpec,
  leader: LeaderId,
  peer: LeaderId | undefined,
): TopologySpec {
  if (topology.name !== 'custom' || peer === undefined) return topology;
  const isLinked = topology.links.some(({a, b}) => a === leader || b === leader);
  return isLinked ? topology : {name: 'custom', links: [...topology.links, {a: peer, b: leader, both: true}]};
}

/** The topology without this leader: without it as the hub, and without its links. */
export function topologyWithout(topology: TopologySpec, leader: LeaderId): TopologySpec {
  if (topology.name === 'star' && topology.hub === leader) return {name: 'star'};
  if (topology.name !== 'custom') return topology;
  return {name: 'custom', links: topology.links.filter(({a, b}) => a !== leader && b !== leader)};
}

/** Pairs each leader with the next, and the last with the first; no pair for a single leader. */
const around = (leaders: readonly LeaderId[]): Pair[] =>
  leaders.length < 2 ? [] : leaders.map((from, i) => [from, leaders[(i + 1) % leaders.length] ?? from]);

/** Pairs each leader, except the first, with the leader at `placeOf` its own place. */
const alongside = (leaders: readonly LeaderId[], placeOf: (i: number) => number): Pair[] =>
  leaders.slice(1).map((leader, i) => [leaders[placeOf(i + 1)] ?? leader, leader]);

const bothWays = (pairs: readonly Pair[]): LinkId[] =>
  distinct(pairs.flatMap(([a, b]) => [linkId(a, b), linkId(b, a)]));

/** In a ring of two leaders, both directions are the same pair of links. */
const distinct = (links: readonly LinkId[]): LinkId[] => [...new Set(links)];
