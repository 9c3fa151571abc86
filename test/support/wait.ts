/**
 * Waits for a condition, with a limit; never for time. The limit is long: a machine that is busy with other
 * tests is slow.
 */

/** Short polls would take the processor from what they wait for. */
export const POLL_MS = 20;
export const LIMIT_MS = 15_000;

/**
 * Resolves to the first value of `probe` that is neither undefined nor false. Rejects after `limitMs`, with
 * `what` in the message.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = LIMIT_MS,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`after ${limitMs} ms still not: ${what}`);
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
}
