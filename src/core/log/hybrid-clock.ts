/**
 * Hybrid logical clocks (Kulkarni et al., "Logical Physical Clocks", 2014): close to wall time, yet never
 * behind anything seen.
 *
 * Invariant 6: a leader's HLC only rises, and a remote clock further ahead than the drift limit is reported,
 * never silently adopted.
 */
export interface Hlc {
  readonly wallMs: number;
  readonly logical: number;
}

export const HLC_ZERO: Hlc = {wallMs: 0, logical: 0};
/** How far a remote clock may be ahead of the wall clock here and still be adopted. */
export const DRIFT_LIMIT_MS = 60_000;
/**
 * The highest counter that is adopted. No honest leader accepts that many operations while its wall clock
 * stands still, and a clock from here can still count 2⁵² operations before numbers are no longer exact.
 */
export const LOGICAL_LIMIT = 2 ** 40;
/** The highest counter of own operations that a leader resumes from: higher ones leave no room to count. */
export const OWN_LOGICAL_LIMIT = 2 ** 52;

/**
 * Compares two clocks for sorting: negative if `a` is earlier, 0 if they are equal. Writes of different
 * leaders can have equal clocks, so a total order needs `compareDots` too.
 */
export const compareHlc = (a: Hlc, b: Hlc): number => a.wallMs - b.wallMs || a.logical - b.logical;

/** The clock of a new local event. */
export const tickHlc = (own: Hlc, nowMs: number): Hlc =>
  nowMs > own.wallMs ? {wallMs: nowMs, logical: 0} : {wallMs: own.wallMs, logical: own.logical + 1};

/** Whether a remote clock is too far ahead to be adopted, by its wall clock or by its counter. */
export const isTooFarAhead = (remote: Hlc, nowMs: number, driftLimitMs = DRIFT_LIMIT_MS): boolean =>
  remote.wallMs - nowMs > driftLimitMs || (remote.wallMs >= nowMs && remote.logical > LOGICAL_LIMIT);

/** The clock after seeing a remote one; undefined if the remote one is too far ahead. */
export function observeHlc(
  own: Hlc,
  remote: Hlc,
  nowMs: number,
  driftLimitMs = DRIFT_LIMIT_MS,
): Hlc | undefined {
  if (isTooFarAhead(remote, nowMs, driftLimitMs)) return undefined;
  const ahead = compareHlc(own, remote) >= 0 ? own : remote;
  return tickHlc(ahead, nowMs);
}
