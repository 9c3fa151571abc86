/**
 * Synonyms of commands that write and read data: the words of Redis, SQL, etcd and the shell. A word is
 * accepted if it means exactly the same as our command, or if it only reads. A write that may mean something
 * else elsewhere is refused with the right command.
 */
import {isCommandBehind} from './lines-words.ts';
import {
  accept,
  as,
  instead,
  insteadAs,
  insteadSince,
  inTransaction,
  isIf,
  isQuoted,
  leaderOf,
  lineOf,
  type Meaning,
  type Synonym,
  say,
  synonym,
  type Typed,
} from './row.ts';

const READ_HINT = 'get KEY';

export const DATA: readonly Synonym[] = [
  synonym(
    'set',
    'SQL',
    ['set t = A', 'set t=A', 'set title two words @us'],
    typed => assigned(typed) ?? manyWords(typed),
  ),
  synonym(
    'put write store assign upsert insert update create',
    'etcd, SQL',
    ['put title A', 'insert title A @us'],
    written,
  ),
  synonym('let var const', 'programming', ['let a = 1'], insteadAs('set')),
  synonym('mset', 'Redis', ['mset a 1 b 2 @us'], manyKeys),
  synonym('setnx', 'Redis', ['setnx seat Ada @us'], ({words: [key, value, ...rest], at}) =>
    key === undefined || value === undefined
      ? instead('set KEY VALUE if KEY = absent')
      : accept('set', key, value, at, `if ${key} = absent`, ...rest),
  ),
  synonym(
    'cas',
    'etcd',
    ['cas seat Ada Bob'],
    ({words: [key = 'KEY', old = 'OLD', next = 'VALUE', ...rest], at}) =>
      rest.some(isIf)
        ? insteadSince(
            'set takes only one if, and cas already means one',
            'set',
            key,
            next,
            at,
            `if ${key} = ${old}`,
          )
        : instead('set', key, next, at, `if ${key} = ${old}`, ...rest),
  ),
  synonym('getset setex psetex append rename expire ttl persist', 'Redis', ['expire title 10'], ({name}) =>
    say(`leaderlab has no ${name}; use: set KEY VALUE`),
  ),
  synonym('del', 'Redis', ['del a b @us'], deleted),
  synonym('delete rm unset remove hdel', 'Redis, SQL', ['delete title', 'rm title', 'remove us'], removed),
  synonym('flushall flushdb truncate', 'Redis, SQL', ['flushall'], () =>
    say('keys are deleted by name; use: del a b'),
  ),
  synonym('incr', 'Redis', ['incr n by 2'], ({words: [key, by, amount, ...rest], at}) =>
    by === 'by' && amount !== undefined ? accept('incr', key, amount, at, ...rest) : undefined,
  ),
  synonym('incrby inc increment hincrby', 'Redis', ['incrby n 5 @us'], as('incr')),
  synonym('decr decrby dec decrement', 'Redis', ['decr n', 'decrby n 5 @us'], decreased),
  synonym('sadd', 'Redis', ['sadd s a b c'], eachElement('adds', 'sadd')),
  synonym('srem', 'Redis', ['srem s a b @us'], eachElement('removes', 'srem')),
  synonym('hset', 'Redis', ['hset user name Ada age 36'], fields),
  synonym('hmset', 'Redis', ['hmset user name Ada'], as('hset')),
  synonym('push lpush rpush zadd', 'Redis', ['lpush cart milk'], insteadAs('sadd')),
  synonym('add', 'programming', ['add cart milk', 'add sa'], ({words, at, context}) =>
    words.length === 1 && leaderOf(words[0], context) === undefined
      ? instead('join', words[0])
      : instead('sadd', ...words, at),
  ),
  synonym('get', 'Redis', ['get a b'], ({words, at, context}) =>
    words.length < 2 || words.some(word => NOT_DATA.test(word) || leaderOf(word, context) !== undefined)
      ? undefined
      : oneByOne('get', words, at),
  ),
  synonym('mget', 'Redis', ['mget a b @us'], ({words, at}) =>
    words.length < 2 ? instead('get', ...words, at) : oneByOne('get', words, at),
  ),
  synonym(
    'smembers hgetall scard hkeys hvals exists cat read fetch type lrange',
    'Redis, shell',
    ['smembers cart', 'hgetall user @all', 'exists title'],
    reads,
  ),
  synonym('hget sismember', 'Redis', ['hget user name'], ({words: [key], at}) =>
    insteadSince('get shows the whole value', 'get', key ?? 'KEY', at),
  ),
  synonym('select find', 'SQL', ['select title', 'select * from title'], ({words, at}) =>
    instead('get', selected(words), at),
  ),
  synonym('ls scan list dir dbsize', 'shell, Redis', ['ls', 'ls cart*'], listed),
  synonym('begin multi exec commit transaction', 'SQL, Redis', ['begin'], () =>
    say('a transaction is one line; use: txn set a 1, set b 2'),
  ),
  synonym('rollback revert', 'SQL', ['rollback'], () =>
    say('a write cannot be undone; undo reverts the last fault or setting'),
  ),
];

