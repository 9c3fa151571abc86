/**
 * Random members of the vocabulary, for property tests. Leaders are `us`, `eu` and `ap`.
 */
import fc from 'fast-check';
import {isKey, type Key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import {isExact, type Json} from '../../src/base/json.ts';
import type {
  Action,
  Check,
  ConflictFilter,
  Guard,
  LoadMix,
  Target,
  TxnAction,
  WriteAction,
} from '../../src/command/action.ts';
import type {LinkSelector, TopologySpec} from '../../src/command/topology.ts';
import type {Intent} from '../../src/core/log/op.ts';
import {isPlainResolver, RESOLVER_NAMES, type ResolverSpec} from '../../src/core/resolvers/registry.ts';

export const [US, EU, AP] = [leaderId('us'), leaderId('eu'), leaderId('ap')] as const;
export const LEADERS: readonly LeaderId[] = [US, EU, AP];
const NEWCOMERS = ['sa', 'x9', 'from'].map(leaderId);

/** Texts that are difficult for a parser: quotes, separators, targets, JSON look-alikes, and any Unicode. */
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
    'if',
    'a=b',
    'a,b',
    'lost',
    'kind=x',
    '--csv',
    '&',
    '=',
    'a b',
    '#x',
    '\\',
    '__proto__',
    '\u2028',
  ),
);
export const keys: fc.Arbitrary<Key> = text.filter(isKey) as fc.Arbitrary<Key>;

/**
 * JSON as it is after a round through text: -0 is 0 there. It holds no number that would be rounded: those
 * are read as text.
 */
export const json: fc.Arbitrary<Json> = fc
  .oneof(text, fc.jsonValue({maxDepth: 3}))
  .map(value => JSON.parse(JSON.stringify(value)) as Json)
  .filter(isExact);

const someLeaders = fc.shuffledSubarray([...LEADERS], {minLength: 1});
/** Targets of a request: the focused leader, named leaders, or all. */
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

const expected: fc.Arbitrary<Guard['expected']> = fc.oneof(
  json.map(value => ({value})),
  fc.constant({absent: true as const}),
);

const plainWrites = (at: fc.Arbitrary<Target>): fc.Arbitrary<WriteAction> =>
  fc.record({type: fc.constant('write' as const), key: keys, intent: intents, at});

const guardedSets = (at: fc.Arbitrary<Target>): fc.Arbitrary<WriteAction> =>
  fc.record({
    type: fc.constant('write' as const),
    key: keys,
    intent: json.map((value): Intent => ({type: 'set', value})),
    at,
    guard: fc.record({key: keys, expected}),
  });

const txns = (at: fc.Arbitrary<Target>): fc.Arbitrary<TxnAction> =>
  fc.record({
    type: fc.constant('txn' as const),
    writes: fc.uniqueArray(fc.record({key: keys, intent: intents}), {
      minLength: 1,
      maxLength: 4,
      selector: write => write.key,
    }),
    at,
  });

const writesAt = (at: fc.Arbitrary<Target>): fc.Arbitrary<WriteAction | TxnAction> =>
  fc.oneof(plainWrites(at), guardedSets(at), txns(at));

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
const compare = fc.constantFrom(
  '=' as const,
  '!=' as const,
  '<' as const,
  '<=' as const,
  '>' as const,
  '>=' as const,
);
const leader = fc.constantFrom(...LEADERS);

const checks: fc.Arbitrary<Check> = fc.oneof(
  fc.record({
    type: fc.constant('get' as const),
    key: keys,
    at: targets,
    expected,
  }),
  fc.record({type: fc.constant('siblings' as const), key: keys, at: targets, compare, count}),
  fc.record({type: fc.constant('converged' as const), withinMs: milliseconds}),
  fc.record({type: fc.constant('diverged' as const), key: optionalKey}),
  fc.record({type: fc.constantFrom('conflicts' as const, 'lost' as const), key: optionalKey, compare, count}),
  fc.record({type: fc.constantFrom('up' as const, 'down' as const), leader}),
  fc.record({
    type: fc.constant('lag' as const),
    percentile: fc.constantFrom('p50' as const, 'p99' as const),
    compare,
    ms: milliseconds,
  }),
  fc.record({
    type: fc.constant('messages-per-op' as const),
    compare,
    count: fc.nat({max: 1_000_000}).map(n => n / 1000),
  }),
  fc.record({
    type: fc.constant('outcome' as const),
    expected: fc.constantFrom('ok' as const, 'fail' as const, 'info' as const),
  }),
);

const shares = fc.nat({max: 1_000_000}).map(millionths => millionths / 1_000_000);
const change = fc.oneof(
  fc.constant('clear' as const),
  fc
    .record(
      {
        latencyMs: milliseconds,
        jitterMs: milliseconds,
        bandwidthBytesPerS: fc.oneof(
          fc.nat({max: 1_000_000_000}),
          fc.nat({max: 1000}).map(megabytes => megabytes * 1_000_000),
        ),
        lossShare: shares,
        dupShare: shares,
        reorderShare: shares,
      },
      {requiredKeys: []},
    )
    .filter(made => Object.keys(made).length > 0),
);

const clockChanges = fc.oneof(
  fc.constant('reset' as const),
  fc.record({offsetMs: fc.integer({min: -3_600_000, max: 3_600_000})}),
  fc.record({driftPpm: fc.integer({min: -999_999, max: 999_999})}),
);

