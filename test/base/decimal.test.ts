import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {addDecimals, decimalOf, decimalText, isShownExactly} from '../../src/base/decimal.ts';
import {exactSum} from '../../src/base/sum.ts';

describe('a number that is shown exactly as it is written', () => {
  it.each([
    '0',
    '-0',
    '0.10',
    '1.50',
    '15e-1',
    '1e2',
    '0.1',
    '-2.5E3',
    '9007199254740991',
    '1e300',
    '0.30000000000000004',
  ])('%s is', text => expect(isShownExactly(text)).toBe(true));
  it.each([
    '9007199254740993',
    '4503599627370497.3',
    '0.1000000000000000055',
    '1e-400',
    '1e400',
    '3.14159265358979323846',
  ])('%s is not', text => expect(isShownExactly(text)).toBe(false));
  it('every number is shown as itself', () => {
    fc.assert(fc.property(fc.double({noNaN: true, noDefaultInfinity: true}), n => isShownExactly(String(n))));
  });
});

describe('a decimal sum', () => {
  it('equals the sum of whole numbers, moved by the digits after the point', () => {
    const places = fc.integer({min: 0, max: 20});
    const digits = fc.bigInt({min: -(10n ** 25n), max: 10n ** 25n});
    fc.assert(
      fc.property(digits, digits, places, (a, b, scale) => {
        expect(addDecimals({digits: a, scale}, {digits: b, scale: scale + 3})).toEqual({
          digits: a * 1000n + b,
          scale: scale + 3,
        });
      }),
    );
  });
  it('is shown as people write it, and can be parsed again', () => {
    for (const text of ['0', '-0.25', '3', '1200', '0.001', '9007199254740990.5'])
      expect(decimalText(decimalOf(text))).toBe(text);
    expect(decimalText(decimalOf(1e-7))).toBe('0.0000001');
  });
  it.each([
    [[0.1, 0.2], 0.3],
    [[0.5, 9007199254740990], '9007199254740990.5'],
    [[0.5, 0.5, 1], 2],
    [[1e-300, 1], `1.${'0'.repeat(299)}1`],
    [[9007199254740991, 1, -0.5, -0.5], 9007199254740991],
  ])('of %j is %s', (amounts, sum) => expect(exactSum(amounts)).toBe(sum));
  it('continues from the text of a sum', () =>
    expect(exactSum([1.25], '18014398509481979.5')).toBe('18014398509481980.75'));
});
