/**
 * Joins reports of conflicts: a hot key makes one report for each write, and each report repeats most writes
 * of the previous one.
 */
import {assert} from '../../base/assert.ts';
import type {LeaderEvent, Relation} from '../io/leader-event.ts';
import {compareDots, type Dot, sameDot} from '../log/version-vector.ts';

export type ConflictReport = Extract<LeaderEvent, {type: 'conflict'}>;

/** The largest number of writes in one report: an entry of the conflict log holds no more. */
export const JOINED_WRITES = 24;

/**
 * From the weakest relation to the strongest: that a write lost to one that it had seen matters more than
 * that writes were concurrent, and that matters more than a late arrival.
 */
const RELATIONS: readonly Relation[] = ['stale', 'concurrent', 'reversed'];

/** Returns the relation that matters more: `reversed` before `concurrent`, `concurrent` before `stale`. */
export const strongerRelation = (a: Relation, b: Relation): Relation =>
  RELATIONS.indexOf(a) > RELATIONS.indexOf(b) ? a : b;

/**
 * Returns both reports as one, with the decision of the later one; undefined if they are about different
 * writes or too many.
 */
export function joinReports(earlier: ConflictReport, later: ConflictReport): ConflictReport | undefined {
  assert(earlier.key === later.key, 'only reports about one key are joined');
  const isKnown = (dot: Dot): boolean => later.writes.some(write => sameDot(write.dot, dot));
  // Reports that the conflict log tells apart by their sides must stay apart.
  if (!earlier.sides.some(dot => later.sides.some(other => sameDot(other, dot)))) return undefined;
  const more = earlier.writes.filter(({dot}) => !isKnown(dot));
  if (earlier.resolver !== later.resolver || more.length + later.writes.length > JOINED_WRITES)
    return undefined;
  const relation = strongerRelation(earlier.relation, later.relation);
  const serverLog = later.serverLog ?? earlier.serverLog;
  return {
    ...later,
    ...(serverLog === undefined ? {} : {serverLog}),
    relation,
    writes: [...more, ...later.writes].sort((a, b) => compareDots(a.dot, b.dot)),
    lost: union(
      later.lost,
      earlier.lost.filter(dot => !isKnown(dot)),
    ),
    torn: union(later.torn, earlier.torn),
    sides: union(later.sides, earlier.sides),
    instead: relation === later.relation ? later.instead : earlier.instead,
  };
}

const union = (dots: readonly Dot[], more: readonly Dot[]): readonly Dot[] =>
  [...dots, ...more.filter(dot => !dots.some(other => sameDot(other, dot)))].sort(compareDots);