const topologies: fc.Arbitrary<TopologySpec> = fc.oneof(
  fc
    .constantFrom('mesh', 'ring', 'two-way-ring', 'modified-ring', 'star', 'chain', 'tree')
    .map((name): TopologySpec => ({name})),
  leader.map((hub): TopologySpec => ({name: 'star', hub})),
  links.map((made): TopologySpec => ({name: 'custom', links: made})),
);

const paths = fc.oneof(
  fc.constantFrom('./merge.mjs', '../a b/c.mjs', '/x.mjs', 'merge.mjs', '~/m.js', '@us', 'C:\\m.mjs', '-x'),
  keys,
);
const resolvers: fc.Arbitrary<ResolverSpec> = fc.oneof(
  fc.constantFrom(...RESOLVER_NAMES.filter(isPlainResolver)).map((name): ResolverSpec => ({name})),
  someLeaders.map((order): ResolverSpec => ({name: 'priority', order})),
  paths.map((file): ResolverSpec => ({name: 'custom', file})),
);

const weights = fc.integer({min: 1, max: 1000});
const mixes: fc.Arbitrary<LoadMix> = fc
  .record(
    {set: weights, del: weights, incr: weights, sadd: weights, srem: weights, hset: weights},
    {requiredKeys: []},
  )
  .filter(mix => Object.keys(mix).length > 0);

const filters: fc.Arbitrary<ConflictFilter> = fc.record(
  {
    key: keys,
    kind: fc.constantFrom('set/set', 'set/del', 'incr/incr', 'set/del/incr', 'sadd/srem'),
    leader,
    lost: fc.constant(true as const),
    relation: fc.constantFrom('concurrent' as const, 'reversed' as const, 'stale' as const),
  },
  {requiredKeys: []},
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
  fc.record({
    type: fc.constantFrom('kill' as const, 'restart' as const, 'pause' as const, 'resume' as const),
    leaders: someLeaders,
  }),
  fc.record({type: fc.constant('clock' as const), leaders: someLeaders, change: clockChanges}),
  fc.record({
    type: fc.constant('join' as const),
    leader: fc.constantFrom(...NEWCOMERS),
    from: fc.option(leader, {nil: undefined}),
  }),
  fc.record({type: fc.constant('leave' as const), leader}),
  fc.record({type: fc.constant('skip' as const), origin: fc.option(leader, {nil: undefined}), at: targets}),
  fc.record({
    type: fc.constantFrom('cut' as const, 'hold' as const, 'release' as const, 'reset' as const),
    links,
  }),
  fc.record({type: fc.constant('heal' as const), links: fc.oneof(links, fc.constant('all' as const))}),
  fc.constantFrom<Action>(
    {type: 'partition', groups: [[US, EU], [AP]]},
    {type: 'partition', groups: [[AP], [US]]},
  ),
  fc.record({type: fc.constant('link' as const), links, change}),
  fc.record({type: fc.constant('topology' as const), topology: topologies}),
  fc.record({
    type: fc.constant('resolver' as const),
    resolver: resolvers,
    at: fc.oneof(fc.constant('cluster' as const), someLeaders),
  }),
  fc.record({
    type: fc.constant('forward' as const),
    forward: fc.constantFrom('own' as const, 'all' as const),
  }),
  fc.record({type: fc.constant('loopguard' as const), on: fc.boolean()}),
  fc.record({
    type: fc.constant('delivery' as const),
    delivery: fc.constantFrom('fifo' as const, 'causal' as const),
  }),
  fc.record({
    type: fc.constant('ack' as const),
    ack: fc.constantFrom('local' as const, 'quorum' as const, 'all' as const),
  }),
  fc.record({
    type: fc.constant('load' as const),
    perSecond: fc.integer({min: 1, max: 20_000}),
    forMs: milliseconds.filter(ms => ms > 0),
    keys: fc.integer({min: 1, max: 1_000_000}),
    mix: fc.oneof(fc.constant<LoadMix>({set: 1}), mixes),
    at: targets,
    background: fc.boolean(),
  }),
  fc.constantFrom<Action>(
    {type: 'state'},
    {type: 'diff', leaders: undefined},
    {type: 'diff', leaders: [EU, US]},
    {type: 'lag'},
    {type: 'wait-load'},
    {type: 'undo'},
    {type: 'quit'},
    {type: 'next'},
    {type: 'hint'},
    {type: 'redo'},
    {type: 'keep'},
    {type: 'choose', choice: 2},
    {type: 'help', topic: undefined},
    {type: 'help', topic: 'set'},
  ),
  fc.record({
    type: fc.constant('conflicts' as const),
    filter: filters,
    format: fc.constantFrom('list' as const, 'csv' as const, 'jsonl' as const),
  }),
  fc.record({type: fc.constant('compare' as const), key: keys}),
  fc.record({type: fc.constant('why' as const), key: keys, at: targets}),
  fc.record({type: fc.constant('explain' as const), id: fc.integer({min: 1, max: 1000})}),
  fc.record({type: fc.constant('log' as const), at: targets, key: optionalKey}),
  fc.record({type: fc.constant('wait-converged' as const), withinMs: milliseconds}),
  fc.record({type: fc.constant('sleep' as const), ms: milliseconds}),
  fc.record({type: fc.constant('expect' as const), check: checks}),
  fc.record({type: fc.constant('focus' as const), leader}),
);
