import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import type {CommandContext} from '../../src/command/index.ts';
import {CHECKS, COMMANDS, parse, showAction} from '../../src/command/index.ts';
import {actions, LEADERS} from '../support/actions.ts';
import {runs} from '../support/runs.ts';

const CONTEXT: CommandContext = {leaders: LEADERS};
const read = (text: string) => parse(text, CONTEXT);

function refused(text: string): {message: string; hint: string | undefined; caret: number} {
  const parsed = read(text);
  if (parsed.ok) throw new Error(`${text} was accepted`);
  return {message: parsed.failure.message, hint: parsed.failure.hint, caret: parsed.caret};
}

function made(text: string) {
  const parsed = read(text);
  if (!parsed.ok) throw new Error(`${text} was refused: ${parsed.failure.message}`);
  return parsed.value;
}

describe('for any text', () => {
  const word = fc.constantFrom(
    ...COMMANDS.map(({name}) => name),
    ...CHECKS.map(({name}) => name),
    ...[
      '@us',
      '@',
      '@us,',
      'us',
      'us-eu',
      'us>',
      '||',
      '|',
      '"',
      "'",
      '{',
      '[',
      '"a"',
      '{"a":',
      '1e999',
      '=',
      '>=',
      '/',
      ',',
      '5s',
      '5',
      'within',
      ...[
        'if',
        'drift',
        'reset',
        '+5s',
        '5%',
        '7kb',
        '5/s',
        'for',
        '&',
        'mix=',
        'keys=3',
        'kind=set',
        'lost',
        '--csv',
        'custom',
        'star',
      ],
      ...['a,b', 'set a 1,', ',set b 2', 'priority', 'ap', 'sa', 'from', 'p99', '2.5'],
      ':',
      '\\',
      '\u0000',
      '😀',
    ],
  );
  const texts = fc.oneof(
    fc.string({unit: 'binary'}),
    fc.array(word, {maxLength: 8}).map(words => words.join(' ')),
    fc.array(word, {maxLength: 8}).map(words => words.join('')),
  );

  test('the parser returns a result, and its caret is within the text', () => {
    fc.assert(
      fc.property(texts, text => {
        const parsed = read(text);
        if (parsed.ok) return;
        expect(parsed.failure.code).toBe('syntax');
        expect(parsed.caret).toBeGreaterThanOrEqual(0);
        expect(parsed.caret).toBeLessThanOrEqual(text.length);
      }),
      {numRuns: runs(3000)},
    );
  });

  test('an accepted action is shown as a text that parses to the same action', () => {
    fc.assert(
      fc.property(texts, text => {
        const parsed = read(text);
        if (parsed.ok) expect(made(showAction(parsed.value))).toEqual(parsed.value);
      }),
      {numRuns: runs(2000)},
    );
  });
});

test('every action is shown as a text that parses to that action', () => {
  fc.assert(
    fc.property(actions, action => {
      expect(made(showAction(action))).toEqual(action);
    }),
    {numRuns: runs(2000)},
  );
});

test.each([
  [
    'link us-eu jitter 20ms latency 1000ms loss 7% dup 0.0700% bandwidth 1500KB',
    'link us-eu latency 1s jitter 20ms bandwidth 1500kb loss 7% dup 0.07%',
  ],
  ['load 500 for 60s @us,eu &', 'load 500/s for 1m keys=20 @us,eu &'],
  ['load 5 for 5s keys=1 mix=incr:2,set', 'load 5/s for 5s keys=1 mix=set:1,incr:2'],
  ['set seat "Ada" if seat=absent @us', 'set seat Ada @us if seat = absent'],
  ['txn set a "x" ,set b "y z"', 'txn set a x, set b "y z"'],
  ['clock us,eu 1000ms', 'clock us eu +1s'],
  ['topology custom us>eu,eu-ap', 'topology custom us>eu eu-ap'],
  ['resolver custom "./merge.mjs" @all', 'resolver custom ./merge.mjs'],
  ['conflicts --csv lost kind=del/set "title"', 'conflicts title kind=set/del lost --csv'],
])('%s is shown as %s', (text, shown) => expect(showAction(made(text))).toBe(shown));

