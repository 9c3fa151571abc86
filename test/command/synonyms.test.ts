/**
 * What people type who know other systems: one row a line, with the command that it is carried out as, or the
 * answer.
 */
import {describe, expect, test} from 'vitest';
import {linkId} from '../../src/base/ids.ts';
import {COMMANDS, type CommandContext, parse, showAction} from '../../src/command/index.ts';
import {LINES, SYNONYMS} from '../../src/command/table/synonyms/all-synonyms.ts';
import {AP, EU, LEADERS, US} from '../support/actions.ts';

const CONTEXT: CommandContext = {leaders: LEADERS};

/** `= kill us` where the line is carried out so, and else what is said about it. */
function answerTo(line: string, context = CONTEXT): string {
  const parsed = parse(line, context);
  return parsed.ok ? `= ${parsed.inOurWords ?? showAction(parsed.value)}` : parsed.failure.message;
}

const says = (rows: readonly (readonly [string, string])[]): void => {
  test.each(rows)('%s → %s', (line, answer) => expect(answerTo(line)).toBe(answer));
};

describe('words of other systems', () => {
  says([
    ['crash us', '= kill us'],
    ['start us', '= restart us'],
    ['delete title @us', '= del title @us'],
    ['delete a b', '= txn del a, del b'],
    ['decr n @us', '= incr n -1 @us'],
    ['decr n 5', '= incr n -5'],
    ['decrby n -5', '= incr n 5'],
    ['incrby n 5 @us', '= incr n 5 @us'],
    ['put title A', 'no command "put"; use: set title A'],
    ['put title = A @us', 'no command "put"; use: set title A @us'],
    ['put', 'no command "put"; use: set KEY VALUE [@LEADERS] [if KEY = VALUE|absent]'],
    ['put cart {"milk": [1, 2]} @us', 'no command "put"; use: set cart {"milk":[1,2]} @us'],
    ['mget a b @us', 'get reads one key; use: get a @us, then get b @us'],
    ['mset a 1 b "x, y" @us', '= txn set a 1, set b "x, y" @us'],
    ['mset a x,y b 2', '= txn set a "x,y", set b 2'],
    ['exists title', '= get title'],
    ['smembers cart @us', '= get cart @us'],
    ['HGETALL user', '= get user'],
    ['hget user name', 'get shows the whole value; use: get user'],
    ['setnx seat Ada @us', '= set seat Ada @us if seat = absent'],
    ['status', '= state'],
    ['info', '= state'],
    ['nodes', '= state'],
    ['isolate us', '= partition us / eu ap'],
    ['isolate us eu', '= partition us eu / ap'],
    ['disconnect us eu', '= cut us-eu'],
    ['disconnect us', '= cut us-eu us-ap'],
    ['connect us eu', '= heal us-eu'],
    ['connect us->eu', '= heal us>eu'],
    ['latency us eu 100', '= link us-eu latency 100ms'],
    ['latency us>eu 1s', '= link us>eu latency 1s'],
    ['latency 100', 'no command "latency"; use: link us-eu latency 100ms'],
    ['delay us-eu 50ms', '= link us-eu latency 50ms'],
    ['loss us eu 5', '= link us-eu loss 5%'],
    ['show conflicts', '= conflicts'],
    ['show conflicts title', '= conflicts title'],
    ['SHOW TABLES;', '= keys *'],
    ['show', '= state'],
    ['use us', '= focus us'],
    ['use @eu', '= focus eu'],
    [
      'history',
      'no command "history"; use: log us, for the operations at us; ↑ in the prompt brings back earlier ' +
        'commands',
    ],
    ['clear', 'the timeline scrolls by itself; use: heal, to clear the faults of all links'],
    ['\\q', '= quit'],
    [':q!', '= quit'],
    ['quit exit', '"exit" was not expected'],
    ['unpartition', '= heal'],
    [
      'stop us',
      'no command "stop"; use: kill us (a crash), pause us (it freezes) or leave us ' +
        '(it hands over its operations and ends)',
    ],
    ['ls', '= keys *'],
    ['cat title', '= get title'],
    ['select title', 'no command "select"; use: get title'],
    ["insert title 'A B' @us", 'no command "insert"; use: set title "A B" @us'],
    ['update items set stock = 5 where id = 1', 'no command "update"; use: set stock 5'],
    ['delete from cart', 'no command "delete"; use: del cart'],
    ['kubectl delete pod us', 'no command "kubectl"; use: kill us'],
    ['GET title', '= get title'],
    ['SET title A @US', '= set title A @us'],
    ['RESOLVER LWW', '= resolver lww'],
    ['lab 5', 'quit, then: leaderlab lab 5'],
    ['quiz', 'quit, then: leaderlab quiz'],
    ['fuzz --resolver lww', 'quit, then: leaderlab fuzz --resolver lww'],
    ['run x.lab', 'quit, then: leaderlab run x.lab'],
    ['doctor', 'quit, then: leaderlab doctor'],
    ['leaderlab lab 5', 'quit, then: leaderlab lab 5'],
    ['help put', '= help set'],
    ['help crash', '= help kill'],
    ['man cut', '= help cut'],
    ['crdt', 'no command "crdt"; use: resolver crdt'],
    ['ring', 'no command "ring"; use: topology ring'],
    ['topology full-mesh', '= topology mesh'],
    ['resolver last-write-wins @eu', '= resolver lww @eu'],
  ]);
});

