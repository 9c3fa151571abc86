/**
 * Moments and durations for people. A skewed clock may show any number, so a number that is not a valid time
 * is shown as a number.
 */

/** A moment as `12:03:11.042`, in UTC; `ms` counts from 1970. */
export const showClock = (ms: number): string =>
  Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().slice(11, 23) : String(ms);

/** A duration: `0.4 ms`, `93 ms`, `1.2 s`, `184 s`. */
export function showMs(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1) return `${round(ms)} ms`;
  if (size < 999.5) return `${Math.round(ms)} ms`;
  return `${size < 99_950 ? round(ms / 1000) : Math.round(ms / 1000)} s`;
}

/** Rounds to a tenth. */
export const round = (n: number): number => Math.round(n * 10) / 10;
