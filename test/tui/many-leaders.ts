/**
 * Views of clusters of many leaders, in each topology.
 */
import type {TopologyName} from '../../src/command/topology.ts';
import type {ClusterView, LeaderStatus} from '../../src/port/view.ts';
import {base, both, dot, leader, link, shows, value, vector} from './views.ts';

const NAMES = ['us', 'eu', 'ap', 'sa', 'af', 'me', 'in', 'jp', 'au', 'ca'];

/** Which leaders, by place, a topology links: each pair once, or one way. */
function wiring(
  topology: TopologyName,
  n: number,
): {readonly ends: readonly (readonly [number, number])[]; readonly oneWay: boolean} {
  const all = Array.from({length: n}, (_, i) => i);
  const rest = all.slice(1);
  switch (topology) {
    case 'ring':
      return {ends: all.map(i => [i, (i + 1) % n]), oneWay: true};
    case 'two-way-ring':
    case 'modified-ring':
      return {ends: all.map(i => [i, (i + 1) % n]), oneWay: false};
    case 'star':
      return {ends: rest.map(i => [0, i]), oneWay: false};
    case 'chain':
      return {ends: rest.map(i => [i - 1, i]), oneWay: false};
    case 'tree':
      return {ends: rest.map(i => [Math.floor((i - 1) / 2), i]), oneWay: false};
    default:
      return {ends: all.flatMap(i => all.slice(i + 1).map(k => [i, k] as const)), oneWay: false};
  }
}

/** Many leaders, in some topology. */
export function manyView(n: number, topology: Exclude<TopologyName, 'custom'>, nowMs: number): ClusterView {
  const names = Array.from({length: n}, (_, i) => NAMES[i] ?? `l${i}`);
  const statuses: LeaderStatus[] = ['up', 'up', 'paused', 'up', 'down', 'starting'];
  const leaders = names.map((id, i) =>
    leader(
      id,
      ['title', 'cart', 'stock'].map((name, k) =>
        shows(name, value(k === 2 ? 41 : name), nowMs - 5000, dot('us', k + 1)),
      ),
      {
        status: statuses[i % statuses.length] ?? 'up',
        sinceMs: nowMs - 61_000,
        behind: i,
        vv: vector(Object.fromEntries(names.map((other, k) => [other, k + 10]))),
      },
    ),
  );
  const {ends, oneWay} = wiring(topology, n);
  const name = (i: number): string => names[i] ?? 'us';
  const links = ends.flatMap(([a, b]) =>
    oneWay ? [link(name(a), name(b), 40)] : both(name(a), name(b), 40),
  );
  return base(leaders, links, {topology: {name: topology}, forward: topology === 'mesh' ? 'own' : 'all'});
}
