/**
 * `compare`: one key's history through every resolver. The writes stay as they were made, each with what its writer had seen; only what
 * a reader makes of them changes, as when leaders switch their resolver. Pure.
 *
 * A resolver that converges is given the union of all that live leaders hold. One that goes by arrival is given each leader's own
 * order. The person's module runs at the leaders alone, so `custom` is what leaders that use it read.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {Fold} from '../core/fold.ts';
import {addToFrontier, EMPTY_FRONTIER} from '../core/frontier.ts';
import {compareHlc} from '../core/hlc.ts';
import {type Op, writeOf} from '../core/op.ts';
import {sameReading} from '../core/reading.ts';
import {RESOLVER_NAMES, type ResolverName, resolverOf} from '../core/resolvers/index.ts';
import type {Resolver} from '../core/resolvers/resolver.ts';
import {compareDots, covers, type Dot, showDot} from '../core/version-vector.ts';
import type {ComparedResolver, Comparison, ResolverReading} from './comparison.ts';

export interface Compared {
  readonly key: Key;
  /** Of each live leader: its operations in order of arrival there. */
  readonly logs: readonly {readonly leader: LeaderId; readonly ops: readonly Op[]}[];
  readonly inUse: ReadonlySet<ResolverName>;
  /** For `priority`: highest first. */
  readonly order: readonly LeaderId[];
  isAcknowledged(dot: Dot): boolean;
  /** Where servers decide: what each shows, and what is lost there. The resolvers in use are told by that. */
  readonly servers?: {readonly [leader: LeaderId]: ResolverReading} | undefined;
  /** What the leaders that resolve with `custom` read, and what the conflict log says they lost. */
  readonly custom: {readonly [leader: LeaderId]: ResolverReading};
}

type ByLeader = {readonly [leader: LeaderId]: ResolverReading};

export function compare(compared: Compared): Comparison {
  const {key, inUse, order} = compared;
  const logs = compared.logs.map(({leader, ops}) => ({leader, ops: writing(key, ops)}));
  const all = new Lens(key, union(logs.map(({ops}) => ops)));
  const lenses = logs.map(({leader, ops}) => ({leader, lens: new Lens(key, ops)}));
  const stopped = logs.map(({leader, ops}) => ({leader, lens: new Lens(key, beforeHalts(ops))}));
  const resolvers = RESOLVER_NAMES.flatMap((name): ComparedResolver[] => {
    const isUsed = inUse.has(name);
    if (isUsed && compared.servers !== undefined) return byServers(name, compared, lenses);
    if (name === 'custom') return byArrival(name, isUsed, compared.custom, lenses);
    const resolver = resolverOf(name === 'priority' ? {name, order} : {name});
    if (resolver.convergent) return [{name, inUse: isUsed, ...all.through(resolver, compared)}];
    // Where leaders halt, what they halted on is not in their logs, and what is there all the same was skipped.
    const at = name === 'halt' && !isUsed ? stopped : lenses;
    return byArrival(name, isUsed, Object.fromEntries(at.map(({leader, lens}) => [leader, lens.through(resolver, compared)])), at);
  });
  return {key, resolvers};
}

/** One order of arrival, to be seen through one resolver after the other. */
class Lens {
  readonly #key: Key;
  readonly #dots: ReadonlySet<string>;
  /** What does not depend on the resolver is found once. */
  #fold: Fold;

  constructor(key: Key, ops: readonly Op[]) {
    this.#key = key;
    this.#dots = new Set(ops.map(({dot}) => showDot(dot)));
    this.#fold = new Fold(resolverOf({name: 'siblings'}), ops);
  }

  through(resolver: Resolver, {isAcknowledged}: Pick<Compared, 'isAcknowledged'>): ResolverReading {
    this.#fold = this.#fold.refold(resolver);
    return {reading: this.#fold.read(this.#key), lost: this.#fold.lost(this.#key).filter(isAcknowledged)};
  }

  has(dot: Dot): boolean {
    return this.#dots.has(showDot(dot));
  }
}

/** The operations on a key, and of each only that. */
const writing = (key: Key, ops: readonly Op[]): readonly Op[] =>
  ops.flatMap(op => {
    const writes = op.writes.filter(change => change.key === key);
    return writes.length === 0 ? [] : [{...op, writes}];
  });

/** Each operation once. The HLC rises from cause to effect, so this is an order in which they could have arrived. */
function union(logs: readonly (readonly Op[])[]): readonly Op[] {
  const byDot = new Map(logs.flatMap(ops => ops.map(op => [showDot(op.dot), op] as const)));
  return [...byDot.values()].sort((a, b) => compareHlc(a.hlc, b.hlc) || compareDots(a.dot, b.dot));
}

/** Where leaders would read differently each has its own; lost to the cluster is what every leader has lost that has it. */
function byArrival(
  name: ResolverName,
  isUsed: boolean,
  byLeader: ByLeader,
  lenses: readonly {readonly leader: LeaderId; readonly lens: Lens}[],
): ComparedResolver[] {
  const [first, ...others] = Object.values(byLeader);
  if (first === undefined) return [];
  const all = new Map([first, ...others].flatMap(one => one.lost.map(dot => [showDot(dot), dot] as const)));
  const losses = lenses.map(({leader, lens}) => ({lens, lost: new Set(byLeader[leader]?.lost.map(showDot))}));
  const isLost = (dot: Dot) => losses.every(({lens, lost}) => !lens.has(dot) || lost.has(showDot(dot)));
  const compared = {name, inUse: isUsed, reading: first.reading, lost: [...all.values()].filter(isLost).sort(compareDots)};
  return [others.every(({reading}) => sameReading(reading, first.reading)) ? compared : {...compared, byLeader}];
}

function byServers(
  name: ResolverName,
  {servers = {}, isAcknowledged}: Compared,
  lenses: Parameters<typeof byArrival>[3],
): ComparedResolver[] {
  const shown = lenses.flatMap(({leader}) => {
    const server = servers[leader];
    return server === undefined ? [] : [[leader, {reading: server.reading, lost: server.lost.filter(isAcknowledged)}] as const];
  });
  return byArrival(name, true, Object.fromEntries(shown), lenses).map(compared => ({...compared, isServers: true}));
}

/** Without the operations that a leader that halts would not have applied: the one in conflict, and all behind it of the same origin. */
function beforeHalts(ops: readonly Op[]): readonly Op[] {
  const halted = new Set<LeaderId>();
  let frontier = EMPTY_FRONTIER;
  return ops.filter(op => {
    const {dot, after} = op;
    if (halted.has(dot.origin)) return false;
    if (frontier.members.some(member => !covers(after, member.dot)) && !covers(frontier.context, dot)) {
      halted.add(dot.origin);
      return false;
    }
    for (const change of op.writes) frontier = addToFrontier(frontier, writeOf(op, change));
    return true;
  });
}
