import fc from 'fast-check';
import {expect, test} from 'vitest';
import {printable, printableJson} from '../../src/base/printable.ts';

test('characters that could control a terminal become visible escapes, which the prompt can read', () => {
  expect(printable('a\x1b[31mb\x07\n\t')).toBe('a\\u001b[31mb\\u0007\\n\\t');
  expect(printable('\x9b2J\x7f')).toBe('\\u009b2J\\u007f');
  expect(printable('\u202eevil\u2066')).toBe('\\u202eevil\\u2066');
  expect(printable('\ud800 \u{e0041}')).toBe('\\ud800 \\udb40\\udc41');
});

test('other text does not change', () => {
  for (const text of ['plain', 'é 東京 😀 👩‍👩‍👧', 'back\\slash "quote"']) expect(printable(text)).toBe(text);
});

test('no output contains a control character', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary'}), text => !/\p{Cc}|\p{Bidi_Control}/u.test(printable(text))),
  );
});

test('JSON keeps its value and contains no character that could control a terminal', () => {
  expect(printableJson(JSON.stringify('\x7f\x9b2J\u202e\u{e0041}'))).toBe(
    '"\\u007f\\u009b2J\\u202e\\udb40\\udc41"',
  );
  fc.assert(
    fc.property(fc.jsonValue({stringUnit: 'binary'}), value => {
      const text = printableJson(JSON.stringify(value));
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
    }),
  );
});
