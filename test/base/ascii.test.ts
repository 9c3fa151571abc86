/**
 * What is left of our glyphs on a terminal that shows ASCII alone.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {ascii} from '../../src/base/ascii.ts';
import {printable} from '../../src/base/printable.ts';
import {widthOf} from '../../src/report/words/cut.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Files with characters that people paste. The program reads these and never shows them. */
const READ_ONLY = /command\/(grammar\/reader\.ts|table\/synonyms\/)/;

/** All that the program and its labs say that is not ASCII. */
function ownGlyphs(): string[] {
  const sources = readdirSync(join(ROOT, 'src'), {recursive: true, encoding: 'utf8'}).filter(
    path => /\.tsx?$/.test(path) && !READ_ONLY.test(path),
  );
  const code = sources.map(path =>
    readFileSync(join(ROOT, 'src', path), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''),
  );
  const labs = readdirSync(join(ROOT, 'labs')).map(name => readFileSync(join(ROOT, 'labs', name), 'utf8'));
  return [...new Set([...code, ...labs].join('').match(/[^\u0000-\u007f]/gu) ?? [])];
}

/** Values in labs, as people write them. */
const LETTERS = ['é', 'ã'];

test('every glyph of the lab maps to one character of the same width', () => {
  const glyphs = ownGlyphs();
  expect(glyphs.length).toBeGreaterThan(40);
  const wrong = glyphs
    .filter(glyph => !LETTERS.includes(glyph))
    .filter(glyph => widthOf(glyph) !== 1 || !/^[!-~]$/.test(ascii(glyph)));
  expect(wrong).toEqual([]);
});

test('a line of dots maps to ASCII, too', () => {
  for (let bits = 0; bits < 256; bits++) expect(ascii(String.fromCharCode(0x2800 + bits))).toMatch(/^[ -~]$/);
  expect(ascii('⠉⠁⡇⠢⠔⣀')).toBe('-.|\\/_');
});

test('text from users is escaped as in JSON, and the output is always ASCII', () => {
  expect(ascii('é日👩')).toBe('\\u00e9\\u65e5\\ud83d\\udc69');
  fc.assert(
    fc.property(fc.string({unit: 'binary'}), text => {
      expect(ascii(text)).toMatch(/^[\u0000-\u007f]*$/);
      expect(ascii(printable(text))).toMatch(/^[ -~]*$/);
    }),
  );
});
