/**
 * Waiting, and the checks of `expect`: a table of its own, of the same make as the table of commands.
 */
import type {Key} from '../../base/ids.ts';
import type {Check} from '../action.ts';
import {type Arg, type Form, type FormSpec, form, optional, readArg} from '../arg.ts';
import {leader, target} from '../arg-places.ts';
import {atComparison, choice, comparison, duration, equals, key, literal, quoted, valueOrAbsent, wholeNumber} from '../arg-words.ts';
import {didYouMean} from '../suggest.ts';
import {type Command, command} from './command.ts';

const DEFAULT_WAIT_MS = 10_000;

type CheckForm = Form<Check>;
const check = <Type extends Check['type'], const Args extends readonly Arg<unknown>[]>(
  spec: FormSpec<Extract<Check, {type: Type}> & Check, Args> & {readonly name: Type},
): CheckForm => form('expect ', spec);

const count = wholeNumber('N', 'a number', 0);
/** Left out where a comparison stands at once. */
const keyBeforeComparison = optional<Key, undefined>(key, undefined, reader => !atComparison(reader));

const within: Arg<number> = {
  usage: 'within DURATION',
  offer: reader => reader.offer(() => [{text: 'within', summary: 'wait for it, at most this long'}]),
  read(reader) {
    literal('within', '').read(reader);
    return duration('DURATION').read(reader);
  },
};

export const CHECKS: readonly CheckForm[] = [
  check({
    name: 'get',
    summary: 'a reader of the key sees this value, or that it is absent',
    detail: ['To expect the text absent, quote it.'],
    examples: ['expect get title = A', 'expect get title @all = "two words"', 'expect get cart @us = absent'],
    args: [key, target, equals, valueOrAbsent],
    make: (name, at, _equals, expected) => ({type: 'get', key: name, at, expected}),
  }),
  check({
    name: 'siblings',
    summary: 'a reader of the key sees this many values',
    detail: ['No value counts 0, one value counts 1.'],
    examples: ['expect siblings title @us = 2'],
    args: [key, target, comparison, count],
    make: (name, at, compare, n) => ({type: 'siblings', key: name, at, compare, count: n}),
  }),
  check({
    name: 'converged',
    summary: 'all live leaders hold the same operations and show the same',
    detail: ['Without within, it has to be so already.'],
    examples: ['expect converged', 'expect converged within 5s'],
    args: [optional(within, 0)],
    make: withinMs => ({type: 'converged', withinMs}),
  }),
  check({
    name: 'diverged',
    summary: 'live leaders differ, or read this key differently',
    examples: ['expect diverged', 'expect diverged title'],
    args: [optional<Key, undefined>(key, undefined)],
    make: name => ({type: 'diverged', key: name}),
  }),
  check({
    name: 'conflicts',
    summary: 'so many conflicts were found, on this key or on any',
    examples: ['expect conflicts >= 1', 'expect conflicts title = 1'],
    args: [keyBeforeComparison, comparison, count],
    make: (name, compare, n) => ({type: 'conflicts', key: name, compare, count: n}),
  }),
  check({
    name: 'lost',
    summary: 'so many writes were lost, of this key or of any',
    examples: ['expect lost = 0', 'expect lost title = 1'],
    args: [keyBeforeComparison, comparison, count],
    make: (name, compare, n) => ({type: 'lost', key: name, compare, count: n}),
  }),
  check({
    name: 'up',
    summary: 'the leader is up',
    examples: ['expect up us'],
    args: [leader],
    make: id => ({type: 'up', leader: id}),
  }),
  check({
    name: 'down',
    summary: 'the leader is down',
    examples: ['expect down ap'],
    args: [leader],
    make: id => ({type: 'down', leader: id}),
  }),
  check({
    name: 'outcome',
    summary: 'the command before ended so: ok, fail (it surely did not happen) or info (unknown)',
    detail: ['In a command file, a command that fails as the next line expects is not counted as failed.'],
    examples: ['expect outcome fail'],
    args: [choice('ok|fail|info', 'outcome', ['ok', 'fail', 'info'] as const, outcomeSummary)],
    make: expected => ({type: 'outcome', expected}),
  }),
];

function outcomeSummary(outcome: 'ok' | 'fail' | 'info'): string {
  return {ok: 'it happened', fail: 'it surely did not happen', info: 'unknown: it may have happened'}[outcome];
}

const checkArg: Arg<Check> = {
  usage: 'CHECK',
  offer: reader => reader.offer(() => CHECKS.map(({name, summary}) => ({text: name, summary}))),
  read(reader) {
    const names = CHECKS.map(({name}) => name);
    const word = reader.word(`a check: ${names.join(', ')}`);
    const found = CHECKS.find(({name}) => name === word.text);
    if (found !== undefined) return found.read(reader);
    throw reader.refuse(word.start, `no check ${quoted(word)}${didYouMean(word.text, names)}`, `there are ${names.join(', ')}`);
  },
};

const convergedWithin: Arg<number> = {
  usage: 'converged [DURATION]',
  offer: reader => reader.offer(() => [{text: 'converged', summary: 'until all live leaders show the same'}]),
  read(reader) {
    literal('converged', '').read(reader);
    return readArg(optional(duration('DURATION'), DEFAULT_WAIT_MS), reader);
  },
};

export const WAITS: readonly Command[] = [
  command('check', 'wait-converged', {
    name: 'wait',
    summary: 'waits until all live leaders hold the same operations and show the same',
    detail: ['At most 10s where no limit is given; when the limit passes, the command has failed.'],
    examples: ['wait converged', 'wait converged 30s'],
    args: [convergedWithin],
    make: withinMs => ({type: 'wait-converged', withinMs}),
  }),
  command('check', 'sleep', {
    name: 'sleep',
    summary: 'waits for this long',
    examples: ['sleep 500ms'],
    args: [duration('DURATION')],
    make: ms => ({type: 'sleep', ms}),
  }),
  command('check', 'expect', {
    name: 'expect',
    summary: 'checks what should be so, and says what is',
    detail: ['What can be checked is listed below.'],
    examples: ['expect get title = A', 'expect converged within 5s'],
    args: [checkArg],
    make: made => ({type: 'expect', check: made}),
  }),
];