describe('every example', () => {
  for (const {name, examples, makes} of COMMANDS) {
    test(`of ${name} parses to ${name}`, () => {
      for (const example of examples) {
        const action = made(example);
        expect([...makes, 'concurrently']).toContain(action.type);
        expect(example).toMatch(new RegExp(`^${name}\\b`));
      }
    });
  }
  for (const {name, examples} of CHECKS) {
    test(`of expect ${name} parses to a check of ${name}`, () => {
      for (const example of examples)
        expect(made(example)).toMatchObject({type: 'expect', check: {type: name}});
    });
  }
});

describe('values', () => {
  const stored = (text: string) => {
    const action = made(`set k ${text}`);
    return action.type === 'write' && action.intent.type === 'set' ? action.intent.value : undefined;
  };

  test.each([
    ['A', 'A'],
    ['1', 1],
    ['-2.5e3', -2500],
    ['01', '01'],
    ['true', true],
    ['null', null],
    ['"null"', 'null'],
    ['"1"', '1'],
    ['"two words"', 'two words'],
    ['"a \\"b\\" \\u00e9"', 'a "b" é'],
    [`'say "hi" \\n'`, 'say "hi" \\n'],
    ["don't", "don't"],
    ['{"a": [1, {"b": null}]}', {a: [1, {b: null}]}],
    ['[ ]', []],
    ['"a||b"', 'a||b'],
    ['["a||b"]', ['a||b']],
    ['a|b', 'a|b'],
    ['"@us"', '@us'],
    ['#1', '#1'],
  ])('%s parses to %j', (text, value) => expect(stored(text)).toEqual(value));

  test('a field named __proto__ is like any other field', () =>
    expect(JSON.stringify(stored('{"__proto__": 1}'))).toBe('{"__proto__":1}'));

  test.each([
    ['set k {"a": 1', 6, 'this { is never closed'],
    ['set k {"a" 1}', 11, 'expected : after the name of the field'],
    ['set k {a: 1}', 7, 'expected the name of a field, in double quotes'],
    ['set k [1 2]', 9, 'expected , or ]'],
    ['set k [1,]', 9, 'expected a JSON value'],
    ['set k [1]x', 9, 'expected a space after the JSON value'],
    ['set k "abc', 6, 'this quote is never closed'],
    ["set k 'abc", 6, 'this quote is never closed'],
    ['set k "a\\qb"', 8, 'unknown escape in a quoted text'],
    ['set k "a"b', 9, 'expected a space after the closing quote'],
    ['set k 1e999', 6, 'this number is too large'],
    ['set k [1e999]', 7, 'this number is too large'],
    ['set k 4503599627370497.3', 6, '4503599627370497.3 would be rounded'],
    ['set k {"a": [0.1000000000000000055]}', 6, '0.1000000000000000055 would be rounded'],
    ['set k 1e-400', 6, '1e-400 would be rounded'],
  ])('%s is refused at column %i: %s', (text, caret, message) =>
    expect(refused(text)).toMatchObject({caret, message}),
  );

  test('a JSON value is refused exactly where JSON.parse refuses it, and otherwise accepted', () => {
    const bits = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '1',
        '-',
        '0',
        '.5',
        'e3',
        'true',
        'nul',
        ' ',
        '"',
        '\\',
        'x',
      ),
      {maxLength: 10},
    );
    fc.assert(
      fc.property(bits, parts => {
        const text = `[${parts.join('')}]`;
        let valid = true;
        try {
          // A number beyond the range reads as Infinity, which no JSON is: it comes back as null.
          valid = !JSON.stringify(JSON.parse(text)).includes('null');
        } catch {
          valid = false;
        }
        expect(read(`set k ${text}`).ok).toBe(valid);
      }),
      {numRuns: runs(3000)},
    );
  });

  test('64 levels are accepted, and the 65th is refused at its bracket', () => {
    expect(read(`set k ${'['.repeat(64)}${']'.repeat(64)}`).ok).toBe(true);
    expect(refused(`set k ${'['.repeat(100_000)}`)).toMatchObject({
      caret: 6 + 64,
      message: expect.stringContaining('64 levels'),
    });
  });

  test('a value of 1 MiB is accepted, and one byte more is refused, in any notation', () => {
    const most = 1024 * 1024 - 2;
    expect(read(`set k ${'x'.repeat(most)}`).ok).toBe(true);
    expect(read(`set k ${'|x'.repeat(most / 2)}`).ok).toBe(true);
    expect(read(`set k "${'x'.repeat(most)}"`).ok).toBe(true);
    expect(refused(`set k ${'x'.repeat(most + 1)}`)).toMatchObject({
      caret: 6,
      message: expect.stringContaining('1048577 bytes'),
    });
  });
});

