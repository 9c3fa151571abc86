/**
 * Several commands in one text.
 */
import {expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {parse} from '../../src/command/parse.ts';
import {commandsIn} from '../../src/command/split-lines.ts';
import {inTime} from '../support/in-time.ts';
import {runs} from '../support/runs.ts';

test('any line end ends a command, and empty lines and comments are not commands', () => {
  expect(commandsIn('set a 1\r\nset b 2\rset c 3\n\n  # "a comment\n get a \n')).toEqual([
    'set a 1',
    'set b 2',
    'set c 3',
    'get a',
  ]);
  expect(commandsIn('\n \n# only this')).toEqual([]);
});

test('a line break inside quotes belongs to its command', () => {
  expect(commandsIn('set a "x\ny" @us\nget a')).toEqual(['set a "x\\ny" @us', 'get a']);
  expect(commandsIn('set a \'x\ny\' @us || set b "\n"')).toEqual(['set a \'x\ny\' @us || set b "\\n"']);
  expect(commandsIn('set a "say \\"\n\\"" @us')).toEqual(['set a "say \\"\\n\\"" @us']);
  for (const command of commandsIn('set a "x\ny" @us\nset a \'x\ny\' @us'))
    expect(parse(command, {leaders: [leaderId('us')]}).ok, command).toBe(true);
});

test('a line break inside a JSON value belongs to its command, too', () => {
  const [command = '', ...more] = commandsIn('set a {\n  "b": [1,\n 2],\n "c": "d\ne}"\n} @us\nget a');
  expect(more).toEqual(['get a']);
  const parsed = parse(command, {leaders: [leaderId('us')]});
  expect(parsed).toMatchObject({ok: true, value: {type: 'write'}});
  expect(JSON.stringify(parsed)).toContain('"d\\ne}"');
});

test('a quote that is never closed or that is inside a word does not change where a line ends', () => {
  expect(commandsIn('set a "x\nget a')).toEqual(['set a "x', 'get a']);
  expect(commandsIn("set a it's\nset b it's")).toEqual(["set a it's", "set b it's"]);
  expect(commandsIn('set a {"b"\nget a')).toEqual(['set a {"b"', 'get a']);
});

test('a quote that is closed after other quotes that are not does not change it either', () => {
  expect(commandsIn('set a [ [1,\n2]\nget a')).toEqual(['set a [ [1, 2]', 'get a']);
  expect(commandsIn('set a ["b [c"\nget a')).toEqual(['set a ["b [c"', 'get a']);
  expect(commandsIn('[ \\" [ \\" x"\nget a')).toEqual(['[ \\" [ \\" x"', 'get a']);
});

test.each(['[ ', '{"a":', '"', ' "\\', "'", " '", '[ \\"', ' ', 'a', ';', ',', '# '])(
  'a MiB of %j is read once',
  part => {
    const text = part.repeat(Math.ceil(runs(1_048_576) / part.length));
    for (const lines of [text, `${text}"`, `get a\n${text}\nget b`])
      expect(inTime(() => commandsIn(lines)).length).toBeLessThanOrEqual(3);
  },
);