describe('all', () => {
  const canSuffer = (fault: string, leader: string): boolean =>
    fault === 'kill' || fault === 'pause' ? leader !== 'us' : leader === 'us';
  test.each([
    ['kill all', '= kill eu ap'],
    ['pause everyone', '= pause eu ap'],
    ['resume all', '= resume us'],
    ['crash all', '= kill eu ap'],
    ['kill us eu ap', '= kill us eu ap'],
  ])('names the leaders that the fault can apply to: %s → %s', (line, answer) =>
    expect(answerTo(line, {...CONTEXT, canSuffer})).toBe(answer),
  );

  test('names every leader if the fault can apply to none, so the refusal says why', () => {
    expect(answerTo('kill all', {...CONTEXT, canSuffer: () => false})).toBe('= kill us eu ap');
  });
});

describe('other forms of a line', () => {
  says([
    ['@us set title A', '= set title A @us'],
    ['us: set title A', '= set title A @us'],
    ['us> set title A', '= set title A @us'],
    ['us,eu: set title A', '= set title A @us,eu'],
    ['@us', 'no command "@us"; use: focus us'],
    ['us: crash', '= kill us'],
    ['@us set a 1 || @eu set a 2', '= set a 1 @us || set a 2 @eu'],
    ['decr n @us || decr n @eu', '= incr n -1 @us || incr n -1 @eu'],
    ['put a 1 @us || set a 2 @eu', 'no command "put"; use: set a 1 @us || set a 2 @eu'],
    ['del a b', '= txn del a, del b'],
    ['del a, b @us', '= txn del a, del b @us'],
    ['sadd s a b c', 'sadd adds one element; use: sadd s a, then sadd s b, then sadd s c'],
    ['srem s a b @us', 'srem removes one element; use: srem s a @us, then srem s b @us'],
    ['hset user name Ada age 36', 'hset sets one field; use: hset user name Ada, then hset user age 36'],
    ['cut us eu', '= cut us-eu'],
    ['cut us->eu', '= cut us>eu'],
    ['cut us→eu', '= cut us>eu'],
    ['cut us <- eu', '= cut eu>us'],
    ['cut us<->eu', '= cut us-eu'],
    ['cut between us and eu', '= cut us-eu'],
    ['cut us–eu', '= cut us-eu'],
    ['cut us', '= cut us-eu us-ap'],
    ['CUT US-EU', '= cut us-eu'],
    ['cut us eu ap', 'a link needs two leaders; use: cut us-eu us-ap eu-ap'],
    ['hold us -> eu', '= hold us>eu'],
    ['heal us eu', '= heal us-eu'],
    ['heal all', '= heal'],
    ['link us eu latency 100', '= link us-eu latency 100ms'],
    ['link us->eu latency 100ms loss 5', '= link us>eu latency 100ms loss 5%'],
    ['link us eu clear', '= link us-eu clear'],
    ['deliver us -> eu', '= deliver us>eu'],
    ['kill all', '= kill us eu ap'],
    ['kill @us', '= kill us'],
    ['KILL US', '= kill us'],
    ['kill @us,eu', '= kill us eu'],
    ['restart everyone', '= restart us eu ap'],
    ['kill us and eu', '= kill us eu'],
    ['kill us-eu', 'kill is for leaders; use: cut us-eu'],
    ['clock @us +1s', '= clock us +1s'],
    ['clock all reset', '= clock us eu ap reset'],
    ['set t = A', '= set t A'],
    ['set t := "two words" @us', '= set t "two words" @us'],
    ['set t=A', '= set t A'],
    ['set t to A', '= set t A'],
    ['t = A', 'no command "t"; use: set t A'],
    ['set title two words', 'quote a text of several words; use: set title "two words"'],
    ['partition us | eu,ap', '= partition us / eu ap'],
    ['partition us || eu ap', '= partition us / eu ap'],
    ['partition us vs eu,ap', '= partition us / eu ap'],
    ['partition {us} {eu, ap}', '= partition us / eu ap'],
    ['partition [us] [eu ap]', '= partition us / eu ap'],
    ['partition us', '= partition us / eu ap'],
    ['partition us eu', 'separate the two sides with /; use: partition us / eu, or partition us eu / ap'],
    ['resolver', '= resolver'],
    ['topology', '= topology'],
    ['ack', '= ack'],
    ['sleep 5', '= sleep 5s'],
    ['wait 10', 'expected converged or load, not "10"; use: sleep 10s'],
    ['wait until converged', '= wait converged 10s'],
    ['set title A on us', '= set title A @us'],
    ['get title from us', '= get title @us'],
    ['get title us', '"us" was not expected; did you mean @us?'],
    ['ack=quorum', '= ack quorum'],
    ['forward: all', '= forward all'],
    ['latency=100', 'no command "latency=100"; use: link us-eu latency 100ms'],
    ['set foo bar NX', '= set foo bar if foo = absent'],
    ['set foo bar EX 10 @us', 'set has no option EX; use: set foo bar @us'],
    ['set t="A B"', 'put a space between key and value; use: set t "A B"'],
    ['txn set a 1; set b 2', '= txn set a 1, set b 2'],
    ['begin; set a 1; set b 2; commit;', 'no command "begin;"; use: txn set a 1, set b 2'],
    ['set a 1 and set b 2', 'type one command per line; use: set a 1, then set b 2'],
    ['kill us then restart us', 'type one command per line; use: kill us, then restart us'],
    ['cut us eu-ap', 'a link needs two leaders; use: cut eu-ap us-eu us-ap'],
    ['partition us-eu', 'no leader "us-eu"; use: cut us-eu'],
    ['kill “us”', '= kill us'],
    ['us eu', 'no command "us"'],
    ['expect title=A @us', 'no check "title=A"; use: expect get title @us = A'],
    ['custom ./m.mjs', 'no command "custom"; use: resolver custom ./m.mjs'],
    ['rm -rf title', 'no command "rm"; use: del title'],
    ['wait 5s', 'expected converged or load, not "5s"; use: sleep 5s'],
  ]);
});

