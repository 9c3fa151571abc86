/**
 * `losses`: compares the writes that a leader counts as lost with its log. A write is *gone* if a write that
 * had it in its `after` took it off the frontier and no write had seen it shown (`saw`). It is lost if it is
 * gone or on the frontier, and no reader gets its effect. A write on the frontier is not lost if readers get
 * what it asked for from another write. The checker judges all writes of the log, acknowledged or not.
 *
 * At the end these must hold at every leader, for every key:
 *
 * - `lww`, `hlc`, `fww`, `priority`: exactly one write is shown. Clocks, names and the frontier decide which
 *   one, and the key reads as that one. All others that are gone or on the frontier are lost, and no other
 *   write is. The write that `hlc`, `fww` and `priority` show is on the frontier: no write is lost to one
 *   that it had seen. Under `lww` this may happen.
 * - `siblings`: everything on the frontier is shown and read. Nothing is lost, unless a switch of the
 *   resolver hid it from writers.
 * - `apply-remote`, `keep-local`, `halt`: exactly one write of the frontier is shown, the one that the key
 *   reads as. If several would read the same, it may be any of them.
 * - `revision`: a leaf of the tree of edits is shown, a live one with the longest history. If it is on the
 *   frontier, these writes there are not lost: the shown write, equal edits, and deletes that removed what
 *   they had read.
 * - `crdt`: increments, additions, and `set`s of values that are not documents are lost only to a `set`,
 *   `del` or removal that had them in its `after` and had not seen them. Without a switch of the resolver
 *   this never happens. Documents follow the rules of `fields`.
 * - `fields`: a write to a document is lost if none of its leaves is read at its place. It is not lost if a
 *   leaf is read that no other write left there. Other cases, and empty documents, are not checked.
 * - `custom`: a write is not lost if a write that had seen it replaced it. Nothing else is checked.
 *
 * Under the first five resolvers, and under `crdt` except for documents, readings follow from the log. If the
 * resolver was never switched, the checker also requires that `saw` of each write equals what its leader
 * showed when the write was made.
 *
 * Cost: for each key its writes squared, and cubed for `saw`: keys with very many writes are skipped.
 */
import type {Key} from '../../base/ids.ts';
import {canonicalJson, isObject} from '../../base/json.ts';
import {effectOf, happenedBefore, type Write, writeOf} from '../../core/log/op.ts';
import {covers, type Dot, sameDot, sameVector, showDot} from '../../core/log/version-vector.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import {ABSENT, type Reading, readingToJson, sameReading} from '../../core/state/reading.ts';
import type {FinalLeader, Trace} from '../trace.ts';
import type {Violation} from './check-verdict.ts';
import {KeyWrites} from './key-writes.ts';
import {
  fromOthers,
  isOrdered,
  readsAs,
  rivalsIn,
  type Scene,
  type Sight,
  sightIn,
  winnerIn,
} from './visible-effects.ts';

/** Keys with more writes are skipped, because some checks take the square or the cube of their number. */
const LEDGER_LIMIT = 2000;
const SAW_LIMIT = 100;

/** The writes of a key, and what follows from them under every resolver. */
interface Judged {
  readonly writes: readonly Write[];
  readonly frontier: readonly Write[];
  /** On the frontier, or gone. */
  readonly able: ReadonlySet<Write>;
}

/** `resolver`: the one at the end. */
export function checkLosses({events, ends}: Trace, resolver: ResolverSpec): Violation | undefined {
  const wasSwitched = events.some(event => event.type === 'action' && event.action.type === 'resolver');
  let last: {readonly end: FinalLeader; readonly keys: ReadonlyMap<Key, Judged>} | undefined;
  for (const end of ends) {
    // Leaders with the same operations have the same frontiers.
    const known = last !== undefined && sameVector(last.end.vv, end.vv) ? last.keys : undefined;
    const keys = known ?? keysOf(end);
    last = {end, keys};
    for (const [key, of] of keys) {
      const asksSaw = known === undefined && !wasSwitched;
      const fault =
        keyFault(end, key, of, resolver, wasSwitched) ?? (asksSaw ? sawFault(key, of, resolver) : undefined);
      if (fault !== undefined)
        return {checker: 'losses', text: fault.text, dots: fault.dots, leaders: [end.leader]};
    }
  }
  return undefined;
}

