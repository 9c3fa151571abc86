/**
 * Exact decimal numbers as people write them. JavaScript holds most of them only approximately.
 */

/** `digits × 10^-scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

export const ZERO: Decimal = {digits: 0n, scale: 0};

interface Parts {
  readonly sign: string;
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  /** The power of ten of the last digit. */
  readonly exponent: number;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Whether a JavaScript number shows as this decimal number, however that is written: `1.50` and `15e-1` are
 * the same.
 */
export function isShownExactly(text: string): boolean {
  const [written, shown] = [partsOf(text), partsOf(String(Number(text)))];
  return written?.digits === shown?.digits && written?.exponent === shown?.exponent;
}

/** The exact value of a number, or of a text of sign, digits and fraction; zero for other texts. */
export function decimalOf(amount: number | string): Decimal {
  const parts = partsOf(String(amount));
  if (parts === undefined || parts.digits === '') return ZERO;
  const digits = BigInt(parts.sign + parts.digits);
  return parts.exponent > 0
    ? {digits: digits * 10n ** BigInt(parts.exponent), scale: 0}
    : {digits, scale: -parts.exponent};
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  const scaled = (one: Decimal): bigint => one.digits * 10n ** BigInt(scale - one.scale);
  return {digits: scaled(a) + scaled(b), scale};
}

/** `-0.25`, `3`. */
export function decimalText({digits, scale}: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const all = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const fraction = all.slice(all.length - scale).replace(/0+$/, '');
  return sign + all.slice(0, all.length - scale) + (scale === 0 || fraction === '' ? '' : `.${fraction}`);
}

function partsOf(text: string): Parts | undefined {
  const found = NUMBER.exec(text);
  if (found === null) return undefined;
  const [, sign = '', whole = '', fraction = '', power = '0'] = found;
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return {sign: '', digits, exponent: 0};
  return {sign, digits, exponent: Number(power) - fraction.length + all.length - digits.length};
}
