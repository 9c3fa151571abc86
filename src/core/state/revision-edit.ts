/**
 * One revision of a key, as in CouchDB: its parent and its new content. Equal edits of one parent at two
 * leaders are one revision, because CouchDB's revision ids are digests of parent and content.
 */
import {canonicalJson} from '../../base/json.ts';
import {hash64} from '../../base/prng.ts';
import {effectOf, type Write} from '../log/op.ts';
import {compareDots, covers, type Dot, showDot} from '../log/version-vector.ts';

export interface Revision {
  /**
   * A hash of 53 bits, equal for equal revisions. It may be 0 in a history without branches, where no ids are
   * compared.
   */
  readonly id: number;
  readonly generation: number;
  readonly isDeleted: boolean;
  /** The writes that made this edit, sorted by dot: at least one, and usually no other. */
  readonly writes: readonly Write[];
}

/**
 * The revisions that a write extends. A write names its parent, except when its parent is the only write that
 * it saw. Writes from before parents were recorded extend all writes that they saw. A write never extends a
 * write that its origin had not applied.
 */
export function parentsOf({after, change: {parent, saw}}: Write): readonly Dot[] {
  const named = parent === undefined ? saw : [parent];
  return named.every(dot => covers(after, dot)) ? named : named.filter(dot => covers(after, dot));
}

/** The id of the revision that a write makes of these parents. */
export function revisionId({change}: Write, parents: readonly {readonly id: number}[]): number {
  const value = effectOf(change);
  const content = value === undefined ? 'deleted' : canonicalJson(value);
  return idOf(`${change.generation} ${content} ${parents.map(({id}) => id).join(' ')}`);
}

/** The id of a revision whose parent has not arrived yet. */
export const provisionalId = ({dot}: Write): number => idOf(`? ${showDot(dot)}`);

function idOf(text: string): number {
  const [high, low] = hash64(text);
  return (high >>> 11) * 2 ** 32 + low;
}

/** The order in which leaves win: a strict total order of different revisions. */
export function beats(a: Revision, b: Revision): boolean {
  if (a.isDeleted !== b.isDeleted) return b.isDeleted;
  if (a.generation !== b.generation) return a.generation > b.generation;
  if (a.id !== b.id) return a.id > b.id;
  const [[first], [second]] = [a.writes, b.writes];
  return first !== undefined && second !== undefined && compareDots(first.dot, second.dot) < 0;
}