describe('characters that are not in the grammar', () => {
  says([
    ['set title A;', '= set title A'],
    ['get title ;', '= get title'],
    ['set a 1; set b 2', 'type one command per line; use: set a 1, then set b 2'],
    ['kill us && restart us', 'type one command per line; use: kill us, then restart us'],
    ['set t “two words” @us', '= set t "two words" @us'],
    ['set t ‘A’', '= set t A'],
    ['set cart {“milk”: 2}', 'these are typographic quotes or dashes; use: set cart {"milk":2}'],
    ['ｓｅｔ title A', 'these are full-width characters; use: set title A'],
    ['set title A ＠us', 'these are full-width characters; use: set title A @us'],
    ['set title A --at us', 'commands take no flags; use: set title A @us'],
    ['get title --leader=eu', 'commands take no flags; use: get title @eu'],
    ['kill -9 us', 'commands take no flags; use: kill us'],
    ['state --json', 'commands take no flags; use: state'],
    ['cut --help', '= help cut'],
    ['$ set title A', '= set title A'],
    ['`set title A`', '= set title A'],
  ]);

  test('a semicolon and curly quotes are kept inside quotes', () => {
    expect(answerTo('set t "A;"')).toBe('= set t "A;"');
    expect(answerTo('set t "“A”"')).toBe('= set t "“A”"');
  });
  test('full-width characters of a text are kept', () => expect(answerTo('set t Ａ')).toBe('= set t "Ａ"'));
});

