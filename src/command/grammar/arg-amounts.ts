/**
 * Arguments that are amounts: counts, durations, shares, rates, and the units that they are typed in.
 */
import type {Arg} from './arg.ts';
import {clip, quoted} from './arg-words.ts';
import type {Reader, Word} from './reader.ts';

/** A longer wait is most likely a typing error. */
export const DURATION_LIMIT_MS = 60 * 60 * 1000;
const DURATION_UNITS: Units = {ms: 1, s: 1000, m: 60_000};
const BANDWIDTH_UNITS: Units = {b: 1, kb: 1000, mb: 1_000_000};
const BANDWIDTH_LIMIT_BYTES_PER_S = 1_000_000_000;
const DRIFT_LIMIT_PPM = 999_999;
const DECIMAL_LIMIT = 1_000_000_000;

type Units = {readonly [unit: string]: number};

export const wholeNumber = (
  usage: string,
  expected: string,
  smallest: number,
  largest = Number.MAX_SAFE_INTEGER,
): Arg<number> => ({
  usage,
  read(reader) {
    const word = reader.word(expected);
    return readWhole(reader, word, expected, smallest, largest);
  },
});

/** The word as a whole number within its limits. */
export function readWhole(
  reader: Reader,
  word: Word,
  expected: string,
  smallest: number,
  largest: number,
): number {
  const number = Number(word.text);
  if (!/^[+-]?\d+$/.test(word.text) || (number < smallest && smallest >= 0))
    throw reader.refuse(word.start, `expected ${expected}, not ${quoted(word)}`);
  if (!Number.isSafeInteger(number))
    throw reader.refuse(
      word.start,
      `${clip(word.text)} is too large: numbers are exact up to ±${Number.MAX_SAFE_INTEGER}`,
    );
  if (number > largest)
    throw reader.refuse(word.start, `${clip(word.text)} is too many; at most ${showCount(largest)}`);
  return number === 0 ? 0 : number;
}

/** A number with at most three decimals. */
export const decimal = (usage: string, expected: string): Arg<number> => ({
  usage,
  read(reader) {
    const word = reader.word(expected);
    if (!/^\d+(?:\.\d+)?$/.test(word.text))
      throw reader.refuse(word.start, `expected ${expected}, not ${quoted(word)}`);
    if (Number(word.text) > DECIMAL_LIMIT) throw reader.refuse(word.start, `${clip(word.text)} is too large`);
    return Math.round(Number(word.text) * 1000) / 1000;
  },
});

/** `80ms`, `1.5s`, `2m`; in milliseconds. */
export const duration = (usage: string): Arg<number> => ({
  usage,
  read: reader => readDuration(reader, reader.word('a duration, such as 500ms')),
});

export function readDuration(reader: Reader, word: Word): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(.*)$/s.exec(word.text) ?? [];
  if (amount === undefined)
    throw reader.refuse(word.start, `expected a duration, such as 500ms, not ${quoted(word)}`);
  const factor = unitOf(reader, word, amount, unit, DURATION_UNITS, 'ms, s or m');
  const ms = Math.round(Number(amount) * factor);
  if (ms > DURATION_LIMIT_MS) throw reader.refuse(word.start, `${clip(word.text)} is too long; at most 60m`);
  return ms;
}

/** `+500ms`, `-5s`; without a sign it is ahead. */
export function readOffset(reader: Reader, word: Word): number {
  const sign = /^[+-]/.exec(word.text)?.[0] ?? '';
  if (!/^[+-]?\d/.test(word.text))
    throw reader.refuse(word.start, `expected an offset, such as +500ms, not ${quoted(word)}`);
  const ms = readDuration(reader, {
    ...word,
    text: word.text.slice(sign.length),
    start: word.start + sign.length,
  });
  return sign === '-' && ms > 0 ? -ms : ms;
}

/** `1000ppm`, `-200ppm`: millionths by which a clock runs fast. */
export const drift: Arg<number> = {
  usage: 'PPM',
  read(reader) {
    const word = reader.word('a drift, such as 1000ppm');
    const [, amount, unit = ''] = /^([+-]?\d+)(.*)$/s.exec(word.text) ?? [];
    if (amount === undefined)
      throw reader.refuse(word.start, `expected a drift, such as 1000ppm, not ${quoted(word)}`);
    unitOf(reader, word, amount, unit, {ppm: 1}, 'ppm');
    const ppm = Number(amount);
    if (Math.abs(ppm) > DRIFT_LIMIT_PPM)
      throw reader.refuse(word.start, `a drift is from -${DRIFT_LIMIT_PPM}ppm to ${DRIFT_LIMIT_PPM}ppm`);
    return ppm === 0 ? 0 : ppm;
  },
};

/** `5%` as a share from 0 to 1, to a millionth. */
export const share = (usage: string): Arg<number> => ({
  usage,
  read(reader) {
    const word = reader.word('a share, such as 5%');
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(.*)$/s.exec(word.text) ?? [];
    if (amount === undefined)
      throw reader.refuse(word.start, `expected a share, such as 5%, not ${quoted(word)}`);
    unitOf(reader, word, amount, unit, {'%': 1}, '%');
    if (Number(amount) > 100)
      throw reader.refuse(word.start, `${clip(word.text)} is too much; a share is from 0% to 100%`);
    return Math.round(Number(amount) * 10_000) / 1_000_000;
  },
});

/** `100kb`, `1.5mb/s`, in bytes per second; 0 for `none`. */
export const bandwidth = (usage: string): Arg<number> => ({
  usage,
  offer: reader => reader.offer(() => [{text: 'none', summary: 'as fast as they come'}]),
  read(reader) {
    const word = reader.word('a bandwidth, such as 100kb, or none');
    if (word.text === 'none') return 0;
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(.*)$/s.exec(word.text) ?? [];
    if (amount === undefined)
      throw reader.refuse(word.start, `expected a bandwidth, such as 100kb, or none, not ${quoted(word)}`);
    const plainUnit = unit.toLowerCase().replace(/(?:\/s|ps)$/, '');
    const bytes = Math.round(
      Number(amount) * unitOf(reader, word, amount, plainUnit, BANDWIDTH_UNITS, 'b, kb or mb, each second'),
    );
    if (bytes < 1)
      throw reader.refuse(
        word.start,
        'a bandwidth is at least 1b',
        'none takes the limit away; cut lets nothing pass',
      );
    if (bytes > BANDWIDTH_LIMIT_BYTES_PER_S)
      throw reader.refuse(word.start, `${clip(word.text)} is too much; at most 1000mb, or none`);
    return bytes;
  },
});

function unitOf(
  reader: Reader,
  word: Word,
  amount: string,
  unit: string,
  units: Units,
  expected: string,
): number {
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor !== undefined) return factor;
  throw reader.refuse(word.start + amount.length, `expected a unit after ${amount}: ${expected}`);
}

export const showCount = (count: number): string => count.toLocaleString('en-US');
