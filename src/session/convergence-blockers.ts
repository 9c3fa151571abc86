/**
 * Why live leaders cannot converge in the present state of the cluster: paths that are missing or too slow,
 * leaders that halted, operations that wait for others, resolvers that differ or that decide by arrival.
 * Pure.
 */
import type {LeaderId} from '../base/ids.ts';
import {listed} from '../base/list.ts';
import {
  merge,
  origins,
  sameVector,
  seqOf,
  showDotRange,
  type VersionVector,
} from '../core/log/version-vector.ts';
import {resolverOf, showResolver} from '../core/resolvers/registry.ts';
import type {LinkRule} from '../faults/rule.ts';
import {sendingMs} from '../faults/verdict.ts';
import {bandwidthInWords} from '../faults/wording.ts';
import {reusedInWords, rewriteAdvice} from '../history/reused-dots.ts';
import type {Measurement} from '../port/cluster.ts';
import {isPostgresEngine} from '../port/engine-name.ts';
import type {ClusterView, LeaderView, LinkView} from '../port/view.ts';
import {showMs} from '../report/words/show-time.ts';
import {showJson} from '../report/words/show-value.ts';
import {liveLeaders} from './places.ts';

/** A check that does not wait reports only links that take longer than this. */
const LEAST_WAIT_MS = 1000;
/** A lower limit for the size of one operation in a message. */
const LEAST_OP_BYTES = 100;

/**
 * What keeps the live leaders from converging within this time, as sentences without full stops. Empty if the
 * leaders may converge in time.
 */
export function convergenceBlockers(
  measured: Measurement,
  cluster: ClusterView,
  waitedMs: number,
): readonly string[] {
  const view: Waiting = {...cluster, withinMs: Math.max(waitedMs, LEAST_WAIT_MS)};
  const live = view.leaders.filter(({id}) => liveLeaders(view).includes(id));
  const known = live.flatMap(({id}): Known[] => {
    const at = measured.leaders[id];
    return at === undefined ? [] : [{id, vv: at.vv}];
  });
  return [
    ...(view.linksEnded === undefined ? [] : [view.linksEnded]),
    ...cutOff(known, view),
    ...reused(view),
    ...live.flatMap(leader => halts(leader, view)),
    ...live.flatMap(waits),
    ...resolvers(live, known, view),
  ];
}

/** A cluster in which somebody waits for convergence, and for how long. */
interface Waiting extends ClusterView {
  readonly withinMs: number;
}

const NAMED_DOTS = 2;

/** A leader that has one of the two operations never gets the other. */
function reused({reusedDots}: ClusterView): string[] {
  if (reusedDots.length === 0) return [];
  const more =
    reusedDots.length > NAMED_DOTS
      ? [`${reusedDots.length - NAMED_DOTS} more dots stand for two operations`]
      : [];
  return [...reusedDots.slice(0, NAMED_DOTS).map(reusedInWords), ...more, rewriteAdvice(reusedDots)];
}

interface Known {
  readonly id: LeaderId;
  readonly vv: VersionVector;
}

/**
 * Operations that cannot reach the leaders that lack them: `eu:1-3 cannot reach us and af: no way from eu
 * leads there (ap is down)`.
 */
function cutOff(known: readonly Known[], view: Waiting): string[] {
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
      return [
        `${showDotRange(origin, first, last)} cannot reach ${listed(lacking.map(({id}) => id))}` +
          noWay(origin, holders, reached, view),
      ];
    });
}

/**
 * The leaders that an origin's operations can reach from the holders, over links that let them pass. They
 * have reached a leader that is halted on them, but that leader does not apply them: they are not in its log,
 * and it does not send them on.
 */