describe('the table', () => {
  test('contains no command or alias, unless the command itself was refused', () => {
    const rows = SYNONYMS.flatMap(row => row.names.map(name => ({name, row})));
    for (const {name} of rows) expect(name).toBe(name.toLowerCase());
    for (const alias of COMMANDS.flatMap(({aliases}) => aliases))
      expect(rows.map(({name}) => name)).not.toContain(alias);
  });

  test(
    'answers every single word with a line that fits the ' + 'screen, and never with another foreign word',
    () => {
      for (const name of SYNONYMS.flatMap(({names}) => names)) {
        const answer = answerTo(name);
        expect(answer, name).not.toContain('did you mean');
        expect(answer, name).not.toContain('\n');
        expect(answer.length, `${name}: ${answer}`).toBeLessThanOrEqual(160);
      }
    },
  );

  test('has only examples that are carried out as another line or answered with one line', () => {
    for (const example of [...SYNONYMS, ...LINES].flatMap(({examples}) => examples)) {
      const parsed = parse(example, CONTEXT);
      if (parsed.ok) expect(parsed.inOurWords, example).toBeDefined();
      else expect(parsed.failure.hint, example).toBeUndefined();
    }
  });

  test('every translated line is valid in the strict grammar and has the same meaning', () => {
    for (const example of [...SYNONYMS, ...LINES].flatMap(({examples}) => examples)) {
      const parsed = parse(example, CONTEXT);
      if (!parsed.ok || parsed.inOurWords === undefined) continue;
      expect(parse(parsed.inOurWords, CONTEXT)).toEqual({ok: true, value: parsed.value});
    }
  });
});