describe('keys', () => {
  test('1024 bytes are accepted, and one more is refused', () => {
    expect(read(`get ${'é'.repeat(512)}`).ok).toBe(true);
    expect(refused(`get ${'é'.repeat(512)}x`)).toMatchObject({
      caret: 4,
      message: expect.stringContaining('1025 bytes'),
    });
  });

  test('a quoted key may contain any character, but must not be empty', () => {
    expect(made('get "my key || @us"')).toMatchObject({key: 'my key || @us'});
    expect(refused('get ""')).toMatchObject({caret: 4, message: 'a key cannot be empty'});
  });
});

describe('names', () => {
  test.each([
    ['kil us', 0, 'no command "kil"; did you mean kill?'],
    ['  :kil us', 3, 'no command "kil"; did you mean kill?'],
    ['xyzzy', 0, 'no command "xyzzy"'],
    ['kill ua', 5, 'no leader "ua"; did you mean us?'],
    ['kill us ua', 8, 'no leader "ua"; did you mean us?'],
    ['kill us us', 8, 'us is named twice'],
    ['set a 1 @us,ua', 12, 'no leader "ua"; did you mean us?'],
    ['set a 1 @', 9, 'expected a leader'],
    ['set a 1 us', 8, '"us" was not expected; did you mean @us?'],
    ['set a @us', 6, 'expected a value before the leaders'],
    ['cut us-ua', 7, 'no leader "ua"; did you mean us?'],
    ['cut us-us', 7, 'a link connects two different leaders, and this is us twice'],
    ['cut xx', 4, 'expected a link, not "xx"'],
    ['topology rong', 9, 'no topology "rong"; did you mean ring?'],
    ['resolver sibling', 9, 'no resolver "sibling"; did you mean siblings?'],
    ['link us-eu latancy 5ms', 11, 'a link has no "latancy"; did you mean latency?'],
    ['link us-eu latency 5x', 20, 'expected a unit after 5: ms, s or m'],
    ['link us-eu latency 5s latency 6s', 22, 'latency is given twice'],
    ['sleep 61m', 6, '61m is too long; at most 60m'],
    ['expect gte a = 1', 7, 'no check "gte"; did you mean get?'],
    ['expect get a 1', 13, 'expected =, not "1"'],
    ['expect conflicts a', 18, 'expected one of = != < <= > >='],
    ['explain 0', 8, 'expected the number of a conflict, not "0"'],
    ['incr n two', 7, 'expected a whole number, not "two"'],
    ['partition us eu', 15, 'separate the two sides with /; use: partition us / eu, or partition us eu / ap'],
    ['partition us / us', 15, 'us is named twice'],
    ['partition / us', 10, 'expected a leader before /'],
    ['partition us /', 14, 'expected a leader after /'],
    ['log ua title', 4, 'no leader "ua"; did you mean us?'],
    ['help kil', 5, 'no command "kil"; did you mean kill?'],
    ['clock us +5', 11, 'expected a unit after 5: ms, s or m'],
    ['clock us +61m', 10, '61m is too long; at most 60m'],
    ['clock us drift 5', 16, 'expected a unit after 5: ppm'],
    ['clock us drift 1000000ppm', 15, 'a drift is from -999999ppm to 999999ppm'],
    [
      'clock us rset',
      9,
      'expected an offset, such as +500ms, drift or reset, not "rset"; did you mean reset?',
    ],
    ['clock us', 8, 'expected an offset, such as +500ms, drift or reset'],
    ['clock ua +5s', 6, 'no leader "ua"; did you mean us?'],
    ['clock us reset now', 15, '"now" was not expected'],
    ['join eu', 5, 'eu is a leader already'],
    ['join Sa', 5, '"Sa" is not a name for a leader'],
    ['join all', 5, '"all" names every leader, so none can have that name'],
    ['join sa from sa', 13, 'no leader "sa"'],
    ['leave sa', 6, 'no leader "sa"'],
    ['skip ua', 5, 'no leader "ua"; did you mean us?'],
    ['link us-eu los 5%', 11, 'a link has no "los"; did you mean loss?'],
    ['link us-eu loss 5ms', 17, 'expected a unit after 5: %'],
    ['link us-eu loss 101%', 16, '101% is too much; a share is from 0% to 100%'],
    ['link us-eu bandwidth 100', 24, 'expected a unit after 100: b, kb or mb, each second'],
    ['link us-eu bandwidth 0kb', 21, 'a bandwidth is at least 1b'],
    ['link us-eu bandwidth 1001mb', 21, '1001mb is too much; at most 1000mb, or none'],
    ['link us-eu loss 5% clear', 19, 'clear cannot be combined with settings: it removes all of them'],
    ['topology star ua', 14, 'no leader "ua"; did you mean us?'],
    ['topology mesh eu', 14, '"eu" was not expected'],
    ['topology custom', 15, 'expected a link, such as us-eu (both directions) or us>eu'],
    ['topology custom us>eu, eu>ua', 26, 'no leader "ua"; did you mean us?'],
    ['resolver priority', 17, 'expected a leader: us, eu, ap'],
    [
      'resolver priority @us',
      18,
      'expected the order of the leaders, the highest first, before the leaders at which it is set',
    ],
    ['resolver priority ap ap', 21, 'ap is named twice'],
    ['resolver custom', 15, 'expected a file, such as ./merge.mjs'],
    ['resolver lww eu', 13, '"eu" was not expected; did you mean @eu?'],
    ['loopguard offn', 10, 'no setting "offn"; did you mean off?'],
    ['delivery causl', 9, 'no delivery "causl"; did you mean causal?'],
    ['ack quorm', 4, 'no acknowledgement "quorm"; did you mean quorum?'],
    ['load 500/s', 10, 'for how long? as in: load 500/s for 10s'],
    ['load 500/s for', 14, 'for how long? as in: load 500/s for 10s'],
    ['load 500/s &', 11, 'for how long? as in: load 500/s for 10s'],
    ['load 500/m for 5s', 8, 'expected /s after 500'],
    ['load 0.5/s for 5s', 5, 'expected a number of writes per second, such as 500/s, not "0.5/s"'],
    ['load 20001/s for 5s', 5, '20001 is too many; at most 20,000'],
    ['load 0/s for 5s', 5, 'expected a number of writes per second, such as 500/s, not "0"'],
    ['load 5/s for 61m', 13, '61m is too long; at most 60m'],
    ['load 5/s for 0s', 13, 'a load must last longer than 0'],
    ['load 5/s for 5s keys=1000001', 21, '1000001 is too many; at most 1,000,000'],
    ['load 5/s for 5s kys=5', 16, 'a load has no "kys"; did you mean keys?'],
    ['load 5/s for 5s keys=5 keys=6', 23, 'keys is given twice'],
    ['load 5/s for 5s mix=set:8,inc:2', 26, 'no kind of write "inc"; did you mean incr?'],
    ['load 5/s for 5s mix=set:8,incr:x', 31, 'expected a weight, such as 8, not "x"'],
    ['load 5/s for 5s @us @eu', 20, 'leaders are named twice'],
    ['load 5/s for 5s & @us', 18, '"@us" was not expected'],
    ['wait lod', 5, 'expected converged or load, not "lod"; did you mean load?'],
    ['diff us', 7, 'expected another leader beside us'],
    ['conflicts kind=set/dle', 19, 'no kind of write "dle"; did you mean del?'],
    ['conflicts leader=ua', 17, 'no leader "ua"; did you mean us?'],
    ['conflicts relation=reverse', 19, 'no relation "reverse"; did you mean reversed?'],
    ['conflicts knd=set', 10, 'no filter "knd"; did you mean kind?'],
    ['conflicts --cvs', 10, 'no format "--cvs"; did you mean --csv?'],
    ['conflicts --csv --jsonl', 16, 'the format is given twice'],
    ['conflicts a b', 12, 'a key is given twice'],
    ['expect lag p90 < 1s', 11, 'no percentile "p90"; did you mean p50?'],
    ['expect messages-per-op < x', 25, 'expected a number, such as 2.5, not "x"'],
    ['set title', 9, 'expected a value'],
    ['', 0, 'expected a command'],
    ['state now', 6, '"now" was not expected'],
    ['get a # why', 6, 'a comment must be on a line of its own'],
  ])('%s is refused at column %i: %s', (text, caret, message) =>
    expect(refused(text)).toMatchObject({caret, message}),
  );

  test('the hint names the present leaders', () =>
    expect(refused('kill ua').hint).toBe('there are us, eu, ap'));
  test('the hint for a missing argument is the usage', () =>
    expect(refused('set title').hint).toBe('usage: set KEY VALUE [@LEADERS] [if KEY = VALUE|absent]'));
  test('a command may be written in capitals', () => expect(made('SET a 1')).toEqual(made('set a 1')));
  test('q and exit are quit', () => expect([made('q'), made('exit')]).toEqual([made('quit'), made('quit')]));
});