function reachedFrom(origin: LeaderId, holders: readonly LeaderId[], view: Waiting): ReadonlySet<LeaderId> {
  const halted = haltedOn(origin, view).filter(id => !holders.includes(id));
  const reached = new Set([...holders, ...halted]);
  const sends = (id: LeaderId) => !halted.includes(id) && (!isOwnOnly(origin, view) || id === origin);
  for (const id of reached) {
    if (!sends(id)) continue;
    for (const link of view.links)
      if (link.from === id && blockOf(link, view) === undefined) reached.add(link.to);
  }
  return reached;
}

const haltedOn = (origin: LeaderId, view: ClusterView): readonly LeaderId[] =>
  view.leaders
    .filter(({id, halted}) => liveLeaders(view).includes(id) && halted.some(one => one.origin === origin))
    .map(({id}) => id);

/**
 * True if only the origin itself sends its operations. With `forward own`, leaders send on only the
 * operations of leaders that have left.
 */
const isOwnOnly = (origin: LeaderId, {forward, leaders}: ClusterView): boolean =>
  forward === 'own' && leaders.some(({id}) => id === origin);

interface Block {
  /** The leader or link. */
  readonly what: string;
  readonly how: How;
}

/** The verb phrase for one subject and for several. */
interface How {
  readonly one: string;
  readonly several: string;
  readonly kind: 'closed' | 'slow' | 'halted';
}

const closed = (state: string): How => ({one: `is ${state}`, several: `are ${state}`, kind: 'closed'});
const haltedHow = (origin: LeaderId): How => ({
  one: `is halted on ${origin}`,
  several: `are halted on ${origin}`,
  kind: 'halted',
});

/** What stops or delays operations on a link: the link itself, or the state of one of its two leaders. */
function blockOf(link: LinkView, view: Waiting): Block | undefined {
  const {id, from, to, rule} = link;
  const live = liveLeaders(view);
  const dead = [from, to].find(end => !live.includes(end));
  if (dead !== undefined) return {what: dead, how: closed(statusOf(dead, view))};
  if (rule.cut) return {what: id, how: closed('cut')};
  if (rule.hold) return {what: id, how: closed('held')};
  if (link.stopped !== undefined) return {what: id, how: closed('stopped')};
  if (rule.lossShare >= 1) return {what: id, how: closed('losing everything')};
  return neededMs(link) > view.withinMs ? {what: id, how: slow(rule, view.withinMs)} : undefined;
}

/**
 * A lower limit for the time that the waiting operations need on the link. Messages in flight give a better
 * limit than the rule, because they also queue behind heartbeats.
 */
function neededMs({rule, waiting, inFlight}: LinkView): number {
  const byRule = sendingMs(rule, LEAST_OP_BYTES * Math.max(1, waiting)) + soonestMs(rule);
  const underWay = inFlight
    .filter(({direction}) => direction === 'forth')
    .map(({sentAtMs, dueAtMs}) => dueAtMs - sentAtMs);
  return Math.max(byRule, ...underWay);
}

const soonestMs = ({latencyMs, jitterMs}: LinkRule): number => Math.max(0, latencyMs - jitterMs);

function slow(rule: LinkRule, withinMs: number): How {
  const isNarrow = rule.bandwidthBytesPerS > 0 && soonestMs(rule) <= withinMs;
  const [rate, time] = [bandwidthInWords(rule.bandwidthBytesPerS), showMs(rule.latencyMs)];
  return isNarrow
    ? {one: `passes ${rate}`, several: `pass ${rate}`, kind: 'slow'}
    : {one: `takes ${time}`, several: `take ${time}`, kind: 'slow'};
}

const statusOf = (leader: LeaderId, {leaders}: ClusterView): string =>
  leaders.find(({id}) => id === leader)?.status ?? 'gone';

