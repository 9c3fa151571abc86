/**
 * The proxy's clock: milliseconds since 1970 with fractions, comparable with the lab's, and never going back
 * while the process lives.
 */
export const nowMs = (): number => performance.timeOrigin + performance.now();
