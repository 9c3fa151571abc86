/**
 * `compare`: one key's history through every resolver, as if each had been used from the start. Pure.
 *
 * A resolver that converges is given the union of all that live leaders hold. One that goes by arrival is given each leader's own
 * order. The person's module runs at the leaders alone, so `custom` is what leaders that use it read.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {compareHlc} from '../core/hlc.ts';
import type {Op, Write} from '../core/op.ts';
import {sameReading} from '../core/reading.ts';
import {RESOLVER_NAMES, type ResolverName, resolverOf} from '../core/resolvers/index.ts';
import type {Resolver} from '../core/resolvers/resolver.ts';
import {compareDots, covers, type Dot, sameDot, showDot} from '../core/version-vector.ts';
import type {ComparedResolver, Comparison, ResolverReading} from './comparison.ts';
import {beforeHalts, KeyFold, type Track, trackOf, writesOn} from './key-fold.ts';

/** So many of the newest writes are looked at for lost ones: each is compared with what all before it showed. */
export const EXAMINED_LIMIT = 300;

export interface Compared {
  readonly key: Key;
  /** Of each live leader: its operations in order of arrival there. */
  readonly logs: readonly {readonly leader: LeaderId; readonly ops: readonly Op[]}[];
  readonly inUse: ReadonlySet<ResolverName>;
  /** For `priority`: highest first. */
  readonly order: readonly LeaderId[];
  isAcknowledged(dot: Dot): boolean;
  /** What the leaders that resolve with `custom` read, and what the conflict log says they lost. */
  readonly custom: {readonly [leader: LeaderId]: ResolverReading};
}

interface History {
  readonly leader: LeaderId;
  readonly writes: readonly Write[];
}

/** What an origin had applied of the examined writes, in its order, up to its own last one. */
interface Sight {
  readonly origin: LeaderId;
  readonly seen: Track;
}

export function compare(compared: Compared): Comparison {
  const {key, inUse, order} = compared;
  const histories = compared.logs.map(({leader, ops}): History => ({leader, writes: writesOn(key, ops)}));
  const all = union(histories);
  const examined = all.slice(-EXAMINED_LIMIT);
  const plain = viewsOf(all, histories, examined, writes => writes);
  const stopped = viewsOf(all, histories, examined, beforeHalts);
  const resolvers = RESOLVER_NAMES.flatMap((name): ComparedResolver[] => {
    if (name === 'custom') return arrivals(name, compared.custom, inUse);
    const resolver = resolverOf(name === 'priority' ? {name, order} : {name});
    // Where leaders halt, what they halted on is not in their logs, and what is there all the same was skipped.
    const views = name === 'halt' && !inUse.has(name) ? stopped : plain;
    const read = (track: Track) => readThrough(resolver, track, views, compared.isAcknowledged);
    if (resolver.convergent) return [{name, inUse: inUse.has(name), ...read(views.all)}];
    return arrivals(name, Object.fromEntries(views.leaders.map(({leader, track}) => [leader, read(track)])), inUse);
  });
  return examined.length === all.length ? {key, resolvers} : {key, resolvers, examined: examined.length};
}

/** The orders in which a key's writes are folded, ready for every resolver. */
interface Views {
  readonly all: Track;
  readonly leaders: readonly {readonly leader: LeaderId; readonly track: Track}[];
  readonly sights: readonly Sight[];
  readonly examined: ReadonlySet<string>;
}

function viewsOf(
  all: readonly Write[],
  histories: readonly History[],
  examined: readonly Write[],
  applied: (writes: readonly Write[]) => readonly Write[],
): Views {
  return {
    all: trackOf(applied(all)),
    leaders: histories.map(({leader, writes}) => ({leader, track: trackOf(applied(writes))})),
    sights: sightsOf(examined, histories).map(({origin, writes}) => ({origin, seen: trackOf(applied(writes))})),
    examined: namesOf(examined),
  };
}

const namesOf = (writes: readonly Write[]): ReadonlySet<string> => new Set(writes.map(({dot}) => showDot(dot)));

/** Each write once. The HLC rises from cause to effect, so this is an order in which they could have arrived. */
function union(histories: readonly History[]): readonly Write[] {
  const byDot = new Map(histories.flatMap(({writes}) => writes.map(write => [showDot(write.dot), write] as const)));
  return [...byDot.values()].sort((a, b) => compareHlc(a.hlc, b.hlc) || compareDots(a.dot, b.dot));
}

/** By origin, what it had applied before each of its own writes: in the order of its log, or any where it does not tell all of it. */
function sightsOf(examined: readonly Write[], histories: readonly History[]): {readonly origin: LeaderId; readonly writes: Write[]}[] {
  const names = namesOf(examined);
  const origins = [...new Set(examined.map(({dot}) => dot.origin))];
  return origins.map(origin => {
    const own = examined.filter(({dot}) => dot.origin === origin);
    const log = (histories.find(({leader}) => leader === origin)?.writes ?? []).filter(({dot}) => names.has(showDot(dot)));
    const ordered = own.every(write => log.some(({dot}) => sameDot(dot, write.dot))) ? log : examined;
    const seen = new Set<Write>();
    for (const write of own) {
      for (const other of ordered) if (covers(write.after, other.dot)) seen.add(other);
      seen.add(ordered.find(({dot}) => sameDot(dot, write.dot)) ?? write);
    }
    return {origin, writes: [...seen]};
  });
}

/** Where leaders would read differently each has its own; lost to the cluster is only what every leader has lost. */
function arrivals(
  name: ResolverName,
  byLeader: {readonly [leader: LeaderId]: ResolverReading},
  inUse: ReadonlySet<ResolverName>,
): ComparedResolver[] {
  const [first, ...others] = Object.values(byLeader);
  if (first === undefined) return [];
  const isLost = (dot: Dot) => others.every(({lost}) => lost.some(other => sameDot(other, dot)));
  const compared = {name, inUse: inUse.has(name), reading: first.reading, lost: first.lost.filter(isLost)};
  return [others.every(({reading}) => sameReading(reading, first.reading)) ? compared : {...compared, byLeader}];
}

function readThrough(
  resolver: Resolver,
  {writes, frontiers}: Track,
  {sights, examined}: Views,
  isAcknowledged: Compared['isAcknowledged'],
): ResolverReading {
  const now = new KeyFold(resolver);
  for (const [i, write] of writes.entries()) now.apply(write, frontiers[i]);
  const applied = namesOf(writes);
  let lost = writes.filter(one => examined.has(showDot(one.dot)) && isAcknowledged(one.dot) && !now.shows(one));
  for (const {origin, seen} of sights) {
    const there = new KeyFold(resolver);
    for (const [i, write] of seen.writes.entries()) {
      // What was shown to the one who replaced it is replaced fairly.
      if (write.dot.origin === origin && applied.has(showDot(write.dot)))
        lost = lost.filter(one => !(covers(write.after, one.dot) && there.shows(one)));
      there.apply(write, seen.frontiers[i]);
    }
  }
  return {reading: now.reading(), lost: lost.map(({dot}) => dot).sort(compareDots)};
}
