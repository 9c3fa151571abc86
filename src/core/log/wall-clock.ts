/**
 * The wall clock of a leader: the clock of the machine with an offset and a drift that the lab sets. Only
 * stamps of writes use it; timeouts use the monotonic clock.
 */

/** How a wall clock differs from the machine's: by an offset, and by a drift that has run since `sinceMs`. */
export interface ClockSetting {
  readonly offsetMs: number;
  readonly driftPpm: number;
  /** The time by the clock of the machine. */
  readonly sinceMs: number;
}

export const TRUE_CLOCK: ClockSetting = {offsetMs: 0, driftPpm: 0, sinceMs: 0};

/** How far the clock is ahead of the machine's. */
export const offsetAt = ({offsetMs, driftPpm, sinceMs}: ClockSetting, machineMs: number): number =>
  offsetMs + (driftPpm * (machineMs - sinceMs)) / 1_000_000;

/** A new offset starts now and keeps the drift. A new drift starts from the offset reached. */
export function changeClock(
  clock: ClockSetting,
  change: {readonly offsetMs: number} | {readonly driftPpm: number} | 'reset',
  machineMs: number,
): ClockSetting {
  if (change === 'reset') return TRUE_CLOCK;
  if ('offsetMs' in change) return {offsetMs: change.offsetMs, driftPpm: clock.driftPpm, sinceMs: machineMs};
  return {offsetMs: offsetAt(clock, machineMs), driftPpm: change.driftPpm, sinceMs: machineMs};
}

/** In whole milliseconds, and never before 1970, because a time in a message is not negative. */
export const wallClock = (clock: ClockSetting, machineMs: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(machineMs + offsetAt(clock, machineMs))));
