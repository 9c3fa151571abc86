/**
 * `compare`: one key's history through every resolver. The writes stay as they were made, each with what its
 * writer had seen; only the readings change, as when leaders switch their resolver. Pure.
 *
 * A resolver that converges is given the union of all that live leaders hold. One that depends on arrival is
 * given each leader's own order. The user's module runs only at the leaders, so `custom` shows the readings
 * of the leaders that use it.
 *
 * Under `halt` a leader's readers miss the increments that it halted on, so these count as lost there: no
 * leader adds them up.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {Fold} from '../core/fold/fold.ts';
import {compareHlc} from '../core/log/hybrid-clock.ts';
import {isReset, type Op, writeOf} from '../core/log/op.ts';
import {compareDots, covers, type Dot, sameDot, showDot} from '../core/log/version-vector.ts';
import {RESOLVER_NAMES, type ResolverName, resolverOf} from '../core/resolvers/registry.ts';
import type {Resolver} from '../core/resolvers/resolver.ts';
import {addToFrontier, EMPTY_FRONTIER} from '../core/state/frontier.ts';
import {sameReading} from '../core/state/reading.ts';
import type {ComparedResolver, Comparison, ResolverReading} from './comparison.ts';
import {uncounted} from './uncounted-increments.ts';

export interface Compared {
  readonly key: Key;
  /** Of each live leader: its operations in order of arrival there. */
  readonly logs: readonly {readonly leader: LeaderId; readonly ops: readonly Op[]}[];
  readonly inUse: ReadonlySet<ResolverName>;
  /** Whether leaders halt now: then conflicting operations in their logs were skipped. */
  readonly isHalting: boolean;
  /**
   * The operation on which each leader is halted; it has not applied this one or later ones of its origin.
   */
  readonly halted: {readonly [leader: LeaderId]: readonly Dot[]};
  /** For `priority`: highest first. */
  readonly order: readonly LeaderId[];
  isAcknowledged(dot: Dot): boolean;
  /** If servers decide: what each shows, and which writes are lost there. The rows in use come from this. */
  readonly servers?: {readonly [leader: LeaderId]: ResolverReading} | undefined;
  /** What the leaders that resolve with `custom` read, and what the conflict log says they lost. */
  readonly custom: {readonly [leader: LeaderId]: ResolverReading};
}

type ByLeader = {readonly [leader: LeaderId]: ResolverReading};

/**
 * Reads one key through every resolver and returns, for each, the reading and the acknowledged writes that
 * are lost under it, in the order of `RESOLVER_NAMES`. A resolver under which leaders differ has a result for
 * each leader too (`byLeader`). `custom` has no entry unless a leader uses it.
 */
export function compare(compared: Compared): Comparison {
  const {key, inUse, order, isHalting} = compared;
  const logs = compared.logs.map(({leader, ops}) => ({leader, ops: writing(key, ops)}));
  const everything = union(logs.map(({ops}) => ops));
  const all = new Lens(key, everything);
  const lenses = logs.map(({leader, ops}) => ({leader, lens: new Lens(key, ops)}));
  const increments = new Increments(everything, compared.isAcknowledged);
  const resolvers = RESOLVER_NAMES.flatMap((name): ComparedResolver[] => {
    const isUsed = inUse.has(name);
    const together = (at: readonly AtLeader[], byLeader: ByLeader) =>
      byArrival({name, inUse: isUsed}, byLeader, at, increments);
    if (isUsed && compared.servers !== undefined) return byServers(name, compared, lenses, increments);
    if (name === 'custom') return together(lenses, compared.custom);
    const resolver = resolverOf(name === 'priority' ? {name, order} : {name});
    if (resolver.convergent) return [{name, inUse: isUsed, ...all.through(resolver, compared)}];
    const at =
      name === 'halt' && !isHalting
        ? logs.map(({leader, ops}) => ({leader, lens: new Lens(key, beforeHalts(ops))}))
        : lenses;
    const read = ({leader, lens}: AtLeader): ResolverReading => {
      const seen = lens.through(resolver, compared);
      if (name !== 'halt') return seen;
      const arrived = logs.find(log => log.leader === leader)?.ops ?? [];
      const kept = increments.keptBack(lens, arrived, compared.halted[leader] ?? []);
      return {...seen, lost: [...seen.lost, ...kept].sort(compareDots)};
    };
    return together(at, Object.fromEntries(at.map(one => [one.leader, read(one)])));
  });
  return {key, resolvers};
}

interface AtLeader {
  readonly leader: LeaderId;
  readonly lens: Lens;
}