/** Handlers for several keys, elements or words in one command. */
const NOT_DATA = /^(?:if$|#|--|&&?$)/;

/** `set t = A`, `set t := A`, `set t=A`, `set t to A`, `set a=1 b=2`. */
function assigned({words, at}: Typed): Meaning | undefined {
  const [key = '', sign, ...value] = words;
  const pairs = words.some(isIf) ? undefined : pairsIn(words);
  if (pairs !== undefined && pairs.length > 1 && isAssignment(words))
    return insteadSince('set writes one key', setsOf(pairs), at);
  if (/^:?=$|^:$/.test(sign ?? '') && value.length > 0) return accept('set', key, ...value, at);
  if (sign === 'to' && (value.length === 1 || isIf(value[1]))) return accept('set', key, ...value, at);
  // The quote is in the middle of a word, so the number of spaces after it is unknown.
  const [, before, quote] = /^([^\s="'“]+)=(["'“].*)$/s.exec(words.join(' ')) ?? [];
  if (before !== undefined && quote !== undefined)
    return insteadSince('put a space between key and value', 'set', before, quote, at);
  const [, name, text] = isQuoted(key) ? [] : (/^([^=]+)=(.+)$/s.exec(key) ?? []);
  if (name === undefined || text === undefined || (words.length > 1 && !isIf(sign))) return undefined;
  return accept('set', name, text, ...words.slice(1), at);
}

/** `set title two words`: one text, most likely. */
function manyWords({words, at, context}: Typed): Meaning | undefined {
  const [key = '', ...value] = words;
  const [text = '', option = ''] = value;
  if (/^NX$/i.test(option) && value.length === 2) return accept('set', key, text, at, `if ${key} = absent`);
  if (/^(?:EX|PX|XX|EXAT|KEEPTTL)$/i.test(option))
    return say(`set has no option ${option}; use: ${lineOf('set', key, text, at)}`);
  if (value.some((word, i) => isCommandBehind(word, value[i + 1]))) return undefined;
  const leader = leaderOf(key, context);
  if (leader !== undefined && at === '' && value.length === 2 && !value.some(word => NOT_DATA.test(word)))
    return insteadSince(`${leader} is a leader, and leaders come last`, 'set', ...value, `@${leader}`);
  const isOneText = value.length > 1 && value.every(word => !isQuoted(word) && !NOT_DATA.test(word));
  if (
    !isOneText ||
    value.some(word => leaderOf(word, context) !== undefined || /[;"“”]$|[\uff01-\uff5e]/.test(word))
  )
    return undefined;
  return insteadSince('quote a text of several words', 'set', key, JSON.stringify(value.join(' ')), at);
}

/** `insert into t values (1)` names no key that could be filled in; `update t set a = 1` does. */
function written({words, at}: Typed): Meaning {
  const text = words.join(' ');
  const [first, set, ...rest] = words;
  if (/^set$/i.test(set ?? '') && rest.length === 1 && !rest[0]?.includes('='))
    return instead('set', first, ...rest, at);
  const [, key, value] = /\bset\s+([^\s=]+)\s*=\s*(\S+)/i.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return instead('set', key, value, at);
  return /^(?:into|table|database)\b/i.test(text) ? instead('set KEY VALUE') : instead('set', ...words, at);
}

/** `mset a 1 b 2`, `mset a=1 b=2`, `mset a = 1 b = 2`. One key may have a guard. */
function manyKeys({words, at}: Typed): Meaning {
  const end = words.findIndex((word, i) => i > 0 && isIf(word));
  const [named, guard] = end < 0 ? [words, []] : [words.slice(0, end), words.slice(end)];
  const pairs = pairsIn(named);
  if (guard.length > 0 && pairs?.length !== 1)
    return say('a transaction takes no if: only set does; to store the word if, quote it');
  return pairs === undefined ? instead('txn set a 1, set b 2') : accept(setsOf(pairs), ...guard, at);
}

type Pair = readonly [key: string, value: string];

/** Every key with its value; undefined if a word is left over. */
function pairsIn(words: readonly string[]): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  for (let i = 0; i < words.length; ) {
    const [first = '', second, third] = words.slice(i);
    const [, name, text] = isQuoted(first) ? [] : (/^([^=]+)=([^"'“]*)$/s.exec(first) ?? []);
    const [pair, taken]: readonly [readonly (string | undefined)[], number] =
      name !== undefined ? [[name, text], 1] : second === '=' ? [[first, third], 3] : [[first, second], 2];
    const [key, value] = pair;
    if (key === undefined || value === undefined || value === '' || (!isQuoted(key) && key.includes('=')))
      return undefined;
    pairs.push([key, value]);
    i += taken;
  }
  return pairs.length === 0 ? undefined : pairs;
}

/** Whether equals signs stand between the keys and the values. */
const isAssignment = ([first = '', second]: readonly string[]): boolean =>
  second === '=' || (!isQuoted(first) && first.includes('='));

function setsOf(pairs: readonly Pair[]): string {
  const sets = pairs.map(([key, value]) => `set ${inTransaction(key)} ${inTransaction(value)}`).join(', ');
  return pairs.length === 1 ? sets : `txn ${sets}`;
}

/** Two keys or more are deleted together: one transaction. */
function deleted({words, at}: Typed): Meaning | undefined {
  const keys = words.map((word, i) =>
    i < words.length - 1 && !isQuoted(word) ? word.replace(/,$/, '') : word,
  );
  if (keys.length < 2 || keys.some(key => NOT_DATA.test(key))) return undefined;
  return accept('txn', keys.map(key => `del ${inTransaction(key)}`).join(', '), at);
}

/** `delete` means `del`. The other words may mean a leader, an element or a field. */
function removed({name, words, at, context}: Typed): Meaning {
  const [first, second, third] = words;
  if (/^(?:from|pods?|nodes?|table)$/i.test(first ?? '')) return instead('del', second ?? 'KEY', at);
  if (name === 'hdel') return say('a field cannot be removed by itself; use: set KEY VALUE, or del KEY');
  if (name === 'delete') return accept('del', ...words, at);
  if (words.length === 1 && leaderOf(first, context) !== undefined) return instead('leave', first);
  if (name === 'remove' && second !== undefined && third === undefined)
    return instead('srem', first, second, at);
  const keys = words.filter(word => !word.startsWith('-'));
  return instead('del', ...(keys.length === 0 ? ['KEY'] : keys), at);
}

function decreased({words: [key, amount = '1', ...rest], at}: Typed): Meaning {
  const [, sign, digits] = /^([+-]?)(\d+)$/.exec(amount) ?? [];
  if (key === undefined) return instead('incr KEY -1');
  if ([amount, ...rest].some(isIf)) return say('only set takes an if');
  return digits === undefined || rest.length > 0
    ? instead('incr', key, '-1', at)
    : accept('incr', key, `${sign === '-' ? '' : '-'}${digits}`, at);
}

/** An operation writes a key once, so several elements are several operations. */
function eachElement(does: string, name: string): (typed: Typed) => Meaning | undefined {
  return ({words: [key, ...elements], at}) => {
    if (elements.length < 2 || elements.some(element => NOT_DATA.test(element))) return undefined;
    return say(
      `${name} ${does} one element; use: ${inTurn(elements.map(element => lineOf(name, key, element, at)))}`,
    );
  };
}

function fields({words: [key, ...rest], at}: Typed): Meaning | undefined {
  if (rest.length < 3 || rest.length % 2 === 1 || rest.some(word => NOT_DATA.test(word))) return undefined;
  const lines = rest.flatMap((field, i) =>
    i % 2 === 0 ? [lineOf('hset', key, field, rest[i + 1], at)] : [],
  );
  return say(`hset sets one field; use: ${inTurn(lines)}`);
}

const oneByOne = (name: string, words: readonly string[], at: string): Meaning =>
  say(`${name} reads one key; use: ${inTurn(words.map(word => lineOf(name, word.replace(/,$/, ''), at)))}`);

const inTurn = (lines: readonly string[]): string => lines.slice(0, 5).join(', then ');

/** A reader sees the whole value of a key, whatever kind it is of. */
function reads({words, at}: Typed): Meaning {
  if (words.length === 0) return instead(READ_HINT);
  return words.length === 1 || words.some(word => NOT_DATA.test(word))
    ? accept('get', ...words, at)
    : oneByOne('get', words, at);
}

/** `select title`, `select * from title where …`. */
function selected(words: readonly string[]): string {
  const from = words.findIndex(word => word.toLowerCase() === 'from');
  return words[from < 0 ? 0 : from + 1]?.replace(/[,;]$/, '') ?? 'KEY';
}

/** Lists keys, or what `show` can show. */
function listed({name, words, at}: Typed): Meaning {
  if (name === 'list' && words.length > 0) return accept('show', ...words, at);
  return name === 'dbsize'
    ? accept('keys', ...words, at)
    : accept('keys', ...words.filter(word => !word.startsWith('-')), at);
}
