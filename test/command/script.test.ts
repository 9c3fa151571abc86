import {expect, test} from 'vitest';
import {readScript, showScriptErrors} from '../../src/command/script.ts';
import {LEADERS} from '../support/actions.ts';

const read = (source: string) => readScript(source, {leaders: LEADERS});

test('comments and blank lines are skipped, and lines keep their numbers', () => {
  const script = read('\ufeff# a comment\r\n\r\n  get title\r\n   # another\n\nstate');
  expect(script.ok && script.commands.map(({line, text}) => [line, text])).toEqual([
    [3, 'get title'],
    [6, 'state'],
  ]);
});

test('every invalid line is reported with file, line, column, caret and what was expected', () => {
  const script = read('kil us\nget title\n  set a 1 @ua\n');
  if (script.ok) throw new Error('it was accepted');
  expect(showScriptErrors('demo.txt', script.errors)).toEqual([
    'demo.txt:1:1: no command "kil"; did you mean kill?',
    '  kil us',
    '  ^ help lists the commands',
    'demo.txt:3:12: no leader "ua"; did you mean us?',
    '    set a 1 @ua',
    '             ^ there are us, eu, ap',
  ]);
});

test(
  'lines after a join can name the new leader; lines ' + 'after a leave cannot, until undo brings it back',
  () => {
    expect(read('join sa\nset a 1 @sa\nleave ap\nkill us\nundo\nundo\nkill ap\n').ok).toBe(true);
    expect(read('leave ap\njoin ap\nundo\nkill ap\n').ok).toBe(true);
    const script = read('leave ap\nkill us\nundo\nget a @ap\nset a 1 @sa\njoin sa\n');
    if (script.ok) throw new Error('it was accepted');
    expect(script.errors.map(({line, failure}) => [line, failure.message])).toEqual([
      [4, 'no leader "ap"'],
      [5, 'no leader "sa"'],
    ]);
  },
);

test('a file that is not a command file is not listed line by line, and cannot control the terminal', () => {
  const script = read('\u001b[2J\n'.repeat(1000));
  if (script.ok) throw new Error('it was accepted');
  const shown = showScriptErrors('x\u001b', script.errors);
  expect(shown.length).toBeLessThan(100);
  expect(shown.at(-1)).toContain('and 980 more lines');
  expect(shown.join('')).not.toContain('\u001b');
});

test('a file with too many lines is refused before its first line is read', () => {
  expect(read('set a 1 @us\n'.repeat(1000)).ok).toBe(true);
  const script = read('nonsense\n'.repeat(1_000_000));
  if (script.ok) throw new Error('it was accepted');
  expect(showScriptErrors('long.lab', script.errors)).toEqual([
    'long.lab:20001:1: the file has 1000000 lines: the limit is 20000',
    '',
    '  ^ split it into several files, or use load, which makes many writes with one command',
  ]);
});
