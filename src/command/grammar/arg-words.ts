/**
 * Arguments that are data: keys, values, comparisons, and words from a list.
 */
import {isKey, KEY_LIMIT_BYTES, type Key, utf8Length} from '../../base/ids.ts';
import {type Json, parseExactJson, roundedFraction, VALUE_LIMIT_BYTES} from '../../base/json.ts';
import type {Comparison} from '../action.ts';
import type {Arg} from './arg.ts';
import {showWord} from './quote.ts';
import type {Candidate, Reader, Word} from './reader.ts';
import {didYouMean} from './suggest.ts';

const COMPARISONS = ['>=', '<=', '!=', '=', '<', '>'] as const satisfies readonly Comparison[];

/** Reads a key. Throws a Refusal if it is empty, too long, or has a quote in its middle. */
export const key: Arg<Key> = {
  usage: 'KEY',
  offer: reader =>
    reader.offer(() => (reader.context.keys ?? []).map(text => ({text: showWord(text), summary: 'key'}))),
  read: reader => checkedKey(reader, dataWord(reader, 'a key'), 'key'),
};

/** A key that an equals sign follows, even without a space: one that contains the sign has to be quoted. */
export const keyBeforeEquals: Arg<Key> = {
  usage: 'KEY',
  offer: reader => reader.until('=', () => key.offer?.(reader)),
  read: reader => reader.until('=', () => key.read(reader)),
};

/** The field of an object: named as keys are. */
export const field: Arg<string> = {
  usage: 'FIELD',
  read: reader => checkedKey(reader, dataWord(reader, 'a field'), 'field'),
};

/**
 * Reads a pattern of keys, such as `cart*`, as text. It accepts every word, except a bare one that begins
 * with `@`.
 */
export const glob: Arg<string> = {
  usage: 'GLOB',
  read: reader => dataWord(reader, 'a pattern of keys, such as cart*').text,
};

/**
 * JSON; or a quoted text; or a bare word, which is JSON if it can be (a number, true, false, null) and else
 * text.
 */
export const value = (usage: string): Arg<Json> =>
  valueReadBy(usage, (text, refused) => {
    const rounded = roundedFraction(text);
    if (rounded !== undefined)
      throw refused(`${clip(rounded)} would be rounded`, 'quote it to store it as text');
    return JSON.parse(text) as Json;
  });

/**
 * Reads an expected value: a number that JavaScript cannot show exactly becomes its text, as counters show
 * theirs.
 */
const expectedValue = valueReadBy('VALUE', parseExactJson);

type Parse = (json: string, refused: (message: string, hint: string) => Error) => Json;

function valueReadBy(usage: string, parse: Parse): Arg<Json> {
  return {
    usage,
    read(reader) {
      const start = reader.at;
      const json = reader.bracketed();
      const made = json === undefined ? wordValue(reader, parse) : parse(json.text, refusedAt(reader, start));
      const bytes = utf8Length(JSON.stringify(made));
      if (bytes > VALUE_LIMIT_BYTES)
        throw reader.refuse(
          start,
          `this value takes ${bytes} bytes, and at most ${VALUE_LIMIT_BYTES} are allowed`,
        );
      return made;
    },
  };
}

/** `absent` as a bare word, or a value. */
export const valueOrAbsent: Arg<{readonly value: Json} | {readonly absent: true}> = {
  usage: 'VALUE|absent',
  offer: reader => reader.offer(() => [{text: 'absent', summary: 'no value'}]),
  read(reader) {
    const next = reader.text[reader.at] === '{' || reader.text[reader.at] === '[' ? undefined : reader.peek();
    if (next?.text !== 'absent' || next.quoted) return {value: expectedValue.read(reader)};
    reader.word('absent');
    return {absent: true};
  },
};