/** The reason, which follows `cannot reach ap`. */
function noWay(
  origin: LeaderId,
  holders: readonly LeaderId[],
  reached: ReadonlySet<LeaderId>,
  view: Waiting,
): string {
  const isOwn = isOwnOnly(origin, view);
  if (isOwn && !liveLeaders(view).includes(origin))
    return `: with forward own only ${origin} sends them, and ${origin} is ${statusOf(origin, view)}`;
  const blocks = blocksAround(origin, isOwn ? [origin] : [...reached], reached, view);
  const kinds = new Set(blocks.map(({how}) => how.kind));
  if (kinds.has('halted') && kinds.size === 1)
    return `: they come by way of ${showBlocks(blocks, ', which ')}`;
  // Nothing is broken: the settings of the cluster have this effect.
  const bySettings = isOwn
    ? 'with forward own, no leader sends on what it received'
    : 'the topology has no link there';
  const inTime = kinds.has('slow') ? ' in time' : '';
  return (
    `${inTime}: no way from ${isOwn ? origin : listed(holders, 'or')} leads there ` +
    `(${showBlocks(blocks) || bySettings})`
  );
}

/**
 * What keeps an origin's operations within the leaders reached: links that block them, and halted leaders in
 * front of links that would let them pass.
 */
function blocksAround(
  origin: LeaderId,
  senders: readonly LeaderId[],
  reached: ReadonlySet<LeaderId>,
  view: Waiting,
): readonly Block[] {
  const halted = haltedOn(origin, view);
  return view.links
    .filter(({from, to}) => senders.includes(from) && !reached.has(to))
    .flatMap(
      link =>
        blockOf(link, view) ?? (halted.includes(link.from) ? {what: link.from, how: haltedHow(origin)} : []),
    );
}

/** `ap and sa are down, us>eu is cut`. Names each leader or link once. */
function showBlocks(blocks: readonly Block[], between = ' '): string {
  const hows = new Map(blocks.map(({how}) => [how.one, how]));
  return [...hows.values()]
    .map(({one, several}) => {
      const names = [...new Set(blocks.filter(({how}) => how.one === one).map(({what}) => what))];
      return `${listed(names)}${between}${names.length === 1 ? one : several}`;
    })
    .join(', ');
}

function halts({id, halted}: LeaderView, {offers}: ClusterView): string[] {
  const other = offers === undefined || offers.resolvers.length > 1 ? ', or another resolver' : '';
  return halted.map(
    ({origin, key}) =>
      `${id} has halted on ${origin}'s write to ${showJson(key)}: skip ${origin} @${id}${other}`,
  );
}

const waits = ({id, buffered}: LeaderView): string[] =>
  buffered === 0
    ? []
    : [
        `${id} holds ${buffered} ${buffered === 1 ? 'operation' : 'operations'} back until it has what ` +
          'they depend on',
      ];

const showOwnResolver = ({id, resolver}: LeaderView): string => `${id} by ${showResolver(resolver)}`;

function resolvers(
  live: readonly LeaderView[],
  known: readonly Known[],
  {engine, conflicts}: ClusterView,
): string[] {
  const names = [...new Set(live.map(({resolver}) => showResolver(resolver)))];
  if (names.length > 1) return [`leaders resolve differently: ${live.map(showOwnResolver).join(', ')}`];
  const [spec] = live.map(({resolver}) => resolver);
  // While operations are missing, they may be the only reason.
  if (spec === undefined || known.some(({vv}) => !sameVector(vv, known[0]?.vv ?? {}))) return [];
  if (spec.name === 'custom')
    return ['a custom merge converges only if it is commutative, associative and idempotent'];
  if (!resolverOf(spec).convergent)
    return [`${spec.name} depends on the order of arrival, which differs between leaders`];
  // PostgreSQL resolves a delete and a concurrent write by the order of arrival, under any resolver.
  const meetsDeletes =
    isPostgresEngine(engine) && conflicts.some(({kind}) => kind.split('/').includes('del'));
  return meetsDeletes
    ? [
        `${engine} applies every delete, whatever it deletes, so what a reader sees depends on ` +
          'what came first',
      ]
    : [];
}