describe('lists', () => {
  test('leaders and links are separated by spaces, by commas or by both', () => {
    expect(made('kill us,eu')).toEqual(made('kill us eu'));
    expect(made('kill us, eu')).toEqual(made('kill us eu'));
    expect(made('cut us-eu,us>ap')).toEqual(made('cut us-eu us>ap'));
    expect(made('partition us,eu/ap')).toEqual(made('partition us eu / ap'));
  });

  test('a comparison needs no spaces', () => {
    expect(made('expect conflicts >=1')).toEqual(made('expect conflicts >= 1'));
    expect(made('expect get a ={"b": 1}')).toEqual(made('expect get a = {"b":1}'));
  });

  test('log takes a leader with or without @, and takes another word as the key', () => {
    expect(made('log us')).toEqual(made('log @us'));
    expect(made('log title')).toEqual({type: 'log', at: {type: 'focused'}, key: 'title'});
    expect(made('log us title')).toMatchObject({key: 'title', at: {leaders: ['us']}});
  });
});

describe('a transaction', () => {
  const txn = (...writes: unknown[]) => ({type: 'txn', writes, at: {type: 'leaders', leaders: ['us', 'eu']}});
  const a = {key: 'a', intent: {type: 'set', value: [1, 2]}};

  test.each([
    'txn set a [1, 2], incr n @us,eu',
    'txn set a [1,2],incr n @us,eu',
    'txn SET a [1,2] , incr n 1 @us,eu',
  ])('%s is split at the comma between its writes', text =>
    expect(made(text)).toEqual(txn(a, {key: 'n', intent: {type: 'incr', by: 1}})),
  );

  test('is not split at a comma in JSON, in quotes or among the leaders', () => {
    expect(made('txn set a {"b": [1, 2], "c": "x,y"} @us,eu')).toEqual(
      txn({key: 'a', intent: {type: 'set', value: {b: [1, 2], c: 'x,y'}}}),
    );
    expect(made(`txn hset "a,b" 'c,d' "e,f", del g @us,eu`)).toEqual(
      txn(
        {key: 'a,b', intent: {type: 'hset', field: 'c,d', value: 'e,f'}},
        {key: 'g', intent: {type: 'del'}},
      ),
    );
  });

  test('a comma outside a transaction is like any other character', () =>
    expect(made('set a x,y')).toMatchObject({intent: {value: 'x,y'}}));

  test.each([
    ['txn', 3, 'expected a write: set, del, incr, sadd, srem, hset'],
    ['txn set a 1,', 12, 'expected a write: set, del, incr, sadd, srem, hset'],
    ['txn set a 1,, set b 2', 12, 'expected a write: set, del, incr, sadd, srem, hset'],
    ['txn sett a 1', 4, 'no kind of write "sett"; did you mean set?'],
    ['txn set a, set b 1', 9, 'expected a value'],
    ['txn set a 1, del "a"', 17, '"a" is written twice'],
    ['txn set a 1 @us, set b 2', 12, 'name the leaders at the end of the transaction'],
    ['txn set a 1 if a = 2', 12, 'only set takes an if, and only one'],
    ['txn set a "x"y, del b', 13, 'expected a space after the closing quote'],
  ])('%s is refused at column %i: %s', (text, caret, message) =>
    expect(refused(text)).toMatchObject({caret, message}),
  );

  test('with more writes than a leader accepts at once is refused at the first extra write', () => {
    const writes = Array.from({length: 1024}, (_, i) => `del k${i}`).join(', ');
    expect(read(`txn ${writes}`).ok).toBe(true);
    expect(refused(`txn ${writes}, del z`)).toMatchObject({
      caret: writes.length + 6,
      message: 'a transaction has at most 1024 writes',
    });
  });
});