/** One of a few words. */
export const choice = <Name extends string>(
  usage: string,
  noun: string,
  names: readonly Name[],
  summaryOf: (name: Name) => string,
): Arg<Name> => ({
  usage,
  offer: reader =>
    reader.offer(() => names.map((name): Candidate => ({text: name, summary: summaryOf(name)}))),
  read(reader) {
    const word = reader.word(`one of ${names.join(', ')}`);
    const found = names.find(name => name === word.text.toLowerCase());
    if (found !== undefined) return found;
    throw reader.refuse(
      word.start,
      `no ${noun} ${quoted(word)}${didYouMean(word.text, names)}`,
      `there are ${names.join(', ')}`,
    );
  },
});

/** A fixed word, such as the `within` of `within 5s`. */
export const literal = (text: string, summary: string): Arg<string> => ({
  usage: text,
  offer: reader => reader.offer(() => [{text, summary}]),
  read(reader) {
    const word = reader.word(text);
    if (word.text !== text || word.quoted)
      throw reader.refuse(word.start, `expected ${text}, not ${quoted(word)}`);
    return text;
  },
});

/** Reads an equals sign, with or without space around it. Throws a Refusal if none stands next. */
export const equals: Arg<'='> = {
  usage: '=',
  offer: reader => reader.offer(() => [{text: '=', summary: 'equals'}]),
  read(reader) {
    const found = reader.operator(['=']);
    if (found === undefined) throw expectedOperator(reader, '=');
    return found;
  },
};

/** Reads one of `= != < <= > >=`, with or without space around it. Throws a Refusal if none stands next. */
export const comparison: Arg<Comparison> = {
  usage: 'OP',
  offer: reader =>
    reader.offer(() => ['=', '>=', '<=', '>', '<', '!='].map(text => ({text, summary: 'compare'}))),
  read(reader) {
    const found = reader.operator(COMPARISONS);
    if (found === undefined) throw expectedOperator(reader, 'one of = != < <= > >=');
    return found;
  },
};

/** Whether a comparison stands next; a key that begins like one has to be quoted. */
export const atComparison = (reader: Reader): boolean =>
  COMPARISONS.some(operator => reader.text.startsWith(operator, reader.at));

/** Whether this very word stands next, bare. */
export function atWord(reader: Reader, text: string): boolean {
  if (!reader.text.startsWith(text, reader.at)) return false;
  const word = reader.peek();
  return word?.text === text && !word.quoted;
}

/** Whether a bare `@…` stands next. */
export const atTarget = (reader: Reader): boolean => reader.text[reader.at] === '@';

/** The word for messages: quoted, and short however long it is. */
export const quoted = (word: Word): string => JSON.stringify(clip(word.text));

export const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

function expectedOperator(reader: Reader, operators: string): Error {
  const found = reader.peek();
  return reader.refuse(
    reader.at,
    `expected ${operators}${found === undefined ? '' : `, not ${quoted(found)}`}`,
  );
}

/** A word of data: `@…` is refused, because there it names leaders. */
export function dataWord(reader: Reader, expected: string): Word {
  if (!atTarget(reader)) return reader.word(expected);
  throw reader.refuse(
    reader.at,
    `expected ${expected} before the leaders`,
    'a text that begins with @ has to be quoted',
  );
}

function checkedKey(reader: Reader, word: Word, noun: string): Key {
  if (!word.quoted && /=["'“]/.test(word.text))
    throw reader.refuse(word.start, `there is a quote in the middle of this ${noun}`, 'quote all of it');
  if (isKey(word.text)) return word.text;
  if (word.text === '') throw reader.refuse(word.start, `a ${noun} cannot be empty`);
  throw reader.refuse(
    word.start,
    `this ${noun} takes ${utf8Length(word.text)} bytes, and at most ${KEY_LIMIT_BYTES} are allowed`,
  );
}

const refusedAt = (reader: Reader, at: number) => (message: string, hint: string) =>
  reader.refuse(at, message, hint);

function wordValue(reader: Reader, parse: Parse): Json {
  const word = dataWord(reader, 'a value');
  if (word.quoted) return word.text;
  if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(word.text)) return word.text;
  const made = parse(word.text, refusedAt(reader, word.start));
  if (made === Number.POSITIVE_INFINITY || made === Number.NEGATIVE_INFINITY) {
    throw reader.refuse(word.start, 'this number is too large', 'quote it to store it as text');
  }
  return made;
}
