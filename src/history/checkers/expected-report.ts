/**
 * The report that a leader has to make about a key, computed from the writes of the key alone. It is
 * `concurrent` if the newest writes had not seen each other; if the resolver shows an older write, the report
 * names it in `instead`; it is `reversed` if a newest write had seen the older one.
 *
 * The log does not always say which write is shown (revisions that only a hash ranks, revisions whose parent
 * has not arrived). Then several reports are possible, and the checker accepts each of them.
 */
import type {Key} from '../../base/ids.ts';
import type {Relation} from '../../core/io/leader-event.ts';
import {compareHlc} from '../../core/log/hybrid-clock.ts';
import {effectOf, type Write} from '../../core/log/op.ts';
import {compareDots, covers, sameDot, showDot} from '../../core/log/version-vector.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import {ABSENT, type Reading} from '../../core/state/reading.ts';
import {editedBy, longest, revisionsOf, rivalsIn, sightIn, winnerIn} from './visible-effects.ts';

export interface ReportOption {
  readonly relation: Relation;
  readonly instead: readonly Write[];
}

/** A report that a leader has to make. */
export interface Due {
  readonly key: Key;
  readonly sides: readonly Write[];
  /** The report must be one of these. */
  readonly options: readonly ReportOption[];
  /** The report may be missing: nothing in it is lost, or the log does not say whether it is needed. */
  readonly isOptional: boolean;
}

/** The writes of a key that are applied, and those that none of them had seen, sorted by dot. */
interface Applied {
  readonly writes: readonly Write[];
  readonly frontier: readonly Write[];
}

/** A reader sees `instead`, which is off the frontier, and does not see `hidden`, which are on it. */
interface Shown {
  readonly instead: Write | undefined;
  readonly hidden: readonly Write[];
}

/** The report about the present state of the key; undefined if there is no conflict. */
export function owedOf(key: Key, resolver: ResolverSpec, applied: Applied): Due | undefined {
  const {frontier} = applied;
  const {all, isSure} = shownIn(resolver, applied);
  const conflicts = all.filter(
    ({instead, hidden}) => frontier.length > 1 || (instead !== undefined && hidden.length > 0),
  );
  if (conflicts.length === 0) return undefined;
  const isLossless = (shown: Shown): boolean =>
    frontier.length < 2 && shown.hidden.every(write => isGiven(resolver, applied, shown.instead, write));
  const isOptional =
    conflicts.length < all.length || (!isSure && frontier.length < 2) || conflicts.some(isLossless);
  const options = conflicts.map(shown => optionOf(shown, frontier.length));
  return {key, sides: frontier, isOptional, options: isSure ? options : options.flatMap(withEitherRelation)};
}

function optionOf({instead, hidden}: Shown, newest: number): ReportOption {
  if (instead === undefined) return {relation: 'concurrent', instead: []};
  const isReversed = newest === 1 || hidden.some(({after}) => covers(after, instead.dot));
  return {relation: isReversed ? 'reversed' : 'concurrent', instead: [instead]};
}

const withEitherRelation = (one: ReportOption): ReportOption[] =>
  one.instead.length === 0
    ? [one]
    : [
        {...one, relation: 'reversed'},
        {...one, relation: 'concurrent'},
      ];

/** Whether readers may get what the write asked for from the one that is shown. */
function isGiven(
  resolver: ResolverSpec,
  applied: Applied,
  instead: Write | undefined,
  write: Write,
): boolean {
  const value = instead && effectOf(instead.change);
  const reading: Reading = value === undefined ? ABSENT : {type: 'value', value};
  return sightIn(resolver, {...applied, reading})(write) !== 'hidden';
}

