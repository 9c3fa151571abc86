/**
 * Common parts of the explanations of resolvers: lists of limited length, and how two clocks differ.
 */
import {listed} from '../../base/list.ts';
import {compareHlc} from '../log/hybrid-clock.ts';
import {happenedBefore, type Write} from '../log/op.ts';
import {compareDots, showDot} from '../log/version-vector.ts';

/** The number of items that a list names; a key can have thousands of concurrent writes. */
const NAMED_LIMIT = 5;

/** The items joined by `joint`. With ` and ` they are a list in a sentence: `us:1, eu:1 and ap:1`. */
export function few<T>(items: readonly T[], show: (item: T) => string, joint = ', '): string {
  const named = items.slice(0, NAMED_LIMIT).map(show);
  const more = items.length - named.length;
  if (joint === ' and ') return listed(more <= 0 ? named : [...named, `${more} more`]);
  return more <= 0 ? named.join(joint) : [...named, `and ${more} more`].join(joint);
}

/**
 * Returns the dots of the first 5 writes as text and counts the rest. With the joint ` and ` they are a list
 * in a sentence: `us:1, eu:1 and ap:1`.
 */
export const fewDots = (writes: readonly Write[], joint?: string): string =>
  few(writes, ({dot}) => showDot(dot), joint);

export const ONLY_WRITE = 'is the only write that no other had seen';

/** How far two clocks are apart: `71 ms`, `4.07 s`. */
export const showGap = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(2)} s`);

/** The order by hybrid logical clock, ties to the higher origin. */
export const hasHigherHlc = (a: Write, b: Write): boolean =>
  (compareHlc(a.hlc, b.hlc) || compareDots(a.dot, b.dot)) > 0;

export function hlcReason(winner: Write, loser: Write): string {
  const aheadMs = winner.hlc.wallMs - loser.hlc.wallMs;
  if (aheadMs > 0) return `its hybrid clock is ${showGap(aheadMs)} ahead of that of ${showDot(loser.dot)}`;
  const ticks = winner.hlc.logical - loser.hlc.logical;
  if (ticks > 0) {
    const gap = `${ticks} logical ${ticks === 1 ? 'tick' : 'ticks'}`;
    return `its hybrid clock is ${gap} ahead of that of ${showDot(loser.dot)}`;
  }
  return `its hybrid clock equals that of ${showDot(loser.dot)}, and ${winner.dot.origin} sorts higher`;
}

export const althoughSeen = (winner: Write, loser: Write): string =>
  happenedBefore(winner, loser) ? `, although ${showDot(loser.dot)} had seen it` : '';
