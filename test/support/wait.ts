/**
 * Waits for a condition, with a limit; never for time.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 5000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`after ${limitMs} ms still not: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
