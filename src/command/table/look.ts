/**
 * Commands that only look, and those that steer the session itself.
 */
import type {Key} from '../../base/ids.ts';
import type {Target} from '../action.ts';
import {type Arg, optional} from '../arg.ts';
import {FOCUSED, leader, leaderCandidates, target} from '../arg-places.ts';
import {atTarget, key, wholeNumber} from '../arg-words.ts';
import {type Command, command} from './command.ts';

const optionalKey = optional<Key, undefined>(key, undefined);

/**
 * A leader with or without its `@`. A bare word that is no leader is taken for the key, unless another word follows: then it
 * should have been a leader, and is refused as one.
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

export const LOOKS: readonly Command[] = [
  command('look', 'state', {
    name: 'state',
    summary: 'shows every leader: its status, version vector and what it lacks',
    examples: ['state'],
    args: [],
    make: () => ({type: 'state'}),
  }),
  command('look', 'diff', {
    name: 'diff',
    summary: 'shows the keys that live leaders read differently',
    examples: ['diff'],
    args: [],
    make: () => ({type: 'diff', leaders: undefined}),
  }),
  command('look', 'conflicts', {
    name: 'conflicts',
    summary: 'lists the conflicts, or those on one key',
    examples: ['conflicts', 'conflicts title'],
    args: [optionalKey],
    make: name => ({type: 'conflicts', filter: name === undefined ? {} : {key: name}, format: 'list'}),
  }),
  command('look', 'explain', {
    name: 'explain',
    summary: 'tells the whole story of one conflict: who wrote what, and what decided',
    examples: ['explain 1'],
    args: [wholeNumber('N', 'the number of a conflict', 1)],
    make: id => ({type: 'explain', id}),
  }),
  command('look', 'log', {
    name: 'log',
    summary: 'shows the operations that a leader holds, or those on one key',
    examples: ['log', 'log us', 'log us title'],
    args: [leaderOrTarget, optionalKey],
    make: (at, name) => ({type: 'log', at, key: name}),
  }),
];

/** The argument of `help` is a name from the whole table, of which these rows are a part: so it is handed in. */
export const sessionCommands = (commandArg: Arg<string>): readonly Command[] => [
  command('session', 'focus', {
    name: 'focus',
    summary: 'makes a leader the one that commands without @ go to',
    examples: ['focus us'],
    args: [leader],
    make: id => ({type: 'focus', leader: id}),
  }),
  command('session', 'undo', {
    name: 'undo',
    summary: 'takes back the last fault or setting',
    detail: [
      'What is taken back: kill, pause, cut, hold, heal, partition, link, topology and resolver.',
      'A write is an operation of the history, and stays.',
    ],
    examples: ['undo'],
    args: [],
    make: () => ({type: 'undo'}),
  }),
  command('session', 'help', {
    name: 'help',
    summary: 'lists the commands, or explains one',
    examples: ['help', 'help set'],
    args: [optional<string, undefined>(commandArg, undefined)],
    make: name => ({type: 'help', topic: name}),
  }),
  command('session', 'quit', {
    name: 'quit',
    aliases: ['exit', 'q'],
    summary: 'ends the session',
    examples: ['quit'],
    args: [],
    make: () => ({type: 'quit'}),
  }),
];
