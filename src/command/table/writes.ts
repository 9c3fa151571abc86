/**
 * Commands that write and read data. Their names follow Redis.
 */
import type {Key} from '../../base/ids.ts';
import type {Intent, IntentType} from '../../core/log/op.ts';
import type {Guard, Target, WriteAction} from '../action.ts';
import {type Arg, optional, readArg} from '../grammar/arg.ts';
import {wholeNumber} from '../grammar/arg-amounts.ts';
import {FOCUSED, target} from '../grammar/arg-places.ts';
import {
  atTarget,
  atWord,
  equals,
  field,
  glob,
  key,
  keyBeforeEquals,
  quoted,
  value,
  valueOrAbsent,
} from '../grammar/arg-words.ts';
import {KINDS, kindOf} from '../grammar/kinds.ts';
import {showWord} from '../grammar/quote.ts';
import type {Reader} from '../grammar/reader.ts';
import {showExpected, showIntent, showTarget} from '../grammar/show-parts.ts';
import {type Command, command} from './command.ts';

/** The most keys that a leader takes in one operation. */
const TXN_LIMIT = 1024;

interface KeyIntent {
  readonly key: Key;
  readonly intent: Intent;
}

const element = value('ELEMENT');
const step = optional(
  wholeNumber('N', 'a whole number', Number.MIN_SAFE_INTEGER),
  1,
  reader => !atTarget(reader),
);

/**
 * The arguments after the name of each kind of write, up to the leaders. A command and a part of a
 * transaction have the same.
 */
const INTENTS: {readonly [type in IntentType]: Arg<KeyIntent>} = {
  set: keyed('KEY VALUE', reader => ({type: 'set', value: value('VALUE').read(reader)})),
  del: keyed('KEY', () => ({type: 'del'})),
  incr: keyed('KEY [N]', reader => ({type: 'incr', by: step.read(reader)})),
  sadd: keyed('KEY ELEMENT', reader => ({type: 'sadd', element: element.read(reader)})),
  srem: keyed('KEY ELEMENT', reader => ({type: 'srem', element: element.read(reader)})),
  hset: keyed('KEY FIELD VALUE', reader => ({
    type: 'hset',
    field: field.read(reader),
    value: value('VALUE').read(reader),
  })),
};

function keyed(usage: string, intentOf: (reader: Reader) => Intent): Arg<KeyIntent> {
  return {
    usage,
    read(reader) {
      const name = readArg(writtenKey, reader);
      return {key: name, intent: intentOf(reader)};
    },
  };
}