/** One order of arrival, to be seen through one resolver after the other. */
class Lens {
  readonly #key: Key;
  readonly #dots: ReadonlySet<string>;
  /** The part that does not depend on the resolver is computed once. */
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

/** The operations on a key, each reduced to its writes to that key. */
const writing = (key: Key, ops: readonly Op[]): readonly Op[] =>
  ops.flatMap(op => {
    const writes = op.writes.filter(change => change.key === key);
    return writes.length === 0 ? [] : [{...op, writes}];
  });

/**
 * Each operation once. The HLC rises from cause to effect, so this is an order in which they could have
 * arrived.
 */
function union(logs: readonly (readonly Op[])[]): readonly Op[] {
  const byDot = new Map(logs.flatMap(ops => ops.map(op => [showDot(op.dot), op] as const)));
  return [...byDot.values()].sort((a, b) => compareHlc(a.hlc, b.hlc) || compareDots(a.dot, b.dot));
}

/**
 * The acknowledged increments of the key, wherever they are. One that a `set` or `del` had seen is replaced,
 * and no leader adds it up.
 */
class Increments {
  readonly #ops: readonly Op[];

  constructor(ops: readonly Op[], isAcknowledged: Compared['isAcknowledged']) {
    const resets = ops.filter(({writes}) => writes.some(isReset));
    const isReplaced = (dot: Dot): boolean => resets.some(({after}) => covers(after, dot));
    this.#ops = ops.filter(
      ({dot, writes}) => writes.some(({type}) => type === 'incr') && isAcknowledged(dot) && !isReplaced(dot),
    );
  }

  /**
   * The operations that a leader does not apply, because it is halted on them or on an earlier one of their
   * origin.
   */
  keptBack(lens: Lens, arrived: readonly Op[], halted: readonly Dot[]): Dot[] {
    const hasArrived = (dot: Dot): boolean => arrived.some(op => sameDot(op.dot, dot));
    const isHalted = ({origin, seq}: Dot): boolean =>
      halted.some(first => first.origin === origin && first.seq <= seq);
    return this.#ops.map(({dot}) => dot).filter(dot => !lens.has(dot) && (hasArrived(dot) || isHalted(dot)));
  }

  /**
   * The increments lost at some leaders only that still count as lost, because no leader adds up all of them.
   */
  uncounted(byLeader: ByLeader, isLost: (dot: Dot) => boolean): Dot[] {
    const leaders = Object.keys(byLeader) as LeaderId[];
    const disputed = this.#ops.flatMap(({dot}) => {
      const reporters = new Set(
        leaders.filter(leader => byLeader[leader]?.lost.some(lost => sameDot(lost, dot))),
      );
      return reporters.size === 0 || isLost(dot) ? [] : [{dot, reporters}];
    });
    return uncounted(disputed, leaders).map(({dot}) => dot);
  }
}

/**
 * If leaders read differently, or have lost different writes, each gets its own result. The cluster has lost
 * a write if every leader that has the write has lost it; and it has lost the increments that no leader adds
 * up.
 */
function byArrival(
  which: Pick<ComparedResolver, 'name' | 'inUse'>,
  byLeader: ByLeader,
  lenses: readonly AtLeader[],
  increments: Increments,
): ComparedResolver[] {
  const [first, ...others] = Object.values(byLeader);
  if (first === undefined) return [];
  const all = new Map([first, ...others].flatMap(one => one.lost.map(dot => [showDot(dot), dot] as const)));
  const losses = lenses.map(({leader, lens}) => ({lens, lost: new Set(byLeader[leader]?.lost.map(showDot))}));
  const isLost = (dot: Dot) => losses.every(({lens, lost}) => !lens.has(dot) || lost.has(showDot(dot)));
  const isDiscarded = (dot: Dot) => isLost(dot) && losses.some(({lens}) => lens.has(dot));
  const lost = [
    ...[...all.values()].filter(isDiscarded),
    ...increments.uncounted(byLeader, isDiscarded),
  ].sort(compareDots);
  const compared = {...which, reading: first.reading, lost};
  const isAlike = (other: ResolverReading): boolean =>
    sameReading(other.reading, first.reading) &&
    other.lost.map(showDot).join() === first.lost.map(showDot).join();
  return [others.every(isAlike) ? compared : {...compared, byLeader}];
}

function byServers(
  name: ResolverName,
  {servers = {}, isAcknowledged}: Compared,
  lenses: readonly AtLeader[],
  increments: Increments,
): ComparedResolver[] {
  const shown = lenses.flatMap(({leader}) => {
    const server = servers[leader];
    return server === undefined
      ? []
      : [[leader, {reading: server.reading, lost: server.lost.filter(isAcknowledged)}] as const];
  });
  return byArrival({name, inUse: true}, Object.fromEntries(shown), lenses, increments).map(compared => ({
    ...compared,
    isServers: true,
  }));
}

/**
 * Leaves out the operations that a halting leader would not have applied: the first conflicting one, and all
 * later ones of the same origin.
 */
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