/** The possible readings. `isSure`: the reading is one of these, and it hides exactly the given writes. */
function shownIn(
  resolver: ResolverSpec,
  applied: Applied,
): {readonly all: readonly Shown[]; readonly isSure: boolean} {
  const {frontier} = applied;
  if (resolver.name === 'revision') return shownInRevision(resolver, applied);
  if (resolver.name === 'fields') return shownInFields(applied);
  const winner = resolver.name === 'lww' ? winnerIn(resolver, applied) : undefined;
  const instead = winner !== undefined && !frontier.includes(winner) ? winner : undefined;
  return {all: [{instead, hidden: instead === undefined ? [] : frontier}], isSure: true};
}

/** A newer delete shadows the only write of the frontier, although that write had seen the delete. */
function shownInFields({writes, frontier}: Applied): {
  readonly all: readonly Shown[];
  readonly isSure: boolean;
} {
  const deletes = writes.filter(({change}) => change.type === 'del');
  const newest = deletes.find(one => deletes.every(other => other === one || isNewer(one, other)));
  const [only, ...others] = frontier;
  const nothing: Shown = {instead: undefined, hidden: []};
  if (
    newest === undefined ||
    only === undefined ||
    others.length > 0 ||
    only === newest ||
    only.change.type === 'del' ||
    isNewer(only, newest)
  )
    return {all: [nothing], isSure: true};
  // Parts of other documents may still show. Then the delete does not.
  const isBare = writes.every(write => write === newest || !isNewer(write, newest));
  return {all: [{instead: newest, hidden: frontier}, ...(isBare ? [] : [nothing])], isSure: true};
}

const isNewer = (a: Write, b: Write): boolean => (compareHlc(a.hlc, b.hlc) || compareDots(a.dot, b.dot)) > 0;

/**
 * The first write of each revision that may win. It may be off the frontier if a write that replaced another
 * leaf had it in its `after`.
 */
function shownInRevision(
  resolver: ResolverSpec,
  applied: Applied,
): {readonly all: readonly Shown[]; readonly isSure: boolean} {
  const {writes, frontier} = applied;
  const here = new Set(writes.map(({dot}) => showDot(dot)));
  const isWhole = writes.every(write => editedBy(write).every(dot => here.has(dot)));
  const made = revisionsOf(writes);
  const madeBy = ({dot}: Write): number | undefined => made.get(showDot(dot));
  const rivals = rivalsIn(resolver, applied);
  // A write whose parent is missing is not known to equal another write. So it may be a leaf although an
  // equal write was edited.
  const groups = isWhole
    ? [...new Set(rivals.map(madeBy))].map(id => rivals.filter(one => madeBy(one) === id))
    : [...new Set([...rivals, ...longest(unedited(writes))])].map(one => [one]);
  const all = groups.map((group): Shown => {
    const equal = [...group].sort((a, b) => compareDots(a.dot, b.dot));
    const [first] = equal;
    const instead = first === undefined || frontier.includes(first) ? undefined : first;
    return {
      instead,
      hidden: instead === undefined ? [] : frontier.filter(write => !showsAs(write, equal, applied, made)),
    };
  });
  return {all, isSure: isWhole};
}

function unedited(writes: readonly Write[]): Write[] {
  const edited = new Set(writes.flatMap(editedBy));
  return writes.filter(({dot}) => !edited.has(showDot(dot)));
}

/** Whether the write made the revision, removed it, or was replaced as an equal edit. */
function showsAs(
  write: Write,
  revision: readonly Write[],
  {writes}: Applied,
  made: ReadonlyMap<string, number>,
): boolean {
  const {change, dot, after} = write;
  if (revision.includes(write))
    return change.type !== 'incr' || write === revision.find(one => one.change.type === 'incr');
  if (change.type === 'del') return revision.some(one => covers(after, one.dot));
  const equal = writes.filter(other => made.get(showDot(other.dot)) === made.get(showDot(dot)));
  const edits = writes.filter(other =>
    editedBy(other).some(edited => equal.some(one => showDot(one.dot) === edited)),
  );
  const seen = edits.flatMap(({change: {saw}}) => saw);
  const wasSeen = (one: Write): boolean => seen.some(other => sameDot(other, one.dot));
  return change.type !== 'incr' && equal.some(wasSeen) && !wasSeen(write);
}
