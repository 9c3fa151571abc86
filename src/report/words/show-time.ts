/**
 * Moments and spans for people. A skewed clock may say anything, so what is no time is shown as it is.
 */

/** `12:03:11.042`, in UTC. */
export const showClock = (ms: number): string =>
  Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().slice(11, 23) : String(ms);

/** `93 ms`, `1.2 s`. */
export const showMs = (ms: number): string =>
  Math.abs(ms) < 1000 ? `${round(ms)} ms` : `${round(ms / 1000)} s`;

/** To a tenth. */
export const round = (n: number): number => Math.round(n * 10) / 10;
