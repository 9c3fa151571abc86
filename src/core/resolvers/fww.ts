/**
 * `fww`, first write wins: of the writes that no other had seen, the one with the lowest wall clock, ties to
 * the lower origin. A write that had seen another still replaces it, however late its clock.
 *
 * Seen in pglogical's `first_update_wins`.
 */
import type {Write} from '../log/op.ts';
import {compareDots, showDot} from '../log/version-vector.ts';
import {frontierWinner} from './frontier-winner.ts';
import {showGap} from './reasons.ts';

function reason(winner: Write, loser: Write): string {
  const earlierMs = loser.wallMs - winner.wallMs;
  if (earlierMs === 0)
    return `its wall clock equals that of ${showDot(loser.dot)}, and ${winner.dot.origin} sorts lower`;
  return `written ${showGap(earlierMs)} earlier, by its own clock, than ${showDot(loser.dot)}`;
}

export const fww = frontierWinner({
  name: 'fww',
  summary: 'of concurrent writes the one with the lowest wall clock',
  seenIn: 'pglogical first_update_wins',
  convergent: true,
  beats: (a, b) => (a.wallMs - b.wallMs || compareDots(a.dot, b.dot)) < 0,
  reason,
});
