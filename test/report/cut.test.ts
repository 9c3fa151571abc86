import fc from 'fast-check';
import stringWidth from 'string-width';
import {expect, it} from 'vitest';
import {printable} from '../../src/base/printable.ts';
import {broken, head} from '../../src/report/words/cut.ts';

const segmenter = new Intl.Segmenter();
const UNITS = [
  'a',
  ' ',
  'e\u0301',
  '漢',
  '한',
  '\u0301',
  '👩‍👩‍👧‍👦',
  '🇩🇪',
  '🏽',
  '𝕬',
  '\u1100',
  '\u1161',
  '\n',
];
const texts = fc
  .oneof(
    fc.string({unit: 'grapheme', maxLength: 30}),
    fc.string({unit: 'binary', maxLength: 30}),
    fc.string({unit: fc.constantFrom(...UNITS), maxLength: 30}),
  )
  .map(printable);

it('keeps the longest beginning of whole characters that fits', () => {
  fc.assert(
    fc.property(texts, fc.integer({min: 1, max: 40}), (text, width) => {
      const kept = head(text, width);
      const [next] = segmenter.segment(text.slice(kept.length));
      const cuts = [...segmenter.segment(text)].map(({index}) => index);
      expect(text.startsWith(kept)).toBe(true);
      expect([...cuts, text.length]).toContain(kept.length);
      expect(stringWidth(kept)).toBeLessThanOrEqual(width);
      if (next !== undefined) expect(stringWidth(kept + next.segment)).toBeGreaterThan(width);
    }),
  );
});

it('keeps nothing where there is no room', () => {
  expect([head('abc', 0), head('abc', -1), head('漢', 1), head('e\u0301x', 1)]).toEqual([
    '',
    '',
    '',
    'e\u0301',
  ]);
});

it('breaks a text into parts that fit and loses nothing', () => {
  fc.assert(
    fc.property(texts, fc.integer({min: 0, max: 10}), (text, width) => {
      const parts = broken(text, width);
      expect(parts.join('')).toBe(text);
      for (const part of parts)
        expect(stringWidth(part) <= width || [...segmenter.segment(part)].length === 1).toBe(true);
    }),
  );
});
