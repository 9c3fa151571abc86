/**
 * Why live leaders cannot converge as things stand: ways that are missing, leaders that halted, operations that wait for others,
 * resolvers that differ or go by arrival. Pure.
 */
import type {LeaderId} from '../base/ids.ts';
import type {ClusterView, LeaderView, LinkView, Measurement} from '../cluster/port.ts';
import {resolverOf, showResolver} from '../core/resolvers/index.ts';
import {merge, origins, sameVector, seqOf, type VersionVector} from '../core/version-vector.ts';
import {listed} from './list.ts';
import {liveLeaders} from './places.ts';
import {showJson} from './show-value.ts';

/** In sentences without full stops; none where time alone may bring convergence. */
export function obstacles(measured: Measurement, view: ClusterView): readonly string[] {
  const live = view.leaders.filter(({id}) => liveLeaders(view).includes(id));
  const known = live.flatMap(({id}): Known[] => {
    const at = measured.leaders[id];
    return at === undefined ? [] : [{id, vv: at.vv}];
  });
  return [...cutOff(known, view), ...live.flatMap(halts), ...live.flatMap(waits), ...resolvers(live, known)];
}

interface Known {
  readonly id: LeaderId;
  readonly vv: VersionVector;
}

/** Operations that no way leads to those that lack them: `eu:1-3 cannot reach us and af: no way from eu leads there (ap is down)`. */
function cutOff(known: readonly Known[], view: ClusterView): string[] {
  const everything = known.reduce<VersionVector>((all, {vv}) => merge(all, vv), {});
  return origins(everything)
    .sort()
    .flatMap(origin => {
      const last = seqOf(everything, origin);
      const holders = known.filter(({vv}) => seqOf(vv, origin) === last).map(({id}) => id);
      const reached = reachedFrom(origin, holders, view);
      const lacking = known.filter(({id, vv}) => seqOf(vv, origin) < last && !reached.has(id));
      if (lacking.length === 0) return [];
      const first = Math.min(...lacking.map(({vv}) => seqOf(vv, origin))) + 1;
      const range = first === last ? `${origin}:${last}` : `${origin}:${first}-${last}`;
      return [`${range} cannot reach ${listed(lacking.map(({id}) => id))}: ${noWay(origin, holders, reached, view)}`];
    });
}

/** Whom an origin's operations can get to from those that hold them, over links that let them pass. */
function reachedFrom(origin: LeaderId, holders: readonly LeaderId[], view: ClusterView): ReadonlySet<LeaderId> {
  const reached = new Set(holders);
  const sends = (id: LeaderId) => !isOwnOnly(origin, view) || id === origin;
  for (const id of reached) {
    if (!sends(id)) continue;
    for (const link of view.links) if (link.from === id && blockOf(link, view) === undefined) reached.add(link.to);
  }
  return reached;
}

/** A leader that sends its own operations only is no way for those of others, but for those of leaders that have left. */
const isOwnOnly = (origin: LeaderId, {forward, leaders}: ClusterView): boolean =>
  forward === 'own' && leaders.some(({id}) => id === origin);

interface Block {
  /** The leader or link. */
  readonly what: string;
  readonly how: string;
}

/** What stops operations on a link: itself, or the state of its ends. */
function blockOf({id, from, to, rule}: LinkView, view: ClusterView): Block | undefined {
  const live = liveLeaders(view);
  const dead = [from, to].find(end => !live.includes(end));
  if (dead !== undefined) return {what: dead, how: statusOf(dead, view)};
  if (rule.cut) return {what: id, how: 'cut'};
  if (rule.hold) return {what: id, how: 'held'};
  return rule.lossShare >= 1 ? {what: id, how: 'losing everything'} : undefined;
}

const statusOf = (leader: LeaderId, {leaders}: ClusterView): string => leaders.find(({id}) => id === leader)?.status ?? 'gone';

function noWay(origin: LeaderId, holders: readonly LeaderId[], reached: ReadonlySet<LeaderId>, view: ClusterView): string {
  const isOwn = isOwnOnly(origin, view);
  if (isOwn && !liveLeaders(view).includes(origin))
    return `with forward own only ${origin} sends them, and ${origin} is ${statusOf(origin, view)}`;
  const senders = isOwn ? [origin] : [...reached];
  const blocked = view.links.filter(({from, to}) => senders.includes(from) && !reached.has(to)).flatMap(link => blockOf(link, view) ?? []);
  // Nothing is broken: it is how the cluster is arranged.
  const arranged = isOwn ? 'with forward own nobody sends on what it received' : 'the topology has no link there';
  return `no way from ${isOwn ? origin : listed(holders, 'or')} leads there (${showBlocks(blocked) || arranged})`;
}

/** `ap and sa are down, us>eu is cut`: each once. */
function showBlocks(blocks: readonly Block[]): string {
  const kinds = [...new Set(blocks.map(({how}) => how))];
  return kinds
    .map(how => {
      const names = [...new Set(blocks.filter(block => block.how === how).map(({what}) => what))];
      return `${listed(names)} ${names.length === 1 ? 'is' : 'are'} ${how}`;
    })
    .join(', ');
}

const halts = ({id, halted}: LeaderView): string[] =>
  halted.map(({origin, key}) => `${origin} is halted at ${id} on ${showJson(key)}: skip ${origin} @${id}, or another resolver`);

const waits = ({id, buffered}: LeaderView): string[] =>
  buffered === 0 ? [] : [`${id} holds ${buffered} ${buffered === 1 ? 'operation' : 'operations'} back until it has what they depend on`];

function resolvers(live: readonly LeaderView[], known: readonly Known[]): string[] {
  const names = [...new Set(live.map(({resolver}) => showResolver(resolver)))];
  if (names.length > 1)
    return [`leaders resolve differently: ${live.map(({id, resolver}) => `${id} by ${showResolver(resolver)}`).join(', ')}`];
  const [spec] = live.map(({resolver}) => resolver);
  // While operations are missing, they may be all that is.
  if (spec === undefined || known.some(({vv}) => !sameVector(vv, known[0]?.vv ?? {}))) return [];
  if (spec.name === 'custom') return ['a custom merge converges only if it is commutative, associative and idempotent'];
  return resolverOf(spec).convergent ? [] : [`${spec.name} goes by the order of arrival, which differs between leaders`];
}
