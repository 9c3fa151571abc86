/**
 * Virtual time as people read it.
 */

/** Virtual time since the start: `00:03.120`, with hours only when there are any. */
export function showVirtual(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const minutes = Math.floor(whole / 60_000);
  const seconds = padded(Math.floor(whole / 1000) % 60);
  const text = `${padded(minutes % 60)}:${seconds}.${String(whole % 1000).padStart(3, '0')}`;
  return minutes < 60 ? text : `${Math.floor(minutes / 60)}:${text}`;
}

const padded = (n: number): string => String(n).padStart(2, '0');
