/**
 * Waiting, and the checks of `expect`, which are a table like the table of commands.
 */
import {must} from '../../base/assert.ts';
import type {Key} from '../../base/ids.ts';
import type {Action, Check, HistoryProperty} from '../action.ts';
import {type Arg, type Form, type FormSpec, form, optional, readArg} from '../grammar/arg.ts';
import {decimal, duration, wholeNumber} from '../grammar/arg-amounts.ts';
import {leader, target} from '../grammar/arg-places.ts';
import {
  atComparison,
  choice,
  comparison,
  equals,
  key,
  keyBeforeEquals,
  literal,
  quoted,
  valueOrAbsent,
} from '../grammar/arg-words.ts';
import {showDuration, showWord} from '../grammar/quote.ts';
import {showExpected, showOptionalKey, showTarget} from '../grammar/show-parts.ts';
import {didYouMean} from '../grammar/suggest.ts';
import {command} from './command.ts';

const DEFAULT_WAIT_MS = 10_000;

const check = <Type extends Check['type'], const Args extends readonly Arg<unknown>[]>(
  spec: FormSpec<Extract<Check, {type: Type}> & Check, Args> & {readonly name: Type},
): Form<Check> & {readonly name: Type} => ({...form<Check, Args>('expect ', spec), name: spec.name});

const count = wholeNumber('N', 'a number', 0);
/** Absent if a comparison comes next. */
const keyBeforeComparison = optional<Key, undefined>(key, undefined, reader => !atComparison(reader));

const percentile = choice('p50|p99', 'percentile', ['p50', 'p99'] as const, name =>
  name === 'p50' ? 'the median' : 'all but one in a hundred are below it',
);

const within: Arg<number> = {
  usage: 'within DURATION',
  offer: reader => reader.offer(() => [{text: 'within', summary: 'wait for it, at most this long'}]),
  read(reader) {
    literal('within', '').read(reader);
    return duration('DURATION').read(reader);
  },
};

const FUZZ_SEEDS = 200;

const HISTORY_PROPERTIES: {readonly [property in HistoryProperty]: string} = {
  causal: 'no leader applied an operation before those that its origin had applied when it accepted it',
  session:
    'this session could read its own writes, and neither its reads nor its writes went backwards, ' +
    'whichever leaders it asked',
  'no-lost-acked-write':
    'every acknowledged write is at a live leader, and no resolver has discarded one that nobody had seen',
};
const properties = Object.keys(HISTORY_PROPERTIES) as HistoryProperty[];

/** One row for each check. */
export const CHECKS = [
  check({
    name: 'get',
    summary: 'a reader of the key sees this value, or that it is absent',
    detail: ['To expect the text absent, quote it.'],
    examples: ['expect get title = A', 'expect get title @all = "two words"', 'expect get cart @us = absent'],
    args: [keyBeforeEquals, target, equals, valueOrAbsent],
    make: (name, at, _equals, expected) => ({type: 'get', key: name, at, expected}),
    show: made => `get ${showWord(made.key)}${showTarget(made.at)} = ${showExpected(made.expected)}`,
  }),
  check({
    name: 'siblings',
    summary: 'a reader of the key sees this many values',
    detail: ['No value counts 0, one value counts 1.'],
    examples: ['expect siblings title @us = 2'],
    args: [key, target, comparison, count],
    make: (name, at, compare, n) => ({type: 'siblings', key: name, at, compare, count: n}),
    show: made => `siblings ${showWord(made.key)}${showTarget(made.at)} ${made.compare} ${made.count}`,
  }),
  check({
    name: 'converged',
    summary: 'all live leaders hold the same operations and show the same values',
    detail: ['Without within, it must hold now.'],
    examples: ['expect converged', 'expect converged within 5s'],
    args: [optional(within, 0)],
    make: withinMs => ({type: 'converged', withinMs}),
    show: ({withinMs}) => (withinMs === 0 ? 'converged' : `converged within ${showDuration(withinMs)}`),
  }),
  check({
    name: 'diverged',
    summary: 'live leaders differ, or read this key differently',
    examples: ['expect diverged', 'expect diverged title'],
    args: [optional<Key, undefined>(key, undefined)],
    make: name => ({type: 'diverged', key: name}),
    show: made => `diverged${showOptionalKey(made.key)}`,
  }),
  check({
    name: 'conflicts',
    summary: 'this many conflicts were found, on this key or on any',
    examples: ['expect conflicts >= 1', 'expect conflicts title = 1'],
    args: [keyBeforeComparison, comparison, count],
    make: (name, compare, n) => ({type: 'conflicts', key: name, compare, count: n}),
    show: made => `conflicts${showOptionalKey(made.key)} ${made.compare} ${made.count}`,
  }),
  check({
    name: 'lost',
    summary: 'this many writes were lost, of this key or of any',
    examples: ['expect lost = 0', 'expect lost title = 1'],
    args: [keyBeforeComparison, comparison, count],
    make: (name, compare, n) => ({type: 'lost', key: name, compare, count: n}),
    show: made => `lost${showOptionalKey(made.key)} ${made.compare} ${made.count}`,
  }),
  check({
    name: 'up',
    summary: 'the leader is up',
    examples: ['expect up us'],
    args: [leader],
    make: id => ({type: 'up', leader: id}),
    show: made => `up ${made.leader}`,
  }),
  check({
    name: 'down',
    summary: 'the leader is down',
    examples: ['expect down ap'],
    args: [leader],
    make: id => ({type: 'down', leader: id}),
    show: made => `down ${made.leader}`,
  }),
  check({
    name: 'lag',
    summary: 'operations of the last ten seconds took this long from their origins to other leaders',
    detail: ['p50 is the median; all but one in a hundred are below p99.'],
    examples: ['expect lag p99 < 200ms', 'expect lag p50 <= 1s'],
    args: [percentile, comparison, duration('DURATION')],
    make: (chosen, compare, ms) => ({type: 'lag', percentile: chosen, compare, ms}),
    show: made => `lag ${made.percentile} ${made.compare} ${showDuration(made.ms)}`,
  }),
  check({
    name: 'messages-per-op',
    summary: 'how many operations went over links for each one accepted, since the last change of topology',
    examples: ['expect messages-per-op < 3', 'expect messages-per-op >= 1.5'],
    args: [comparison, decimal('N', 'a number, such as 2.5')],
    make: (compare, n) => ({type: 'messages-per-op', compare, count: n}),
    show: made => `messages-per-op ${made.compare} ${made.count}`,
  }),
  check({
    name: 'history',
    summary: 'the history so far keeps this promise',
    detail: Object.entries(HISTORY_PROPERTIES).map(([name, meaning]) => `${name}: ${meaning}.`),
    examples: ['expect history causal', 'expect history session', 'expect history no-lost-acked-write'],
    args: [choice('PROMISE', 'promise', properties, name => HISTORY_PROPERTIES[name])],
    make: property => ({type: 'history', property}),
    show: ({property}) => `history ${property}`,
  }),
  check({
    name: 'fuzz',
    summary: 'random histories under the resolver of the cluster find no violation',
    detail: [
      'It runs in the simulator, as leaderlab fuzz does. It checks the laws of a custom module first.',
      'It tries 200 histories if no number is given.',
    ],
    examples: ['expect fuzz', 'expect fuzz 1000'],
    args: [optional(wholeNumber('N', 'how many histories', 1, 100_000), FUZZ_SEEDS)],
    make: seeds => ({type: 'fuzz', seeds}),
    show: ({seeds}) => `fuzz ${seeds}`,
  }),
  check({
    name: 'outcome',
    summary: 'the previous command ended like this: ok, fail (it surely did not happen) or info (unknown)',
    detail: ['In a command file, a command that fails as the next line expects does not count as failed.'],
    examples: ['expect outcome fail'],
    args: [choice('ok|fail|info', 'outcome', ['ok', 'fail', 'info'] as const, outcomeSummary)],
    make: expected => ({type: 'outcome', expected}),
    show: ({expected}) => `outcome ${expected}`,
  }),
];

