/**
 * The arguments of `conflicts`: the entries of the conflict log to show, and the format.
 */
import type {ConflictFilter} from '../action.ts';
import type {Arg} from './arg.ts';
import {leader} from './arg-places.ts';
import {choice, key, quoted} from './arg-words.ts';
import {KINDS, kindOf} from './kinds.ts';
import type {Candidate, Reader} from './reader.ts';
import {didYouMean} from './suggest.ts';

type Format = 'list' | 'csv' | 'jsonl';

export interface ConflictQuery {
  readonly filter: ConflictFilter;
  readonly format: Format;
}

const RELATION = {
  concurrent: 'neither had seen the other',
  reversed: 'a write was discarded in favour of one that it had seen',
  stale: 'a write that arrived after one that had seen it: not a conflict',
} as const;

export const CONFLICT_RELATIONS = Object.entries(RELATION) as (readonly [keyof typeof RELATION, string])[];

const relation = choice(
  'RELATION',
  'relation',
  CONFLICT_RELATIONS.map(([name]) => name),
  name => RELATION[name],
);

const WORDS: readonly Candidate[] = [
  {text: 'kind=', summary: 'of these writes, such as set/del'},
  {text: 'leader=', summary: 'with a write of this leader'},
  {text: 'relation=', summary: 'concurrent, reversed or stale'},
  {text: 'lost', summary: 'only those that lost a write'},
  {text: '--csv', summary: 'as comma-separated values'},
  {text: '--jsonl', summary: 'as one JSON object per line'},
];

/**
 * Reads the filters and the format of `conflicts`, in any order, to the end of the command. Without
 * arguments, the result is all conflicts as a list. Throws a Refusal if one is unknown or given twice.
 */
export const conflictQuery: Arg<ConflictQuery> = {
  usage: '[KEY] [kind=KIND/KIND] [leader=LEADER] [relation=RELATION] [lost] [--csv|--jsonl]',
  read(reader) {
    let made: ConflictQuery = {filter: {}, format: 'list'};
    for (;;) {
      if (made.filter.key === undefined) key.offer?.(reader);
      reader.offer(() => WORDS.filter(({text}) => !isGiven(made, text)));
      if (reader.atEnd) return made;
      made = readPart(reader, made);
    }
  },
};

const isGiven = ({filter, format}: ConflictQuery, text: string): boolean =>
  text.startsWith('--') ? format !== 'list' : Object.hasOwn(filter, text.replace('=', ''));

function readPart(reader: Reader, made: ConflictQuery): ConflictQuery {
  const word = reader.peek();
  const bare = word === undefined || word.quoted ? '' : word.text;
  if (bare.startsWith('--')) return {...made, format: readFormat(reader, made.format)};
  const {filter} = made;
  const start = reader.at;
  if (bare === 'lost') {
    reader.word('lost');
    return {...made, filter: once(reader, start, filter, {lost: true})};
  }
  if (bare.includes('=')) return {...made, filter: once(reader, start, filter, readNamed(reader))};
  return {...made, filter: once(reader, start, filter, {key: key.read(reader)})};
}

function once(reader: Reader, start: number, before: ConflictFilter, more: ConflictFilter): ConflictFilter {
  const [name = ''] = Object.keys(more);
  if (Object.hasOwn(before, name))
    throw reader.refuse(start, `${name === 'key' ? 'a key' : name} is given twice`);
  return {...before, ...more};
}

function readFormat(reader: Reader, before: Format): Format {
  const word = reader.word('--csv or --jsonl');
  if (before !== 'list') throw reader.refuse(word.start, 'the format is given twice');
  if (word.text === '--csv') return 'csv';
  if (word.text === '--jsonl') return 'jsonl';
  throw reader.refuse(
    word.start,
    `no format ${quoted(word)}${didYouMean(word.text, ['--csv', '--jsonl'])}`,
    'there are --csv, --jsonl',
  );
}

function readNamed(reader: Reader): ConflictFilter {
  const name = reader.until('=', () => reader.word('a filter'));
  const filters = ['kind', 'leader', 'relation'];
  if (!filters.includes(name.text)) {
    const hint = 'there are kind=, leader= and relation=; a key that contains = has to be quoted';
    throw reader.refuse(name.start, `no filter ${quoted(name)}${didYouMean(name.text, filters)}`, hint);
  }
  reader.take('=');
  if (name.text === 'kind') return {kind: readKind(reader)};
  return name.text === 'leader'
    ? {leader: readAttached(reader, leader)}
    : {relation: readAttached(reader, relation)};
}

/** The text directly after an equals sign. */
function readAttached<T>(reader: Reader, arg: Arg<T>): T {
  arg.offer?.(reader);
  return arg.read(reader);
}

/** `set/del` in either order; `set` alone is `set/set`. */
function readKind(reader: Reader): string {
  reader.offer(() => KINDS.map(kind => ({text: `${kind}/${kind}`, summary: 'a kind of conflict'})));
  const word = reader.word('kinds of writes, such as set/del');
  let {start} = word;
  const named = word.text.split('/').map(text => {
    const kind = kindOf(reader, {...word, text, start});
    start += text.length + 1;
    return kind;
  });
  const kinds = KINDS.filter(kind => named.includes(kind));
  return kinds.length === 1 ? `${kinds[0]}/${kinds[0]}` : kinds.join('/');
}
