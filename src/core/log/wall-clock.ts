/**
 * A leader's own wall clock: the machine's, offset and drifting as the lab sets it. Only stamps of writes
 * read it; what waits for time to pass goes by the monotonic clock.
 */

/** How a wall clock differs from the machine's: by an offset, and by a drift that has run since `sinceMs`. */
export interface ClockSetting {
  readonly offsetMs: number;
  readonly driftPpm: number;
  /** By the machine's clock. */
  readonly sinceMs: number;
}

export const TRUE_CLOCK: ClockSetting = {offsetMs: 0, driftPpm: 0, sinceMs: 0};

/** How far the clock is ahead of the machine's. */
export const offsetAt = ({offsetMs, driftPpm, sinceMs}: ClockSetting, machineMs: number): number =>
  offsetMs + (driftPpm * (machineMs - sinceMs)) / 1_000_000;

/** A new offset holds from now, with the drift that was; a new drift grows from the offset reached. */
export function changeClock(
  clock: ClockSetting,
  change: {readonly offsetMs: number} | {readonly driftPpm: number} | 'reset',
  machineMs: number,
): ClockSetting {
  if (change === 'reset') return TRUE_CLOCK;
  if ('offsetMs' in change) return {offsetMs: change.offsetMs, driftPpm: clock.driftPpm, sinceMs: machineMs};
  return {offsetMs: offsetAt(clock, machineMs), driftPpm: change.driftPpm, sinceMs: machineMs};
}

/** In whole milliseconds, and never before 1970: what travels as a time is not negative. */
export const wallClock = (clock: ClockSetting, machineMs: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(machineMs + offsetAt(clock, machineMs))));
