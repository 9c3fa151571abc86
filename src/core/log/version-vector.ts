/**
 * Dots and version vectors: the names of operations, and the sets of operations that a leader has applied.
 *
 * A version vector says, for each origin, the highest `seq` up to which *every* operation is in the set
 * (invariant 1: no gaps), so it denotes a downward-closed set of dots and its functions are set algebra:
 * `covers` is membership, `dominates` is ⊇, `merge` is ∪. (Parker et al., "Detection of Mutual Inconsistency
 * in Distributed Systems", 1983; the word *dot* is from Preguiça et al., "Dotted Version Vectors", 2010.)
 */
import {isLeaderId, type LeaderId} from '../../base/ids.ts';

/**
 * The name of one operation: the leader that first accepted it, and its place (from 1, without gaps) among
 * that leader's operations.
 */
export interface Dot {
  readonly origin: LeaderId;
  readonly seq: number;
}

/** The highest `seq` of each origin. An absent origin counts as 0; 0 is never stored. */
export type VersionVector = {readonly [origin: LeaderId]: number};

export const EMPTY: VersionVector = {};

/**
 * Returns the dot as text, `us:12`. Different dots have different texts, so it also serves as the key of a
 * map.
 */
export const showDot = (dot: Dot): string => `${dot.origin}:${dot.seq}`;

/** Operations of one origin, `first` to `last`: `us:4` or `us:4-6`. */
export const showDotRange = (origin: LeaderId, first: number, last: number): string =>
  first === last ? `${origin}:${first}` : `${origin}:${first}-${last}`;

/** Reads the text that `showDot` makes. Returns undefined if the text is not a dot. */
export function parseDot(text: string): Dot | undefined {
  const [origin = '', seq = '', ...rest] = text.split(':');
  if (rest.length > 0 || !isLeaderId(origin) || !/^[1-9]\d{0,14}$/.test(seq)) return undefined;
  return {origin, seq: Number(seq)};
}

/** True if both name the same operation. Dots are plain objects, so `===` does not tell. */
export const sameDot = (a: Dot, b: Dot): boolean => a.seq === b.seq && a.origin === b.origin;

/** The one total order of dots that everything sorts by: origin, then seq. */
export const compareDots = (a: Dot, b: Dot): number =>
  a.origin < b.origin ? -1 : a.origin > b.origin ? 1 : a.seq - b.seq;

/** Returns the highest `seq` of the origin in the vector; 0 if there is none. */
export const seqOf = (vv: VersionVector, origin: LeaderId): number => vv[origin] ?? 0;

/** True if the vector contains the dot, that is, its origin's operations up to this one. */
export const covers = (vv: VersionVector, dot: Dot): boolean => seqOf(vv, dot.origin) >= dot.seq;

/**
 * Returns the origins with at least one operation in the vector, in the order of insertion: sort them to show
 * them.
 */
export const origins = (vv: VersionVector): LeaderId[] => Object.keys(vv) as LeaderId[];

/** Whether `a` contains everything that `b` does. */
export function dominates(a: VersionVector, b: VersionVector): boolean {
  // This is the inner loop of every fold, so no list of origins is made.
  for (const origin in b) if (seqOf(a, origin as LeaderId) < seqOf(b, origin as LeaderId)) return false;
  return true;
}

/** Whether neither contains the other. */
export const concurrent = (a: VersionVector, b: VersionVector): boolean =>
  !dominates(a, b) && !dominates(b, a);

/** True if both vectors contain the same dots. */
export const sameVector = (a: VersionVector, b: VersionVector): boolean => dominates(a, b) && dominates(b, a);

/** The smallest vector that contains both. Returns one of its arguments if that is the result. */
export function merge(a: VersionVector, b: VersionVector): VersionVector {
  if (dominates(a, b)) return a;
  if (dominates(b, a)) return b;
  const merged: {[origin: LeaderId]: number} = {...a};
  for (const origin of origins(b)) merged[origin] = Math.max(seqOf(merged, origin), seqOf(b, origin));
  return merged;
}

/** The vector with one more dot, which must be the next of its origin (invariant 1). */
export function extend(vv: VersionVector, dot: Dot): VersionVector {
  if (seqOf(vv, dot.origin) + 1 !== dot.seq)
    throw new RangeError(`${showDot(dot)} does not follow ${dot.origin}:${seqOf(vv, dot.origin)}`);
  return {...vv, [dot.origin]: dot.seq};
}

/** The number of dots that `a` contains and `b` does not, of the origins that count. */
export const missing = (
  a: VersionVector,
  b: VersionVector,
  counts: (origin: LeaderId) => boolean = () => true,
): number =>
  origins(a).reduce(
    (sum, origin) => sum + (counts(origin) ? Math.max(0, seqOf(a, origin) - seqOf(b, origin)) : 0),
    0,
  );

/** Returns the number of dots in the vector, over all origins. */
export const total = (vv: VersionVector): number =>
  origins(vv).reduce((sum, origin) => sum + seqOf(vv, origin), 0);

/**
 * Returns the vector as text, `ap:3 us:12`. Only the origins in `order` are shown, and none that has 0; an
 * empty vector gives an empty text.
 */
export function showVector(vv: VersionVector, order: readonly LeaderId[] = origins(vv).sort()): string {
  let text = '';
  for (const origin of order) {
    const seq = seqOf(vv, origin);
    if (seq > 0) text += `${text === '' ? '' : ' '}${origin}:${seq}`;
  }
  return text;
}
