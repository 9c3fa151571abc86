/**
 * Commands that write and read data. Their names follow Redis.
 */
import type {Key} from '../../base/ids.ts';
import type {Intent} from '../../core/op.ts';
import type {Target, WriteAction} from '../action.ts';
import {optional} from '../arg.ts';
import {target} from '../arg-places.ts';
import {atTarget, field, glob, key, value, wholeNumber} from '../arg-words.ts';
import {type Command, command} from './command.ts';

const write = (name: Key, intent: Intent, at: Target): WriteAction => ({type: 'write', key: name, intent, at});

export const WRITES: readonly Command[] = [
  command('write', 'write', {
    name: 'set',
    summary: 'sets a key to a value',
    detail: ['The value is JSON, a bare word or a quoted text.'],
    examples: [
      'set title A @us',
      'set title A @us || set title B @eu',
      'set cart {"milk": 2, "eggs": [6, 12]} @eu',
      'set note "two words"',
    ],
    args: [key, value('VALUE'), target],
    make: (name, made, at) => write(name, {type: 'set', value: made}, at),
  }),
  command('write', 'write', {
    name: 'del',
    summary: 'deletes a key',
    examples: ['del title @us'],
    args: [key, target],
    make: (name, at) => write(name, {type: 'del'}, at),
  }),
  command('write', 'write', {
    name: 'incr',
    summary: 'adds a whole number to a counter, 1 where none is given',
    examples: ['incr stock @us', 'incr stock -3 @eu', 'incr stock @us || incr stock @eu'],
    args: [key, optional(wholeNumber('N', 'a whole number', Number.MIN_SAFE_INTEGER), 1, reader => !atTarget(reader)), target],
    make: (name, by, at) => write(name, {type: 'incr', by}, at),
  }),
  command('write', 'write', {
    name: 'sadd',
    summary: 'adds an element to a set',
    examples: ['sadd cart milk @us'],
    args: [key, value('ELEMENT'), target],
    make: (name, element, at) => write(name, {type: 'sadd', element}, at),
  }),
  command('write', 'write', {
    name: 'srem',
    summary: 'removes an element from a set',
    examples: ['srem cart milk @eu'],
    args: [key, value('ELEMENT'), target],
    make: (name, element, at) => write(name, {type: 'srem', element}, at),
  }),
  command('write', 'write', {
    name: 'hset',
    summary: 'sets one field of an object',
    examples: ['hset user name Ada @us'],
    args: [key, field, value('VALUE'), target],
    make: (name, inner, made, at) => write(name, {type: 'hset', field: inner, value: made}, at),
  }),
  command('read', 'read', {
    name: 'get',
    summary: 'shows what a reader of the key sees',
    examples: ['get title', 'get title @us,eu', 'get title @all'],
    args: [key, target],
    make: (name, at) => ({type: 'read', key: name, at}),
  }),
  command('read', 'keys', {
    name: 'keys',
    summary: 'lists the keys, or those that match a pattern',
    examples: ['keys', 'keys cart* @all'],
    args: [optional(glob, '*', reader => !atTarget(reader)), target],
    make: (pattern, at) => ({type: 'keys', glob: pattern, at}),
  }),
];
