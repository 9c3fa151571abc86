/**
 * Sums of numbers that are never rounded without being said: a whole sum beyond ±(2^53 − 1), which no number holds exactly, is the text of
 * its digits. Fractions add up as JavaScript adds them.
 */

/** The whole part of a sum as it grows: a number for as long as that is exact. */
export type Whole = number | bigint;

export function addWhole(sum: Whole, amount: Whole): Whole {
  if (typeof sum === 'number' && typeof amount === 'number' && Number.isSafeInteger(sum + amount)) return sum + amount;
  return narrowed(BigInt(sum) + BigInt(amount));
}

const narrowed = (whole: bigint): Whole => (whole >= Number.MIN_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER ? Number(whole) : whole);

/** A running sum of any numbers. */
export interface Sum {
  readonly whole: Whole;
  /** Of the amounts that are not whole. */
  readonly fractions: number;
}

export const NOTHING: Sum = {whole: 0, fractions: 0};

export const addTo = ({whole, fractions}: Sum, amount: number): Sum =>
  Number.isInteger(amount) ? {whole: addWhole(whole, amount), fractions} : {whole, fractions: fractions + amount};

export const addSums = (a: Sum, b: Sum): Sum => ({whole: addWhole(a.whole, b.whole), fractions: a.fractions + b.fractions});

/** The sum as a value: a number, or the digits of what no number holds. Of such a sum a fraction is cut off. */
export function sumValue({whole, fractions}: Sum): number | string {
  const sum = Number(whole) + fractions;
  if (typeof whole === 'number' && Math.abs(sum) <= Number.MAX_SAFE_INTEGER) return sum;
  const exact = narrowed(BigInt(whole) + BigInt(Math.trunc(fractions)));
  return typeof exact === 'number' ? exact : String(exact);
}

/** Whether the text may be a sum that no number holds. */
export const isDigits = (text: string): boolean => /^-?\d+$/.test(text);

/** What the amounts add up to; `digits` is the text of one more that is no number. */
export function exactSum(amounts: readonly number[], digits = ''): number | string {
  const start: Sum = isDigits(digits) ? {whole: narrowed(BigInt(digits)), fractions: 0} : NOTHING;
  return sumValue(amounts.reduce(addTo, start));
}
