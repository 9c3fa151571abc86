/**
 * A leader's own wall clock: the machine's, offset and drifting as the lab sets it. Only stamps of writes read it; what waits for time
 * to pass goes by the monotonic clock.
 */
import type {ClockSetting} from '../wire/leader-control.ts';

/** In whole milliseconds, and never before 1970: what travels as a time is not negative. */
export function wallClock({offsetMs, driftPpm, sinceMs}: ClockSetting, machineMs: number): number {
  const driftMs = driftPpm * 1e-6 * (machineMs - sinceMs);
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(machineMs + offsetMs + driftMs)));
}