function keysOf({ops}: FinalLeader): Map<Key, Judged> {
  const byKey = new Map<Key, Write[]>();
  for (const op of ops) {
    for (const change of op.writes) {
      const writes = byKey.get(change.key);
      if (writes === undefined) byKey.set(change.key, [writeOf(op, change)]);
      else writes.push(writeOf(op, change));
    }
  }
  return new Map(
    [...byKey].filter(([, {length}]) => length <= LEDGER_LIMIT).map(([key, writes]) => [key, judged(writes)]),
  );
}

function judged(writes: readonly Write[]): Judged {
  const all = new KeyWrites();
  for (const write of writes) all.add(write);
  return {writes, frontier: all.frontier, able: new Set(writes.filter(write => all.isAble(write)))};
}

/** A write cannot have seen what its leader did not have. */
const sawOf = ({after, change}: Write): Dot[] => change.saw.filter(dot => covers(after, dot));

interface Fault {
  readonly text: string;
  readonly dots: readonly Dot[];
}

function keyFault(
  end: FinalLeader,
  key: Key,
  of: Judged,
  resolver: ResolverSpec,
  wasSwitched: boolean,
): Fault | undefined {
  const reading = end.readings[key];
  if (reading === undefined) return undefined;
  const scene: Scene = {...of, reading};
  const lost = (end.lost[key] ?? []).map(showDot);
  const sightOf = sightIn(resolver, scene);
  return (
    readingFault(end, key, scene, resolver) ??
    ledgerFault(end, key, of, lost, sightOf) ??
    (showsOne(resolver) ? countFault(end, key, scene, lost, resolver, sightOf) : undefined) ??
    (wasSwitched ? undefined : keepingFault(key, of, resolver, sightOf))
  );
}

/** The key must read as what is shown, if the log says what that is. */
function readingFault(
  {leader}: FinalLeader,
  key: Key,
  scene: Scene,
  resolver: ResolverSpec,
): Fault | undefined {
  const {reading, frontier} = scene;
  const winner = winnerIn(resolver, scene);
  if (winner !== undefined && !readsAs(reading, effectOf(winner.change)))
    return {
      text: `${key} reads ${show(reading)} at ${leader}, and ${resolver.name} shows ${named(winner)}`,
      dots: [winner.dot],
    };
  const rivals = rivalsIn(resolver, scene);
  if (rivals.length > 0 && !rivals.some(({change}) => readsAs(reading, effectOf(change)))) {
    const text =
      `${key} reads ${show(reading)} at ${leader}, and ${resolver.name} shows one of ` +
      `${rivals.map(named).join(', ')}`;
    return {text, dots: rivals.map(({dot}) => dot)};
  }
  if (resolver.name !== 'siblings' || sameReading(reading, readingOf(frontier))) return undefined;
  return {
    text:
      `${key} reads ${show(reading)} at ${leader}, and no write had seen ` +
      `${frontier.map(named).join(', ')}`,
    dots: frontier.map(({dot}) => dot),
  };
}

function readingOf(frontier: readonly Write[]): Reading {
  const siblings = frontier.map(({dot, change}) => {
    const value = effectOf(change);
    return value === undefined ? {dot} : {dot, value};
  });
  const [first] = siblings;
  if (siblings.every(({value}) => value === undefined)) return ABSENT;
  return siblings.length === 1 && first?.value !== undefined
    ? {type: 'value', value: first.value}
    : {type: 'siblings', siblings};
}

/** Every lost write must be counted, and no other. */
function ledgerFault(
  {leader}: FinalLeader,
  key: Key,
  {writes, able}: Judged,
  lost: readonly string[],
  sightOf: (write: Write) => Sight,
): Fault | undefined {
  for (const write of writes) {
    const isCounted = lost.includes(showDot(write.dot));
    const what = `${named(write)} of ${key}`;
    const wrong = (text: string): Fault => ({text, dots: [write.dot]});
    if (!able.has(write)) {
      if (isCounted)
        return wrong(`${leader} counts ${what} as lost, and a write that had seen it replaced it`);
      continue;
    }
    const sight = sightOf(write);
    if (isCounted && sight === 'shown')
      return wrong(`${leader} counts ${what} as lost, and readers there get it`);
    if (!isCounted && sight === 'hidden')
      return wrong(
        `${leader} does not count ${what} as lost, and no reader there gets it, nor had a write that ` +
          'replaced it seen it',
      );
  }
  const unknown = lost.find(dot => writes.every(write => showDot(write.dot) !== dot));
  return unknown === undefined
    ? undefined
    : {text: `${leader} counts ${unknown} of ${key} as lost, which it does not have`, dots: []};
}

