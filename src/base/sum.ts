/**
 * Sums that are never rounded silently. A sum that no JavaScript number shows exactly becomes the text of its
 * digits.
 */
import {addDecimals, type Decimal, decimalOf, decimalText, ZERO} from './decimal.ts';

/** The whole part of a running sum: a number while that is exact. */
export type Whole = number | bigint;

export function addWhole(sum: Whole, amount: Whole): Whole {
  if (typeof sum === 'number' && typeof amount === 'number' && Number.isSafeInteger(sum + amount))
    return sum + amount;
  return narrowed(BigInt(sum) + BigInt(amount));
}

const narrowed = (whole: bigint): Whole =>
  whole >= Number.MIN_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER ? Number(whole) : whole;

/** A running sum of any numbers. */
export interface Sum {
  readonly whole: Whole;
  /** The sum of the amounts that are not whole. */
  readonly fractions: Decimal;
}

export const NOTHING: Sum = {whole: 0, fractions: ZERO};

/**
 * Returns the sum with one more finite number added. Nothing is rounded: whole amounts and fractions are
 * added apart.
 */
export const addTo = ({whole, fractions}: Sum, amount: number): Sum =>
  Number.isInteger(amount)
    ? {whole: addWhole(whole, amount), fractions}
    : {whole, fractions: addDecimals(fractions, decimalOf(amount))};

/** Returns the sum of two running sums, without rounding. */
export const addSums = (a: Sum, b: Sum): Sum => ({
  whole: addWhole(a.whole, b.whole),
  fractions: a.fractions.digits === 0n ? b.fractions : addDecimals(a.fractions, b.fractions),
});

/** The sum as a value: a number, or the digits as text if no number shows it exactly. */
export function sumValue({whole, fractions}: Sum): number | string {
  if (fractions.digits === 0n) return typeof whole === 'number' ? whole : String(whole);
  const text = decimalText(addDecimals({digits: BigInt(whole), scale: 0}, fractions));
  const number = Number(text);
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER && decimalText(decimalOf(number)) === text
    ? number
    : text;
}

/** Whether the text may be a sum that no number shows exactly. */
export const isDigits = (text: string): boolean => /^-?\d+(?:\.\d+)?$/.test(text);

/** The sum of the amounts; `digits` is one more amount, given as text. */
export function exactSum(amounts: readonly number[], digits = ''): number | string {
  const start: Sum = isDigits(digits) ? {whole: 0, fractions: decimalOf(digits)} : NOTHING;
  return sumValue(amounts.reduce(addTo, start));
}
