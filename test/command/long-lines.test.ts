/**
 * A line may hold a value of a MiB, and somebody may paste any other text of that length: each is read, or
 * refused, at once.
 */
import {expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import type {Parsed} from '../../src/command/parse.ts';
import {parse} from '../../src/command/parse.ts';
import {unquotedPlaces} from '../../src/course/unquoted.ts';
import {EMPTY_PROMPT, wordLeft} from '../../src/tui/model/input/prompt.ts';
import {inTime} from '../support/in-time.ts';
import {runs} from '../support/runs.ts';

const MIB = runs(1_048_576);
const CONTEXT = {leaders: ['us', 'eu', 'ap'].map(leaderId)};
const read = (text: string): Parsed => inTime(() => parse(text, CONTEXT));
const PARTS = [
  ' ',
  ';',
  ' ;',
  '; ',
  '\t',
  '"',
  "'",
  '“',
  '[',
  '[ ',
  ']',
  '{"a":',
  '}',
  '(',
  '|',
  '|| ',
  ' &',
  ',',
  '=',
  '\\',
];

test.each(PARTS)('a MiB of %j is read at once at the start, in the middle and at the end', part => {
  const long = part.repeat(MIB / part.length);
  for (const line of [
    long,
    `${long} set a 1`,
    `set ${long} 1`,
    `set a ${long} x`,
    `set a 1 ${long}`,
    `load 5/s ${long}`,
  ])
    expect(read(line)).toHaveProperty('ok');
});

test('spaces and semicolons at the end are ignored, however many there are', () => {
  for (const end of [' '.repeat(MIB), ';'.repeat(MIB), `${' '.repeat(MIB)};`, `;${' '.repeat(MIB)}`])
    expect(read(`get a${end}`)).toMatchObject({ok: true, value: {type: 'read'}});
});

test('a word of a MiB at the prompt is read at once', () => {
  const text = `${'a'.repeat(MIB)} b`;
  const left = inTime(() => wordLeft({...EMPTY_PROMPT, text, cursor: text.length}));
  expect(left.cursor).toBe(text.length - 1);
  expect(wordLeft({...EMPTY_PROMPT, text: '  a', cursor: 3}).cursor).toBe(0);
});

test('quotes that are never closed are read at once', () => {
  expect(inTime(() => unquotedPlaces(' "\\'.repeat(MIB / 3), ';'))).toEqual([]);
  expect(unquotedPlaces('"a;b" ; it\'s ; "c ; \'d;\'', ';')).toEqual([6, 13, 18]);
});