/**
 * Of the writes that were not replaced, one is shown and the others are lost, except those that asked for the
 * same. The write that `lww` shows may have been replaced. Under `revision` a delete does not lose to a
 * revision that its leader had applied, and equal edits of a revision are replaced together.
 */
function countFault(
  {leader}: FinalLeader,
  key: Key,
  scene: Scene,
  lost: readonly string[],
  {name}: ResolverSpec,
  sightOf: (write: Write) => Sight,
): Fault | undefined {
  const {frontier, reading} = scene;
  const kept = frontier.filter(({dot}) => !lost.includes(showDot(dot)));
  const isReplaced = (write: Write): boolean =>
    name === 'revision' && write.change.type !== 'incr' && sightOf(write) === 'unsaid';
  const alone = kept.filter(write => fromOthers(write, reading) === 'hidden' && !isReplaced(write));
  // A leaf that is off the frontier may win, and a delete whose leader did not have it is lost to it.
  const isAbove = name === 'revision' && rivalsIn({name}, scene).some(write => !frontier.includes(write));
  if ((kept.length > 0 || isAbove) && alone.length <= 1) return undefined;
  const text =
    `${leader} shows one write of ${key}, and counts ${kept.length} of ${frontier.map(named).join(', ')} ` +
    'as not lost';
  return {text, dots: frontier.map(({dot}) => dot)};
}

/** If writers always see every write, they had seen the writes that they replace. */
function keepingFault(
  key: Key,
  {able}: Judged,
  resolver: ResolverSpec,
  sightOf: (write: Write) => Sight,
): Fault | undefined {
  const lost = [...able].find(write => isKept(resolver, write) && sightOf(write) === 'hidden');
  if (lost === undefined) return undefined;
  return {
    text: `${named(lost)} of ${key} is lost under ${resolver.name}: nothing that replaced it had seen it`,
    dots: [lost.dot],
  };
}

/** Whether readers get such a write until a write that had seen it replaces it. */
const isKept = ({name}: ResolverSpec, {change}: Write): boolean =>
  name === 'siblings' ||
  (name === 'crdt' && change.type !== 'hset' && !(change.type === 'set' && isObject(change.value)));

/** The `saw` of a write must be what its leader showed when the write was made. */
function sawFault(key: Key, {writes}: Judged, resolver: ResolverSpec): Fault | undefined {
  const followsFromLog = isOrdered(resolver) || writes.every(write => isKept(resolver, write));
  if (writes.length > SAW_LIMIT || !followsFromLog) return undefined;
  for (const write of writes) {
    const before = writes.filter(other => happenedBefore(other, write));
    const sights = shownOf(before, resolver);
    const shown = sights.shown.map(({dot}) => dot);
    const saw = sawOf(write);
    const isIn = (dots: readonly Dot[], dot: Dot): boolean => dots.some(other => sameDot(other, dot));
    const possible = [...shown, ...sights.unsaid.map(({dot}) => dot)];
    if (saw.every(dot => isIn(possible, dot)) && shown.every(dot => isIn(saw, dot))) continue;
    const text =
      `${named(write)} of ${key} says that it had seen ${listed(saw)}, and its leader showed ` +
      `${listed(shown)}`;
    return {text, dots: [write.dot, ...shown]};
  }
  return undefined;
}

/**
 * The writes that a leader with exactly these writes shows (or gives from equal ones), and those that it may
 * show.
 */
function shownOf(
  writes: readonly Write[],
  resolver: ResolverSpec,
): {readonly shown: readonly Write[]; readonly unsaid: readonly Write[]} {
  const of = judged(writes);
  const winner = isOrdered(resolver) ? winnerIn(resolver, of) : undefined;
  const value = winner && effectOf(winner.change);
  const sightOf = sightIn(resolver, {...of, reading: value === undefined ? ABSENT : {type: 'value', value}});
  const able = winner === undefined || of.able.has(winner) ? [...of.able] : [...of.able, winner];
  return {
    shown: able.filter(write => sightOf(write) === 'shown'),
    unsaid: able.filter(write => sightOf(write) === 'unsaid'),
  };
}

const showsOne = ({name}: ResolverSpec): boolean =>
  ['hlc', 'fww', 'priority', 'revision', 'apply-remote', 'keep-local', 'halt'].includes(name);

function named({dot, change}: Write): string {
  const value = effectOf(change);
  return `${showDot(dot)} (${value === undefined ? 'del' : canonicalJson(value)})`;
}

const listed = (dots: readonly Dot[]): string =>
  dots.length === 0 ? 'nothing' : dots.map(showDot).join(' ');

const show = (reading: Reading): string => canonicalJson(readingToJson(reading));
