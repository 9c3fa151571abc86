/**
 * Sums that are never rounded silently. A whole sum beyond ±(2^53 − 1), which no JavaScript number holds exactly, becomes the text of its
 * digits. Fractions are added as JavaScript adds them.
 */

/** The whole part of a running sum: a number while that is exact. */
export type Whole = number | bigint;

export function addWhole(sum: Whole, amount: Whole): Whole {
  if (typeof sum === 'number' && typeof amount === 'number' && Number.isSafeInteger(sum + amount)) return sum + amount;
  return narrowed(BigInt(sum) + BigInt(amount));
}

const narrowed = (whole: bigint): Whole => (whole >= Number.MIN_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER ? Number(whole) : whole);

/** A running sum of any numbers. */
export interface Sum {
  readonly whole: Whole;
  /** The sum of the amounts that are not whole. */
  readonly fractions: number;
}

export const NOTHING: Sum = {whole: 0, fractions: 0};

export const addTo = ({whole, fractions}: Sum, amount: number): Sum =>
  Number.isInteger(amount) ? {whole: addWhole(whole, amount), fractions} : {whole, fractions: fractions + amount};

export const addSums = (a: Sum, b: Sum): Sum => ({whole: addWhole(a.whole, b.whole), fractions: a.fractions + b.fractions});

/** The sum as a value: a number, or the digits as text if no number holds it exactly. The text drops a fraction. */
export function sumValue({whole, fractions}: Sum): number | string {
  const sum = Number(whole) + fractions;
  if (typeof whole === 'number' && Math.abs(sum) <= Number.MAX_SAFE_INTEGER) return sum;
  const exact = narrowed(BigInt(whole) + BigInt(Math.trunc(fractions)));
  return typeof exact === 'number' ? exact : String(exact);
}

/** Whether the text may be a sum that no number holds exactly. */
export const isDigits = (text: string): boolean => /^-?\d+$/.test(text);

/** The sum of the amounts; `digits` is one more amount, given as text. */
export function exactSum(amounts: readonly number[], digits = ''): number | string {
  const start: Sum = isDigits(digits) ? {whole: narrowed(BigInt(digits)), fractions: 0} : NOTHING;
  return sumValue(amounts.reduce(addTo, start));
}
