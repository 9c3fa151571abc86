/**
 * Waits until a condition on the state of the cluster holds, checked after every change.
 */

export interface WaitOptions {
  subscribe(listener: () => void): () => void;
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** `late` after the limit, `aborted` where the signal came first. */
export function waitUntil(
  holds: () => boolean,
  {subscribe, limitMs, signal}: WaitOptions,
): Promise<'held' | 'late' | 'aborted'> {
  if (signal?.aborted) return Promise.resolve('aborted');
  if (holds()) return Promise.resolve('held');
  return new Promise(resolve => {
    const end = (how: 'held' | 'late' | 'aborted'): void => {
      clearTimeout(limit);
      stop();
      signal?.removeEventListener('abort', abort);
      resolve(how);
    };
    const abort = (): void => end('aborted');
    const limit = setTimeout(() => end('late'), limitMs);
    const stop = subscribe(() => holds() && end('held'));
    signal?.addEventListener('abort', abort);
  });
}