/** The check as a person types it after `expect`. */
export function showCheck(check: Check): string {
  const {type}: {readonly type: (typeof CHECKS)[number]['name']} = check;
  return must(
    CHECKS.find(({name}) => name === type),
    `a row for the check ${type}`,
  ).show(check);
}

function outcomeSummary(outcome: 'ok' | 'fail' | 'info'): string {
  return {ok: 'it happened', fail: 'it surely did not happen', info: 'unknown: it may have happened'}[
    outcome
  ];
}

const checkArg: Arg<Check> = {
  usage: 'CHECK',
  offer: reader => reader.offer(() => CHECKS.map(({name, summary}) => ({text: name, summary}))),
  read(reader) {
    const names = CHECKS.map(({name}) => name);
    const word = reader.word(`a check: ${names.join(', ')}`);
    const found = CHECKS.find(({name}) => name === word.text);
    if (found !== undefined) return found.read(reader);
    throw reader.refuse(
      word.start,
      `no check ${quoted(word)}${didYouMean(word.text, names)}`,
      `there are ${names.join(', ')}`,
    );
  },
};

type Wait = Extract<Action, {type: 'wait-converged' | 'wait-load'}>;

const WAITABLE = [
  {text: 'converged', summary: 'until all live leaders have converged'},
  {text: 'load', summary: 'until every load in the background has ended'},
] as const;

const waited: Arg<Wait> = {
  usage: 'converged [DURATION] | load',
  offer: reader => reader.offer(() => WAITABLE),
  read(reader) {
    const names = WAITABLE.map(({text}) => text);
    const word = reader.word(names.join(' or '));
    if (word.text === 'load') return {type: 'wait-load'};
    if (word.text === 'converged')
      return {
        type: 'wait-converged',
        withinMs: readArg(optional(duration('DURATION'), DEFAULT_WAIT_MS), reader),
      };
    throw reader.refuse(
      word.start,
      `expected ${names.join(' or ')}, not ${quoted(word)}${didYouMean(word.text, names)}`,
    );
  },
};

export const WAITS = [
  command('check', ['wait-converged', 'wait-load'], {
    name: 'wait',
    summary: 'waits until all live leaders have converged, or until all loads in the background have ended',
    detail: [
      'Converged leaders hold the same operations and show the same values. The limit is 10s if ' +
        'none is given.',
      'If the limit passes, the command fails.',
    ],
    examples: ['wait converged', 'wait converged 30s', 'wait load'],
    args: [waited],
    make: made => made,
    show: made => (made.type === 'wait-load' ? 'wait load' : `wait converged ${showDuration(made.withinMs)}`),
  }),
  command('check', 'sleep', {
    name: 'sleep',
    summary: 'waits for this long',
    examples: ['sleep 500ms'],
    args: [duration('DURATION')],
    make: ms => ({type: 'sleep', ms}),
    show: ({ms}) => `sleep ${showDuration(ms)}`,
  }),
  command('check', 'expect', {
    name: 'expect',
    summary: 'checks that something holds, and shows what it found',
    detail: ['The checks are listed below.'],
    examples: ['expect get title = A', 'expect converged within 5s'],
    args: [checkArg],
    make: made => ({type: 'expect', check: made}),
    show: made => `expect ${showCheck(made.check)}`,
  }),
];
