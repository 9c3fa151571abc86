/**
 * Commands that only show something, and those that control the session itself.
 */
import type {Key} from '../../base/ids.ts';
import type {ConflictFilter, Target} from '../action.ts';
import {type Arg, optional} from '../grammar/arg.ts';
import {wholeNumber} from '../grammar/arg-amounts.ts';
import {CONFLICT_RELATIONS, conflictQuery} from '../grammar/arg-conflicts.ts';
import {FOCUSED, leader, leaderCandidates, severalLeaders, target} from '../grammar/arg-places.ts';
import {atTarget, key} from '../grammar/arg-words.ts';
import {KINDS} from '../grammar/kinds.ts';
import {showWord} from '../grammar/quote.ts';
import {showOptionalKey, showTarget} from '../grammar/show-parts.ts';
import {command} from './command.ts';

const optionalKey = optional<Key, undefined>(key, undefined);

/**
 * A leader with or without its `@`. A bare word that is not a leader is the key if it is the last word;
 * otherwise it is refused as an unknown leader.
 */
const leaderOrTarget: Arg<Target> = {
  usage: '[LEADER]',
  offer: reader => reader.offer(() => leaderCandidates(reader.context, [])),
  read(reader) {
    const word = reader.peek();
    if (word === undefined || word.quoted) return FOCUSED;
    if (atTarget(reader)) return target.read(reader);
    const isLast = reader.text.slice(word.end).trim() === '';
    if (isLast && !reader.context.leaders.some(id => id === word.text)) return FOCUSED;
    return {type: 'leaders', leaders: [leader.read(reader)]};
  },
};

function showFilter({key: wanted, kind, leader: by, relation, lost}: ConflictFilter): string {
  // Without quotes, this key would be the filter.
  const name = wanted === 'lost' ? ' "lost"' : showOptionalKey(wanted);
  const named = Object.entries({kind, leader: by, relation}).flatMap(([filter, value]) =>
    value === undefined ? [] : [` ${filter}=${value}`],
  );
  return `${name}${named.join('')}${lost ? ' lost' : ''}`;
}

export const LOOKS = [
  command('look', 'state', {
    name: 'state',
    summary: 'shows every leader: its status, version vector and what it lacks',
    examples: ['state'],
    args: [],
    make: () => ({type: 'state'}),
    show: ({type}) => type,
  }),
  command('look', 'diff', {
    name: 'diff',
    summary: 'shows the keys that leaders read differently: all live leaders, or those named',
    examples: ['diff', 'diff us eu'],
    args: [optional(severalLeaders, undefined)],
    make: named => ({type: 'diff', leaders: named}),
    show: ({leaders: named}) => (named === undefined ? 'diff' : `diff ${named.join(' ')}`),
  }),
  command('look', 'conflicts', {
    name: 'conflicts',
    summary: 'lists the conflicts, or those that match the filters',
    detail: [
      `KIND is any of ${KINDS.join(', ')}; kind=set/del is the same as kind=del/set.`,
      ...CONFLICT_RELATIONS.map(([name, meaning]) => `relation=${name}: ${meaning}.`),
      '∥ is between concurrent writes; → points from a write to the one that replaced it.',
      'lost: only those that lost a write. If a key is named lost, quote it.',
    ],
    examples: [
      'conflicts',
      'conflicts title',
      'conflicts kind=set/del leader=us lost',
      'conflicts relation=reversed --csv',
    ],
    args: [conflictQuery],
    make: query => ({type: 'conflicts', ...query}),
    show: ({filter, format}) => `conflicts${showFilter(filter)}${format === 'list' ? '' : ` --${format}`}`,
  }),
  command('look', 'compare', {
    name: 'compare',
    summary: 'shows what a reader of a key sees under every resolver, and what each loses',
    examples: ['compare title'],
    args: [key],
    make: name => ({type: 'compare', key: name}),
    show: made => `compare ${showWord(made.key)}`,
  }),
  command('look', 'why', {
    name: 'why',
    summary: 'explains how the current reading of a key came about',
    examples: ['why title', 'why title @eu'],
    args: [key, target],
    make: (name, at) => ({type: 'why', key: name, at}),
    show: made => `why ${showWord(made.key)}${showTarget(made.at)}`,
  }),
  command('look', 'lag', {
    name: 'lag',
    summary: 'shows how long operations take from each origin to each leader, and in how many messages',
    examples: ['lag'],
    args: [],
    make: () => ({type: 'lag'}),
    show: ({type}) => type,
  }),
  command('look', 'explain', {
    name: 'explain',
    summary: 'explains one conflict: who wrote what, and what decided',
    examples: ['explain 1'],
    args: [wholeNumber('N', 'the number of a conflict', 1)],
    make: id => ({type: 'explain', id}),
    show: ({id}) => `explain ${id}`,
  }),
  command('look', 'log', {
    name: 'log',
    summary: 'shows the operations that a leader holds, or those on one key',
    examples: ['log', 'log us', 'log us title'],
    args: [leaderOrTarget, optionalKey],
    make: (at, name) => ({type: 'log', at, key: name}),
    // A quoted key cannot be taken for a leader.
    show: made => `log${showTarget(made.at)}${made.key === undefined ? '' : ` ${JSON.stringify(made.key)}`}`,
  }),
];

/**
 * The argument of `help` is a name from the whole table. These rows are a part of it, so it is a parameter.
 */
export const sessionCommands = (commandArg: Arg<string>) => [
  command('session', 'focus', {
    name: 'focus',
    summary: 'chooses the leader that commands without @ go to',
    examples: ['focus us'],
    args: [leader],
    make: id => ({type: 'focus', leader: id}),
    show: made => `focus ${made.leader}`,
  }),
  command('session', 'undo', {
    name: 'undo',
    summary: 'reverts the last fault or setting',
    detail: [
      'It reverts: kill, pause, clock, leave (by join), cut, hold, heal, partition, link, ' +
        'topology, resolver, forward, loopguard,',
      'delivery and ack.',
      'It does not revert writes, because they are operations in the history.',
    ],
    examples: ['undo'],
    args: [],
    make: () => ({type: 'undo'}),
    show: ({type}) => type,
  }),
  command('session', 'help', {
    name: 'help',
    summary: 'lists the commands, or explains one',
    examples: ['help', 'help set'],
    args: [optional<string, undefined>(commandArg, undefined)],
    make: name => ({type: 'help', topic: name}),
    show: ({topic}) => (topic === undefined ? 'help' : `help ${topic}`),
  }),
  command('session', 'quit', {
    name: 'quit',
    aliases: ['exit', 'q'],
    summary: 'ends the session',
    examples: ['quit'],
    args: [],
    make: () => ({type: 'quit'}),
    show: ({type}) => type,
  }),
];
