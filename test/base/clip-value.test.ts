import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {approximateBytes, clipValue, type Json} from '../../src/base/json.ts';
import {runs} from '../support/runs.ts';

const LONG = 'x'.repeat(5000);
const kindOf = (value: Json): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;

describe('a value that is too large to show', () => {
  it('keeps its type and says what was cut', () => {
    expect(clipValue(LONG)).toBe(`${'x'.repeat(200)}… (5002 bytes)`);
    expect(clipValue({k: LONG})).toEqual({k: `${'x'.repeat(200)}… (5002 bytes)`});
    expect(clipValue([1, LONG, 2])).toEqual([1, `${'x'.repeat(195)}… (5002 bytes)`, '… 1 more']);
    const many = Object.fromEntries(Array.from({length: 1000}, (_, n) => [`field${n}`, n]));
    expect(clipValue(many)).toMatchObject({field0: 0, '…': expect.stringMatching(/^9\d\d more$/)});
    const cut = clipValue(Array.from({length: 5000}, (_, n) => n)) as readonly Json[];
    expect(cut.at(-1)).toBe(`… ${5000 - (cut.length - 1)} more`);
  });

  it('is not cut within a character', () => {
    expect(clipValue(`x${'😀'.repeat(3000)}`)).toBe(`x${'😀'.repeat(99)}… (6003 bytes)`);
  });

  it('keeps its type when it is cut; a small value is unchanged', () => {
    const anyJson = fc.jsonValue({maxDepth: 6, stringUnit: 'binary'}) as fc.Arbitrary<Json>;
    const large = fc.oneof(
      fc.string({minLength: 4100, maxLength: 9000}),
      fc.array(anyJson, {minLength: 500, maxLength: 3000}),
      fc.dictionary(fc.string({maxLength: 300}), fc.string({maxLength: 300}), {minKeys: 100, maxKeys: 300}),
      fc.string({minLength: 9000, maxLength: 9001}).map((name): Json => ({[name]: {[name]: name}})),
    ) as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(large, value => {
        const clipped = clipValue(value);
        expect(kindOf(clipped)).toBe(kindOf(value));
        if (clipped !== value) expect(approximateBytes(clipped)).toBeLessThan(2000);
        expect(clipValue(clipped)).toEqual(clipped);
      }),
      {numRuns: runs(60)},
    );
    fc.assert(fc.property(anyJson, value => approximateBytes(value) > 4096 || clipValue(value) === value));
  });
});
