import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {CommandContext} from '../../src/command/index.ts';
import {CHECKS, COMMANDS, parse, showAction} from '../../src/command/index.ts';
import {actions, LEADERS} from '../support/actions.ts';

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

  test('the parser answers, and its caret is within the text', () => {
    fc.assert(
      fc.property(texts, text => {
        const parsed = read(text);
        if (parsed.ok) return;
        expect(parsed.failure.code).toBe('syntax');
        expect(parsed.caret).toBeGreaterThanOrEqual(0);
        expect(parsed.caret).toBeLessThanOrEqual(text.length);
      }),
      {numRuns: 3000},
    );
  });

  test('what it accepts is shown as a text that reads back the same', () => {
    fc.assert(
      fc.property(texts, text => {
        const parsed = read(text);
        if (parsed.ok) expect(made(showAction(parsed.value))).toEqual(parsed.value);
      }),
      {numRuns: 2000},
    );
  });
});

test('every action is shown as a text that reads back as that action', () => {
  fc.assert(
    fc.property(actions, action => {
      expect(made(showAction(action))).toEqual(action);
    }),
    {numRuns: 2000},
  );
});

describe('every example', () => {
  for (const {name, examples, makes} of COMMANDS) {
    test(`of ${name} reads as ${name}`, () => {
      for (const example of examples) {
        const action = made(example);
        expect([makes, 'concurrently']).toContain(action.type);
        expect(example).toMatch(new RegExp(`^${name}\\b`));
      }
    });
  }
  for (const {name, examples} of CHECKS) {
    test(`of expect ${name} reads as a check of ${name}`, () => {
      for (const example of examples) expect(made(example)).toMatchObject({type: 'expect', check: {type: name}});
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
  ])('%s is read as %j', (text, value) => expect(stored(text)).toEqual(value));

  test('a field named __proto__ is a field like any other', () =>
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
  ])('%s is refused at column %i: %s', (text, caret, message) => expect(refused(text)).toMatchObject({caret, message}));

  test('a JSON value is refused exactly where JSON.parse refuses it, and only then', () => {
    const bits = fc.array(
      fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', '-', '0', '.5', 'e3', 'true', 'nul', ' ', '"', '\\', 'x'),
      {maxLength: 10},
    );
    fc.assert(
      fc.property(bits, parts => {
        const text = `[${parts.join('')}]`;
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(read(`set k ${text}`).ok).toBe(valid);
      }),
      {numRuns: 3000},
    );
  });

  test('64 levels are kept and the 65th is refused at its bracket', () => {
    expect(read(`set k ${'['.repeat(64)}${']'.repeat(64)}`).ok).toBe(true);
    expect(refused(`set k ${'['.repeat(100_000)}`)).toMatchObject({caret: 6 + 64, message: expect.stringContaining('64 levels')});
  });

  test('a value of 1 MiB is kept and one byte more is refused, however it is written', () => {
    const most = 1024 * 1024 - 2;
    expect(read(`set k ${'x'.repeat(most)}`).ok).toBe(true);
    expect(read(`set k ${'|x'.repeat(most / 2)}`).ok).toBe(true);
    expect(read(`set k "${'x'.repeat(most)}"`).ok).toBe(true);
    expect(refused(`set k ${'x'.repeat(most + 1)}`)).toMatchObject({caret: 6, message: expect.stringContaining('1048577 bytes')});
  });
});

describe('keys', () => {
  test('1024 bytes are kept, one more is refused', () => {
    expect(read(`get ${'é'.repeat(512)}`).ok).toBe(true);
    expect(refused(`get ${'é'.repeat(512)}x`)).toMatchObject({caret: 4, message: expect.stringContaining('1025 bytes')});
  });

  test('a quoted key may hold anything, but not nothing', () => {
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
    ['set a 1 us', 8, '"us" is more than was expected; did you mean @us?'],
    ['set a @us', 6, 'expected a value before the leaders'],
    ['cut us-ua', 7, 'no leader "ua"; did you mean us?'],
    ['cut us-us', 7, 'a link joins two leaders, and this is us twice'],
    ['cut us', 4, 'expected a link, not "us"'],
    ['topology rong', 9, 'no topology "rong"; did you mean ring?'],
    ['resolver sibling', 9, 'no resolver "sibling"; did you mean siblings?'],
    ['link us-eu latancy 5ms', 11, 'a link has no "latancy"; did you mean latency?'],
    ['link us-eu latency 5', 20, 'expected a unit after 5: ms, s or m'],
    ['link us-eu latency 5s latency 6s', 22, 'latency is given twice'],
    ['sleep 61m', 6, '61m is too long; at most 60m'],
    ['expect gte a = 1', 7, 'no check "gte"; did you mean get?'],
    ['expect get a 1', 13, 'expected =, not "1"'],
    ['expect conflicts a', 18, 'expected one of = != < <= > >='],
    ['explain 0', 8, 'expected the number of a conflict, not "0"'],
    ['incr n two', 7, 'expected a whole number, not "two"'],
    ['partition us eu', 15, 'expected / and the leaders on the other side'],
    ['partition us / us', 15, 'us is named twice'],
    ['partition / us', 10, 'expected a leader before /'],
    ['partition us /', 14, 'expected a leader after /'],
    ['log ua title', 4, 'no leader "ua"; did you mean us?'],
    ['help kil', 5, 'no command "kil"; did you mean kill?'],
    ['set title', 9, 'expected a value'],
    ['', 0, 'expected a command'],
    ['state now', 6, '"now" is more than was expected'],
    ['get a # why', 6, 'a comment stands on a line of its own'],
  ])('%s is refused at column %i: %s', (text, caret, message) => expect(refused(text)).toMatchObject({caret, message}));

  test('the leaders that there are stand in the hint', () => expect(refused('kill ua').hint).toBe('there are us, eu, ap'));
  test('what is missing is hinted at with the usage', () => expect(refused('set title').hint).toBe('usage: set KEY VALUE [@LEADERS]'));
  test('a command may be written in capitals', () => expect(made('SET a 1')).toEqual(made('set a 1')));
  test('q and exit are quit', () => expect([made('q'), made('exit')]).toEqual([made('quit'), made('quit')]));
});

describe('lists', () => {
  test('leaders and links are separated by space, by commas or by both', () => {
    expect(made('kill us,eu')).toEqual(made('kill us eu'));
    expect(made('kill us, eu')).toEqual(made('kill us eu'));
    expect(made('cut us-eu,us>ap')).toEqual(made('cut us-eu us>ap'));
    expect(made('partition us,eu/ap')).toEqual(made('partition us eu / ap'));
  });

  test('a comparison needs no space', () => {
    expect(made('expect conflicts >=1')).toEqual(made('expect conflicts >= 1'));
    expect(made('expect get a ={"b": 1}')).toEqual(made('expect get a = {"b":1}'));
  });

  test('log takes a leader with or without its @, and what is no leader for the key', () => {
    expect(made('log us')).toEqual(made('log @us'));
    expect(made('log title')).toEqual({type: 'log', at: {type: 'focused'}, key: 'title'});
    expect(made('log us title')).toMatchObject({key: 'title', at: {leaders: ['us']}});
  });
});

describe('concurrent writes', () => {
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

  test('may leave out one leader: the session knows the focused one', () => {
    expect(made('set a 1 || set a 2 @eu')).toMatchObject({
      type: 'concurrently',
      writes: [{at: {type: 'focused'}}, {at: {leaders: ['eu']}}],
    });
  });
});
