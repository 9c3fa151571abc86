/**
 * The relations between the writes of an entry, so that a view can put the right sign between any two: ∥
 * between concurrent writes, and an arrow from a discarded write to the write that readers get instead. That
 * is the older write in place of a reversed one, or the write that had superseded a late one.
 */
import {happenedBefore} from '../core/log/op.ts';
import {type Dot, sameDot} from '../core/log/version-vector.ts';
import type {Conflict, ConflictWrite} from './conflict.ts';

export interface Standing {
  /**
   * The newest sides; none had seen another. If readers get another write instead, only the sides that it
   * replaces.
   */
  readonly aside: readonly ConflictWrite[];
  readonly instead: readonly ConflictWrite[];
  /** Sides that are concurrent with the write that readers get instead of the others. */
  readonly beside: readonly ConflictWrite[];
  /** Sides that a newer one had seen. */
  readonly earlier: readonly ConflictWrite[];
}

/**
 * Sorts the writes of a conflict into four groups: the newest sides (`aside`), the writes that readers get
 * instead of them (`instead`), sides concurrent with those (`beside`), and sides that a newer one had seen
 * (`earlier`). A write that the conflict names neither as a side nor as `instead` is in no group.
 */
export function standingOf({
  relation,
  writes,
  sides,
  instead,
}: Pick<Conflict, 'relation' | 'writes' | 'sides' | 'instead'>): Standing {
  const isIn = (dots: readonly Dot[], {dot}: ConflictWrite): boolean =>
    dots.some(other => sameDot(other, dot));
  const about = writes.filter(write => isIn(sides, write) && !isIn(instead, write));
  const stands = writes.filter(write => isIn(instead, write));
  const earlier = about.filter(write => about.some(other => happenedBefore(write, other)));
  const newest = about.filter(write => !earlier.includes(write));
  const isAside = (write: ConflictWrite): boolean =>
    relation !== 'reversed' || stands.every(older => happenedBefore(older, write));
  return {
    aside: newest.filter(isAside),
    instead: stands,
    beside: newest.filter(write => !isAside(write)),
    earlier,
  };
}
