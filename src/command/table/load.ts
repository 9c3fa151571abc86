/**
 * The load: many writes at a steady rate.
 */
import type {IntentType} from '../../core/log/op.ts';
import type {LoadAction, LoadMix, Target} from '../action.ts';
import {type Arg, readArg} from '../grammar/arg.ts';
import {duration, readWhole} from '../grammar/arg-amounts.ts';
import {FOCUSED, target} from '../grammar/arg-places.ts';
import {atTarget, atWord, literal, quoted} from '../grammar/arg-words.ts';
import {KINDS, kindOf} from '../grammar/kinds.ts';
import {showDuration} from '../grammar/quote.ts';
import type {Candidate, Reader, Word} from '../grammar/reader.ts';
import {showTarget} from '../grammar/show-parts.ts';
import {didYouMean} from '../grammar/suggest.ts';
import {command} from './command.ts';

const RATE_LIMIT = 20_000;
const KEYS_LIMIT = 1_000_000;
const WEIGHT_LIMIT = 1_000_000;

/** `500/s`; the `/s` may be left out. */
const rate: Arg<number> = {
  usage: 'RATE',
  read(reader) {
    const expected = 'a number of writes per second, such as 500/s';
    const word = reader.word(expected);
    const [, amount = word.text, unit = '/s'] = /^(\d+)([^\d.].*)?$/s.exec(word.text) ?? [];
    if (unit !== '/s') throw reader.refuse(word.start + amount.length, `expected /s after ${amount}`);
    return readWhole(reader, {...word, text: amount}, expected, 1, RATE_LIMIT);
  },
};

const forDuration: Arg<number> = {
  usage: 'for DURATION',
  offer: reader => reader.offer(() => [{text: 'for', summary: 'how long'}]),
  read(reader) {
    refuseEndless(reader);
    literal('for', '').read(reader);
    const start = reader.at;
    refuseEndless(reader);
    const ms = readArg(duration('DURATION'), reader);
    if (ms === 0) throw reader.refuse(start, 'a load must last longer than 0');
    return ms;
  },
};

/** The error if the line ends before the duration. */
function refuseEndless(reader: Reader): void {
  if (!reader.atEnd && !atWord(reader, '&')) return;
  const begun = reader.text
    .slice(0, reader.at)
    .trim()
    .replace(/\s+for$/, '');
  throw reader.refuse(reader.at, `for how long? as in: ${begun} for 10s`);
}

interface LoadOptions {
  readonly keys?: number;
  readonly mix?: LoadMix;
  readonly at?: Target;
}

const OPTIONS: readonly Candidate[] = [
  {text: 'keys=', summary: 'how many keys are written: 20 if it is left out'},
  {text: 'mix=', summary: 'kinds of writes and their weights, such as set:8,incr:2'},
];

/** `keys=20`, `mix=set:8,incr:2` and `@us,eu`, each at most once, in any order. */
const loadOptions: Arg<LoadOptions> = {
  usage: '[keys=N] [mix=KIND:N,...] [@LEADERS]',
  read(reader) {
    let made: LoadOptions = {};
    for (;;) {
      reader.offer(() => OPTIONS.filter(({text}) => !Object.hasOwn(made, text.slice(0, -1))));
      if (made.at === undefined) target.offer?.(reader);
      if (reader.atEnd || atWord(reader, '&')) return made;
      made = readOption(reader, made);
    }
  },
};

function readOption(reader: Reader, made: LoadOptions): LoadOptions {
  if (atTarget(reader)) {
    if (made.at !== undefined) throw reader.refuse(reader.at, 'leaders are named twice');
    return {...made, at: target.read(reader)};
  }
  const start = reader.at;
  const name = reader.until('=', () => reader.word('keys=, mix= or the leaders'));
  if (name.text !== 'keys' && name.text !== 'mix') {
    throw reader.refuse(start, `a load has no ${quoted(name)}${didYouMean(name.text, ['keys', 'mix'])}`);
  }
  if (made[name.text] !== undefined) throw reader.refuse(start, `${name.text} is given twice`);
  if (reader.text[name.end] !== '=') throw reader.refuse(name.end, `expected = after ${name.text}`);
  reader.take('=');
  return name.text === 'keys' ? {...made, keys: readKeys(reader)} : {...made, mix: readMix(reader)};
}

function readKeys(reader: Reader): number {
  const expected = 'a number of keys, such as 20';
  return readWhole(reader, reader.word(expected), expected, 1, KEYS_LIMIT);
}

/** `set:8,incr:2`; a kind without a weight has the weight 1. */
function readMix(reader: Reader): LoadMix {
  const made: {[kind in IntentType]?: number} = {};
  reader.until(',', () => {
    do {
      reader.offer(() =>
        KINDS.filter(kind => made[kind] === undefined).map(kind => ({
          text: kind,
          summary: 'a kind of write',
        })),
      );
      const word = reader.word('a kind of write and its weight, such as set:8');
      const [name = '', ...weight] = word.text.split(':');
      const kind = kindOf(reader, {...word, text: name});
      if (made[kind] !== undefined) throw reader.refuse(word.start, `${kind} is given twice`);
      made[kind] =
        weight.length === 0
          ? 1
          : readWeight(reader, {...word, text: weight.join(':'), start: word.start + name.length + 1});
    } while (reader.take(','));
  });
  return made;
}

const readWeight = (reader: Reader, word: Word): number =>
  readWhole(reader, word, 'a weight, such as 8', 1, WEIGHT_LIMIT);

const background: Arg<boolean> = {
  usage: '[&]',
  offer: reader =>
    reader.offer(() => [
      {text: '&', summary: 'in the background: the next command does not wait for its end'},
    ]),
  read(reader) {
    if (!atWord(reader, '&')) return false;
    reader.word('&');
    return true;
  },
};

function showLoad({perSecond, forMs, keys, mix, at, background: isBehind}: LoadAction): string {
  const kinds = KINDS.filter(kind => mix[kind] !== undefined).map(kind => `${kind}:${mix[kind]}`);
  const mixed = kinds.join() === 'set:1' ? '' : ` mix=${kinds.join()}`;
  return (
    `load ${perSecond}/s for ${showDuration(forMs)} ` +
    `keys=${keys}${mixed}${showTarget(at)}${isBehind ? ' &' : ''}`
  );
}

export const LOADS = [
  command('write', 'load', {
    name: 'load',
    summary: 'writes at a steady rate, to keys load:1, load:2, …',
    detail: [
      'RATE is in writes per second, such as 500/s, and is shared among the leaders named.',
      'It is at most 20,000/s, for at most 60m.',
      `KIND is any of ${KINDS.join(', ')}, and N is its weight. Without mix, all writes are set.`,
      'With &, it runs in the background; wait load waits for its end.',
    ],
    examples: [
      'load 500/s for 5s keys=20',
      'load 200/s for 10s keys=5 mix=set:8,incr:2 @us,eu',
      'load 50/s for 1m @all &',
    ],
    args: [rate, forDuration, loadOptions, background],
    make: (perSecond, forMs, {keys = 20, mix = {set: 1}, at = FOCUSED}, inBackground) => ({
      type: 'load',
      perSecond,
      forMs,
      keys,
      mix,
      at,
      background: inBackground,
    }),
    show: showLoad,
  }),
];
