import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {decodeUtf8} from '../../src/base/utf8.ts';

describe('UTF-8', () => {
  test.each([
    ['nothing', [], {ok: true, text: ''}],
    ['a letter of Latin-1 in the first line', [0x61, 0xe9, 0x0a], {ok: false, line: 1, column: 2}],
    ['one in the second line', [0x61, 0x0a, 0xe8], {ok: false, line: 2, column: 1}],
    ['one behind a replacement character', [0xef, 0xbf, 0xbd, 0x61, 0xff], {ok: false, line: 1, column: 3}],
    ['a character that is cut off by the end', [0x61, 0xe2, 0x82], {ok: false, line: 1, column: 2}],
    ['a character that is cut off by a newline', [0xe2, 0x82, 0x0a, 0x61], {ok: false, line: 1, column: 1}],
    ['a half of a surrogate pair', [0xed, 0xa0, 0x80], {ok: false, line: 1, column: 1}],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00], {ok: false, line: 1, column: 1}],
  ])('%s', (_name, bytes, decoded) => expect(decodeUtf8(Buffer.from(bytes))).toEqual(decoded));

  test('every text can be encoded and decoded', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), text => {
        expect(decodeUtf8(Buffer.from(text))).toEqual({ok: true, text});
      }),
    );
  });

  test('an invalid byte is found at any position', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), fc.string(), (before, after) => {
        const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
        const lines = before.split('\n');
        expect(decodeUtf8(bytes)).toEqual({
          ok: false,
          line: lines.length,
          column: (lines.at(-1) ?? '').length + 1,
        });
      }),
    );
  });
});