describe('a guard', () => {
  const guarded = {
    type: 'write',
    key: 'a',
    at: {type: 'leaders', leaders: ['us']},
    guard: {key: 'b', expected: {value: 2}},
  };
  test.each(['set a 1 @us if b = 2', 'set a 1 if b = 2 @us', 'set a 1 if b=2 @us', 'set a 1 @us if b =2'])(
    '%s',
    text => expect(made(text)).toMatchObject(guarded),
  );

  test('may say that the key is absent', () =>
    expect(made('set a 1 if "b=c" = absent')).toMatchObject({guard: {key: 'b=c', expected: {absent: true}}}));
  test('is not part of a value', () => expect(made('set a if')).toMatchObject({intent: {value: 'if'}}));

  test.each([
    ['set a 1 if', 10, 'expected a key'],
    ['set a 1 if b', 12, 'expected ='],
    ['set a 1 if b 2', 13, 'expected =, not "2"'],
    ['set a 1 if b = 2 if c = 3', 17, 'only set takes an if, and only one'],
    ['set a 1 @us if b = 2 @eu', 21, '"@eu" was not expected'],
    ['del a if b = 2', 6, 'only set takes an if, and only one'],
    ['get a if b = 2', 6, 'only set takes an if, and only one'],
  ])('%s is refused at column %i: %s', (text, caret, message) =>
    expect(refused(text)).toMatchObject({caret, message}),
  );
});

