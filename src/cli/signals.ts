/**
 * What the system or the person at the keyboard ends is broken off in order, so that it can still tell what it found and clean up.
 */
export function abortedBySignals(): AbortController {
  const closing = new AbortController();
  // Not `once`: what cleans up children would find no listener left when its turn comes, and end the program at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => closing.abort(signal));
  return closing;
}
