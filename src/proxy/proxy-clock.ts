/**
 * The proxy's clock: milliseconds since 1970, with fractions. It is comparable with the lab's clock and never
 * goes back while the process runs.
 */
export const nowMs = (): number => performance.timeOrigin + performance.now();