describe('settings, members and loads', () => {
  test.each([
    ['clock us eu +1s', {type: 'clock', leaders: ['us', 'eu'], change: {offsetMs: 1000}}],
    ['clock us,eu 1s', {type: 'clock', leaders: ['us', 'eu'], change: {offsetMs: 1000}}],
    ['clock us -1.5s', {type: 'clock', leaders: ['us'], change: {offsetMs: -1500}}],
    ['clock us -0ms', {type: 'clock', leaders: ['us'], change: {offsetMs: 0}}],
    ['clock us drift -1000ppm', {type: 'clock', leaders: ['us'], change: {driftPpm: -1000}}],
    ['clock us reset', {type: 'clock', leaders: ['us'], change: 'reset'}],
    ['join sa', {type: 'join', leader: 'sa', from: undefined}],
    ['skip', {type: 'skip', origin: undefined, at: {type: 'focused'}}],
    ['skip eu @us', {type: 'skip', origin: 'eu', at: {type: 'leaders', leaders: ['us']}}],
    [
      'link us>eu reorder 5% loss 0.5% bandwidth 1.5MB/s',
      {change: {reorderShare: 0.05, lossShare: 0.005, bandwidthBytesPerS: 1_500_000}},
    ],
    ['link us>eu bandwidth 100kB/s dup 100%', {change: {dupShare: 1, bandwidthBytesPerS: 100_000}}],
    ['link us>eu bandwidth none', {change: {bandwidthBytesPerS: 0}}],
    ['link us>eu bandwidth 512b', {change: {bandwidthBytesPerS: 512}}],
    ['topology star', {topology: {name: 'star'}}],
    ['topology star eu', {topology: {name: 'star', hub: 'eu'}}],
    ['resolver halt', {resolver: {name: 'halt'}, at: 'cluster'}],
    ['resolver halt @all', {resolver: {name: 'halt'}, at: 'cluster'}],
    ['resolver priority ap, us @eu', {resolver: {name: 'priority', order: ['ap', 'us']}, at: ['eu']}],
    ['resolver custom ./merge.mjs @eu', {resolver: {name: 'custom', file: './merge.mjs'}, at: ['eu']}],
    ['resolver custom "my own.mjs"', {resolver: {name: 'custom', file: 'my own.mjs'}}],
    ['loopguard off', {on: false}],
    [
      'load 500 for 1.5s',
      {
        type: 'load',
        perSecond: 500,
        forMs: 1500,
        keys: 20,
        mix: {set: 1},
        at: {type: 'focused'},
        background: false,
      },
    ],
    [
      'load 5/s for 1m @all mix=set:8,incr keys=3 &',
      {
        type: 'load',
        perSecond: 5,
        forMs: 60_000,
        keys: 3,
        mix: {set: 8, incr: 1},
        at: {type: 'all'},
        background: true,
      },
    ],
    ['wait load', {type: 'wait-load'}],
    ['diff us, eu', {type: 'diff', leaders: ['us', 'eu']}],
    ['conflicts --jsonl', {type: 'conflicts', filter: {}, format: 'jsonl'}],
    ['conflicts lost', {filter: {lost: true}, format: 'list'}],
    ['conflicts "lost"', {filter: {key: 'lost'}}],
    ['conflicts kind=del/set leader=us "a=b"', {filter: {kind: 'set/del', leader: 'us', key: 'a=b'}}],
    ['conflicts kind=incr', {filter: {kind: 'incr/incr'}}],
    ['expect lag p99 <200ms', {check: {type: 'lag', percentile: 'p99', compare: '<', ms: 200}}],
    ['expect messages-per-op >=1.5', {check: {type: 'messages-per-op', compare: '>=', count: 1.5}}],
    ['expect get a=1', {check: {type: 'get', key: 'a', expected: {value: 1}}}],
  ])('%s', (text, action) => expect(made(text)).toMatchObject(action));

  test('a custom topology takes its links in any list', () => {
    const custom = made('topology custom us>eu,eu-ap');
    expect(custom).toMatchObject({
      topology: {
        name: 'custom',
        links: [
          {a: 'us', b: 'eu', both: false},
          {a: 'eu', b: 'ap', both: true},
        ],
      },
    });
    expect(made('topology custom us>eu, eu-ap')).toEqual(custom);
    expect(made('topology custom us>eu eu-ap')).toEqual(custom);
  });

  test('at least two leaders must remain, and at most 32 are possible', () => {
    const [us, eu] = LEADERS;
    const two = parse('leave us', {leaders: [us, eu].filter(id => id !== undefined)});
    expect(two).toMatchObject({
      ok: false,
      caret: 6,
      failure: {message: 'us cannot leave: at least two leaders have to remain'},
    });
    const many = Array.from({length: 32}, (_, i) => leaderId(`l${i}`));
    expect(parse('join us', {leaders: many})).toMatchObject({ok: false, caret: 5});
    expect(parse('join us', {leaders: many.slice(1)})).toMatchObject({ok: true});
  });

  test('people can read the inverses of settings and faults that undo makes', () => {
    const restored = showAction({
      type: 'restore-resolvers',
      resolver: {name: 'lww'},
      exceptions: {[leaderId('eu')]: {name: 'custom', file: '/somewhere/merge.mjs'}},
    });
    expect(restored).toBe('resolver lww, custom merge.mjs @eu');
  });
});