describe('no word of a translated line is ignored', () => {
  const accepted = [...SYNONYMS, ...LINES]
    .flatMap(({examples}) => examples)
    .filter(example => parse(example, CONTEXT).ok);

  test.each(accepted)('%s with a guard is refused or guarded', example => {
    const parsed = parse(`${example} if k = 1`, CONTEXT);
    const last =
      parsed.ok && parsed.value.type === 'concurrently'
        ? parsed.value.writes.at(-1)
        : parsed.ok && parsed.value;
    if (parsed.ok) expect(last).toMatchObject({type: 'write', guard: {key: 'k', expected: {value: 1}}});
    else
      expect(parsed.failure.message).not.toMatch(/; use: (?:set|txn|incr|del|sadd|srem|hset) (?!.*if k = 1)/);
  });

  test.each(accepted)('%s with one more word is refused, or the word is kept', example => {
    const parsed = parse(`${example} zzq`, CONTEXT);
    if (parsed.ok) expect(showAction(parsed.value)).toContain('zzq');
  });

  says([
    ['incr n by 2 if n = 5', 'only set takes an if, and only one'],
    ['setnx seat Ada @us if seat = Bob', 'only set takes an if, and only one'],
    ['setnx seat Ada EX 10', '"EX" was not expected'],
    ['mset a 1 b 2 if a = 1', 'a transaction takes no if: only set does; to store the word if, quote it'],
    ['mset a 1 if a = 1', '= set a 1 if a = 1'],
    ['mset a 1 "if" 2', '= txn set a 1, set if 2'],
    ['mset a=1 b=2 @us', '= txn set a 1, set b 2 @us'],
    ['mset a = 1 b = 2', '= txn set a 1, set b 2'],
    ['mset a=1', '= set a 1'],
    ['mset a x=1 b 2', '= txn set a "x=1", set b 2'],
    ['mset a=1 b', 'no command "mset"; use: txn set a 1, set b 2'],
    ['set a=1 b=2', 'set writes one key; use: txn set a 1, set b 2'],
    ['set a = 1 b = 2 @us', 'set writes one key; use: txn set a 1, set b 2 @us'],
    ['set a=1 if a = absent', '= set a 1 if a = absent'],
    ['set a to 1 if a = absent', '= set a 1 if a = absent'],
    ['incr n=5', '"n=5" contains =, so it cannot be a bare key'],
    ['del a=1', '"a=1" contains =, so it cannot be a bare key'],
    ['set "a=1" 2', '= set "a=1" 2'],
    [
      'cas seat Ada Bob if x = 1',
      'set takes only one if, and cas already means one; use: set seat Bob if seat = Ada',
    ],
    ['smembers cart if cart = 1', 'only set takes an if, and only one'],
    ['unpartition us eu', '= heal us-eu'],
    ['drop us', 'drop takes one direction of a link, such as us>eu; use: kill us, or cut us'],
    ['drop us-eu', 'us-eu means both directions'],
    ['lag us', 'lag shows every leader; use: lag'],
    [
      'decrby n 9007199254740993',
      '-9007199254740993 is too large: numbers are exact up to ±9007199254740991, in: incr n ' +
        '-9007199254740993',
    ],
    ['incr n -5 5', '"5" was not expected'],
    ['update title set A', 'no command "update"; use: set title A'],
    ['set us title A', 'us is a leader, and leaders come last; use: set title A @us'],
    ['show links', 'the screen shows every link; use: topology, which shows who is linked with whom'],
  ]);
});

test('if the links are known, a leader stands for its links', () => {
  const links = [linkId(US, EU), linkId(EU, AP), linkId(AP, EU)];
  expect(answerTo('cut eu', {leaders: LEADERS, links})).toBe('= cut eu-us eu-ap');
  expect(answerTo('cut us', {leaders: LEADERS, links})).toBe('= cut us-eu');
  expect(answerTo('cut us', {leaders: LEADERS, links: []})).toMatch(/^this topology has no link of us/);
});

test('an error in a translated line is marked at its place', () => {
  expect(parse('crash ua', CONTEXT)).toMatchObject({
    ok: false,
    caret: 6,
    failure: {message: 'no leader "ua"; did you mean us?'},
  });
  expect(parse('us: set title', CONTEXT)).toMatchObject({
    ok: false,
    caret: 0,
    failure: {message: 'expected a value before the leaders, in: set title @us'},
  });
});

test.each([
  ['put', undefined],
  ['xyzzy', undefined],
  ['kil', 'kill'],
  ['gte', 'get'],
  ['cnoflicts', 'conflicts'],
  ['bet', undefined],
  ['c', undefined],
])('the suggestion for %s is %s', (line, nearest) => {
  const answer = answerTo(`${line} a`);
  if (nearest === undefined) expect(answer).not.toContain('did you mean');
  else expect(answer).toContain(`did you mean ${nearest}?`);
});
