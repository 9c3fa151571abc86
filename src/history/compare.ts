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
import {compareDots, covers, type Dot, sameDot, showDot} from '../core/version-vector.ts';
import type {ComparedResolver, Comparison, ResolverReading} from './comparison.ts';
import {beforeHalts, foldKey, type KeyFold, writesOn} from './key-fold.ts';

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

export function compare(compared: Compared): Comparison {
  const {key, inUse, order} = compared;
  const histories = compared.logs.map(({leader, ops}): History => ({leader, writes: writesOn(key, ops)}));
  const all = union(histories);
  const examined = all.slice(-EXAMINED_LIMIT);
  const resolvers = RESOLVER_NAMES.flatMap((name): ComparedResolver[] => {
    if (name === 'custom') return arrivals(name, compared.custom, inUse);
    const resolver = resolverOf(name === 'priority' ? {name, order} : {name});
    // Where leaders halt, what they halted on is not in their logs, and what is there all the same was skipped.
    const halts = name === 'halt' && !inUse.has(name);
    const fold = (writes: readonly Write[]) => foldKey(resolver, halts ? beforeHalts(writes) : writes);
    const read = (writes: readonly Write[]) => readThrough(fold, {writes, histories, examined}, compared.isAcknowledged);
    if (resolver.convergent) return [{name, inUse: inUse.has(name), ...read(all)}];
    return arrivals(name, Object.fromEntries(histories.map(({leader, writes}) => [leader, read(writes)])), inUse);
  });
  return examined.length === all.length ? {key, resolvers} : {key, resolvers, examined: examined.length};
}

/** Each write once. The HLC rises from cause to effect, so this is an order in which they could have arrived. */
function union(histories: readonly History[]): readonly Write[] {
  const byDot = new Map(histories.flatMap(({writes}) => writes.map(write => [showDot(write.dot), write] as const)));
  return [...byDot.values()].sort((a, b) => compareHlc(a.hlc, b.hlc) || compareDots(a.dot, b.dot));
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

type Fold = (writes: readonly Write[]) => KeyFold;

interface Read {
  readonly writes: readonly Write[];
  readonly histories: readonly History[];
  readonly examined: readonly Write[];
}

function readThrough(fold: Fold, {writes, histories, examined}: Read, isAcknowledged: (dot: Dot) => boolean): ResolverReading {
  const now = fold(writes);
  const known = only(now.applied, examined);
  const arrived = histories.map(({leader, writes: there}) => ({leader, writes: only(there, known)}));
  let lost = known.map(({dot}) => dot).filter(dot => isAcknowledged(dot) && !now.shows(dot));
  for (const replacing of known) {
    // What is replaced fairly was shown to the one who replaced it.
    const seen = lost.filter(dot => covers(replacing.after, dot));
    if (seen.length === 0) continue;
    const before = fold(seenBy(replacing, known, arrived));
    lost = lost.filter(dot => !(seen.includes(dot) && before.shows(dot)));
  }
  return {reading: now.reading, lost: lost.sort(compareDots)};
}

/** Those of the one list that are in the other. */
function only(writes: readonly Write[], among: readonly Write[]): readonly Write[] {
  const names = new Set(among.map(({dot}) => showDot(dot)));
  return writes.filter(({dot}) => names.has(showDot(dot)));
}

/** What a write had seen, in the order in which it arrived at its origin; in this order where the origin does not tell all of it. */
function seenBy({dot, after}: Write, known: readonly Write[], arrived: readonly History[]): readonly Write[] {
  const isSeen = (write: Write) => covers(after, write.dot);
  const here = known.filter(isSeen);
  const there = arrived.find(({leader}) => leader === dot.origin)?.writes.filter(isSeen);
  return there?.length === here.length ? there : here;
}
