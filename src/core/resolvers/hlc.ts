/**
 * `hlc`: the write with the highest hybrid logical clock, ties to the higher origin. That clock is never
 * behind anything its leader had seen, so a slow wall clock cannot make a write lose to one that it had seen.
 *
 * The one exception to "never behind" is a remote clock beyond the drift limit, which is not adopted
 * (invariant 6). Therefore only the members of the frontier are compared: a write that they had seen cannot
 * come back, whatever its clock says.
 *
 * Seen in CockroachDB and YugabyteDB, whose timestamps are such clocks. (Kulkarni et al., "Logical Physical
 * Clocks", 2014.)
 */
import {frontierWinner} from './frontier-winner.ts';
import {hasHigherHlc, hlcReason} from './reasons.ts';

export const hlc = frontierWinner({
  name: 'hlc',
  summary: 'the highest hybrid clock: never one that the loser had seen',
  seenIn: 'the clocks of CockroachDB and YugabyteDB',
  convergent: true,
  beats: hasHigherHlc,
  reason: hlcReason,
});
