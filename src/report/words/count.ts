/**
 * Numbers of things, in words.
 */

/** `1 op`, `3 ops`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** A number in at most five columns, up to a hundred million. */
export const showCount = (n: number): string =>
  n < 99_999.5 ? String(Math.round(n)) : `${Math.round(n / 1000)}k`;
