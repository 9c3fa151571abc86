/**
 * Random members of the vocabulary, for property tests. Leaders are `us`, `eu` and `ap`.
 */
import fc from 'fast-check';
import {isKey, type Key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import type {Action, Check, LinkSelector, Target, WriteAction} from '../../src/command/action.ts';
import type {Intent} from '../../src/core/op.ts';
import {isPlainResolver, RESOLVER_NAMES} from '../../src/core/resolvers/index.ts';

export const [US, EU, AP] = [leaderId('us'), leaderId('eu'), leaderId('ap')] as const;
export const LEADERS: readonly LeaderId[] = [US, EU, AP];

/** Texts that are hard on a parser: quotes, separators, targets, JSON look-alikes, and any Unicode. */
const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({maxLength: 12}),
  fc.string({unit: 'binary', maxLength: 8}),
  fc.constantFrom(
    'us',
    'all',
    '@us',
    'null',
    'absent',
    '1',
    '-0',
    'a||b',
    '"',
    "'",
    '{',
    '[1',
    '>=',
    '=',
    'a b',
    '#x',
    '\\',
    '__proto__',
    '\u2028',
  ),
);
export const keys: fc.Arbitrary<Key> = text.filter(isKey) as fc.Arbitrary<Key>;

/** JSON as it is after a round through text: -0 is 0 there. */
export const json: fc.Arbitrary<Json> = fc.oneof(text, fc.jsonValue({maxDepth: 3})).map(value => JSON.parse(JSON.stringify(value)) as Json);

const someLeaders = fc.shuffledSubarray([...LEADERS], {minLength: 1});
export const targets: fc.Arbitrary<Target> = fc.oneof(
  fc.constant<Target>({type: 'focused'}),
  fc.constant<Target>({type: 'all'}),
  someLeaders.map((leaders): Target => ({type: 'leaders', leaders})),
);

const intents: fc.Arbitrary<Intent> = fc.oneof(
  fc.record({type: fc.constant('set' as const), value: json}),
  fc.record({type: fc.constant('del' as const)}),
  fc.record({type: fc.constant('incr' as const), by: fc.maxSafeInteger().map(by => by + 0)}),
  fc.record({type: fc.constantFrom('sadd' as const, 'srem' as const), element: json}),
  fc.record({type: fc.constant('hset' as const), field: keys, value: json}),
);

const writesAt = (at: fc.Arbitrary<Target>): fc.Arbitrary<WriteAction> =>
  fc.record({type: fc.constant('write' as const), key: keys, intent: intents, at});

const links: fc.Arbitrary<readonly LinkSelector[]> = fc.array(
  fc
    .tuple(fc.shuffledSubarray([...LEADERS], {minLength: 2, maxLength: 2}), fc.boolean())
    .map(([[a = US, b = EU], both]): LinkSelector => ({a, b, both})),
  {minLength: 1, maxLength: 3},
);

const milliseconds = fc.oneof(
  fc.integer({min: 0, max: 3_600_000}),
  fc.integer({min: 0, max: 60}).map(minutes => minutes * 60_000),
);
const optionalKey = fc.option(keys, {nil: undefined});
const count = fc.nat({max: 1000});
const compare = fc.constantFrom('=' as const, '!=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const);
const leader = fc.constantFrom(...LEADERS);

const checks: fc.Arbitrary<Check> = fc.oneof(
  fc.record({
    type: fc.constant('get' as const),
    key: keys,
    at: targets,
    expected: fc.oneof(
      json.map(value => ({value})),
      fc.constant({absent: true as const}),
    ),
  }),
  fc.record({type: fc.constant('siblings' as const), key: keys, at: targets, compare, count}),
  fc.record({type: fc.constant('converged' as const), withinMs: milliseconds}),
  fc.record({type: fc.constant('diverged' as const), key: optionalKey}),
  fc.record({type: fc.constantFrom('conflicts' as const, 'lost' as const), key: optionalKey, compare, count}),
  fc.record({type: fc.constantFrom('up' as const, 'down' as const), leader}),
  fc.record({type: fc.constant('outcome' as const), expected: fc.constantFrom('ok' as const, 'fail' as const, 'info' as const)}),
);

const change = fc.oneof(
  fc.constant('clear' as const),
  fc.record({latencyMs: milliseconds}),
  fc.record({jitterMs: milliseconds}),
  fc.record({latencyMs: milliseconds, jitterMs: milliseconds}),
);

const concurrently: fc.Arbitrary<Action> = fc
  .tuple(
    writesAt(fc.constant({type: 'focused'})),
    writesAt(fc.constant({type: 'focused'})),
    fc.shuffledSubarray([...LEADERS], {minLength: 2, maxLength: 2}),
  )
  .map(
    ([a, b, [first = US, second = EU]]): Action => ({
      type: 'concurrently',
      writes: [
        {...a, at: {type: 'leaders', leaders: [first]}},
        {...b, at: {type: 'leaders', leaders: [second]}},
      ],
    }),
  );

/** Every action that can be typed. */
export const actions: fc.Arbitrary<Action> = fc.oneof(
  writesAt(targets),
  concurrently,
  fc.record({type: fc.constant('read' as const), key: keys, at: targets}),
  fc.record({type: fc.constant('keys' as const), glob: keys, at: targets}),
  fc.record({type: fc.constantFrom('kill' as const, 'restart' as const, 'pause' as const, 'resume' as const), leaders: someLeaders}),
  fc.record({type: fc.constantFrom('cut' as const, 'hold' as const, 'release' as const), links}),
  fc.record({type: fc.constant('heal' as const), links: fc.oneof(links, fc.constant('all' as const))}),
  fc.constantFrom<Action>({type: 'partition', groups: [[US, EU], [AP]]}, {type: 'partition', groups: [[AP], [US]]}),
  fc.record({type: fc.constant('link' as const), links, change}),
  fc.record({type: fc.constant('topology' as const), topology: fc.constantFrom({name: 'mesh' as const}, {name: 'ring' as const})}),
  fc.record({
    type: fc.constant('resolver' as const),
    resolver: fc.constantFrom(...RESOLVER_NAMES.filter(isPlainResolver)).map(name => ({name})),
    at: fc.constant('cluster' as const),
  }),
  fc.constantFrom<Action>(
    {type: 'state'},
    {type: 'diff', leaders: undefined},
    {type: 'undo'},
    {type: 'quit'},
    {type: 'help', topic: undefined},
    {type: 'help', topic: 'set'},
  ),
  optionalKey.map((name): Action => ({type: 'conflicts', filter: name === undefined ? {} : {key: name}, format: 'list'})),
  fc.record({type: fc.constant('explain' as const), id: fc.integer({min: 1, max: 1000})}),
  fc.record({type: fc.constant('log' as const), at: targets, key: optionalKey}),
  fc.record({type: fc.constant('wait-converged' as const), withinMs: milliseconds}),
  fc.record({type: fc.constant('sleep' as const), ms: milliseconds}),
  fc.record({type: fc.constant('expect' as const), check: checks}),
  fc.record({type: fc.constant('focus' as const), leader}),
);