/** A bare key with an equals sign is most likely an assignment: `set a=1 b=2`. */
const writtenKey: Arg<Key> = {
  ...key,
  read(reader) {
    const word = reader.peek();
    if (word !== undefined && !word.quoted && /^[^"'“]+=/.test(word.text) && !/=["'“]/.test(word.text))
      throw reader.refuse(
        word.start,
        `${quoted(word)} contains =, so it cannot be a bare key`,
        `to use it as a key, quote it`,
      );
    return key.read(reader);
  },
};

const write = (made: KeyIntent, at: Target): WriteAction => ({type: 'write', ...made, at});

function showWrite({key: name, intent, at, guard}: WriteAction): string {
  const condition = guard === undefined ? '' : ` if ${showWord(guard.key)} = ${showExpected(guard.expected)}`;
  return `${showIntent(name, intent)}${showTarget(at)}${condition}`;
}

/** The leaders and the guard, in either order. */
const placeAndGuard: Arg<{readonly at: Target; readonly guard?: Guard}> = {
  usage: '[@LEADERS] [if KEY = VALUE|absent]',
  read(reader) {
    const at = readArg(target, reader);
    reader.offer(() => [{text: 'if', summary: 'only if a reader there sees this'}]);
    if (!atWord(reader, 'if')) return {at};
    const guard = readGuard(reader);
    return {at: at === FOCUSED ? readArg(target, reader) : at, guard};
  },
};

function readGuard(reader: Reader): Guard {
  reader.word('if');
  const name = readArg(keyBeforeEquals, reader);
  readArg(equals, reader);
  return {key: name, expected: readArg(valueOrAbsent, reader)};
}

/** `set a 1, set b 2`: a comma outside quotes and JSON separates two writes. */
const intents: Arg<readonly KeyIntent[]> = {
  usage: 'WRITE, WRITE...',
  read: reader =>
    reader.until(',', () => {
      const made: KeyIntent[] = [];
      do made.push(readIntent(reader, made));
      while (reader.take(','));
      return made;
    }),
};

function readIntent(reader: Reader, before: readonly KeyIntent[]): KeyIntent {
  reader.offer(() => KEY_WRITES.map(({name, summary}) => ({text: name, summary})));
  const word = reader.word(`a write: ${KINDS.join(', ')}`);
  const type =
    before.length === 0
      ? kindOf(reader, word)
      : kindOf(reader, word, 'a comma separates two writes; to store a comma, quote it');
  if (before.length === TXN_LIMIT)
    throw reader.refuse(word.start, `a transaction has at most ${TXN_LIMIT} writes`);
  const keyStart = reader.at;
  const made = INTENTS[type].read(reader);
  if (!before.some(other => other.key === made.key)) return made;
  throw reader.refuse(
    keyStart,
    `${JSON.stringify(made.key)} is written twice`,
    'a transaction writes each key once',
  );
}

/**
 * The leaders of a transaction. They come after its last write, because all its writes go to the same
 * leaders.
 */
const placeOfAll: Arg<Target> = {
  ...target,
  read(reader) {
    const word = atTarget(reader) ? reader.peek() : undefined;
    const goesOn = word?.text.endsWith(',') && reader.text.slice(word.end).trim() !== '';
    if (word === undefined || !goesOn) return target.read(reader);
    throw reader.refuse(
      word.start,
      'name the leaders at the end of the transaction',
      'a transaction is written whole at the same leaders',
    );
  },
};

/** The kinds of writes: each is a command, and a part of `txn`. */
const KEY_WRITES: readonly Command<'write'>[] = [
  command('write', 'write', {
    name: 'set',
    summary: 'sets a key to a value',
    detail: [
      'The value is JSON, a bare word or a quoted text.',
      'With if, the write happens only if a reader sees that value. Only the leader that takes the ' +
        'write checks this.',
    ],
    examples: [
      'set title A @us',
      'set title A @us || set title B @eu',
      'set cart {"milk": 2, "eggs": [6, 12]} @eu',
      'set note "two words"',
      'set seat Ada @us if seat = absent',
    ],
    args: [INTENTS.set, placeAndGuard],
    make: (made, {at, guard}) => (guard === undefined ? write(made, at) : {...write(made, at), guard}),
    show: showWrite,
  }),
  command('write', 'write', {
    name: 'del',
    summary: 'deletes a key',
    examples: ['del title @us'],
    args: [INTENTS.del, target],
    make: write,
    show: showWrite,
  }),
  command('write', 'write', {
    name: 'incr',
    summary: 'adds a whole number to a counter: 1 if none is given',
    examples: ['incr stock @us', 'incr stock -3 @eu', 'incr stock @us || incr stock @eu'],
    args: [INTENTS.incr, target],
    make: write,
    show: showWrite,
  }),
  command('write', 'write', {
    name: 'sadd',
    summary: 'adds an element to a set',
    examples: ['sadd cart milk @us'],
    args: [INTENTS.sadd, target],
    make: write,
    show: showWrite,
  }),
  command('write', 'write', {
    name: 'srem',
    summary: 'removes an element from a set',
    examples: ['srem cart milk @eu'],
    args: [INTENTS.srem, target],
    make: write,
    show: showWrite,
  }),
  command('write', 'write', {
    name: 'hset',
    summary: 'sets one field of an object',
    examples: ['hset user name Ada @us'],
    args: [INTENTS.hset, target],
    make: write,
    show: showWrite,
  }),
];

export const WRITES = [
  ...KEY_WRITES,
  command('write', 'txn', {
    name: 'txn',
    summary: 'writes several keys as one operation, applied whole at every leader',
    detail: [
      `WRITE is any of ${KINDS.join(', ')}, without @LEADERS. A transaction writes each key once.`,
      'A comma outside quotes and JSON separates writes. To store a comma, quote it.',
    ],
    examples: [
      'txn set a 1, set b 2 @us',
      'txn incr stock -1, sadd orders "no 7" @eu',
      'txn set a 1, set b 1 @us || txn set a 2, set b 2 @eu',
    ],
    args: [intents, placeOfAll],
    make: (writes, at) => ({type: 'txn', writes, at}),
    show: ({writes, at}) =>
      `txn ${writes.map(({key: name, intent}) => showIntent(name, intent)).join(', ')}${showTarget(at)}`,
  }),
  command('read', 'read', {
    name: 'get',
    summary: 'shows what a reader of the key sees',
    examples: ['get title', 'get title @us,eu', 'get title @all'],
    args: [key, target],
    make: (name, at) => ({type: 'read', key: name, at}),
    show: ({key: name, at}) => `get ${showWord(name)}${showTarget(at)}`,
  }),
  command('read', 'keys', {
    name: 'keys',
    summary: 'lists the keys, or those that match a pattern',
    examples: ['keys', 'keys cart* @all'],
    args: [optional(glob, '*', reader => !atTarget(reader)), target],
    make: (pattern, at) => ({type: 'keys', glob: pattern, at}),
    show: ({glob: pattern, at}) => `keys ${pattern === '*' ? '*' : showWord(pattern)}${showTarget(at)}`,
  }),
];