describe('concurrent writes', () => {
  test('may be transactions', () => {
    expect(made('txn set a 1, set b 1 @us || txn set a 2, set b 2 @eu || del a @ap')).toMatchObject({
      type: 'concurrently',
      writes: [{type: 'txn'}, {type: 'txn'}, {type: 'write'}],
    });
    expect(refused('txn set a 1, set b 1 @us || set a 2 @us')).toMatchObject({caret: 28});
  });

  test('are separated by || with or without space', () => {
    expect(made('set a 1 @us||set a 2 @eu')).toEqual(made('set a 1 @us || set a 2 @eu'));
  });

  test.each([
    ['set a 1 @us || set a 2 @us', 15, 'a second write at us'],
    ['set a 1 @us || set a 2 @ap,us', 15, 'a second write at us'],
    ['set a 1 || set a 2', 11, 'a second write at the focused leader'],
    ['set a 1 @all || set a 2 @us', 16, 'a second write at us'],
    ['set a 1 @us || get a', 15, 'only writes can be concurrent'],
    ['kill us || set a 1', 0, 'only writes can be concurrent'],
    ['set t a||b', 9, 'no command "b"'],
    ['set a 1 @us ||', 14, 'expected a command'],
    ['|| set a 1', 0, 'expected a command'],
  ])('%s is refused at column %i: %s', (text, caret, message) => {
    expect(refused(text)).toMatchObject({caret, message: expect.stringContaining(message)});
  });

  test('may leave out one leader, because the session knows the focused one', () => {
    expect(made('set a 1 || set a 2 @eu')).toMatchObject({
      type: 'concurrently',
      writes: [{at: {type: 'focused'}}, {at: {leaders: ['eu']}}],
    });
  });
});
