import {expect, test} from 'vitest';
import {COMMANDS, helpLines, reference} from '../../src/command/index.ts';

test('docs/commands.md matches the table of commands', async () => {
  await expect(reference()).toMatchFileSnapshot('../../docs/commands.md');
});

test('help lists every command', () => {
  const lines = helpLines().join('\n');
  for (const {usage, summary} of COMMANDS) {
    expect(lines).toContain(usage);
    expect(lines).toContain(summary);
  }
});

test('help for one command shows its examples', () => {
  for (const {name, examples} of COMMANDS)
    expect(helpLines(name)).toEqual(expect.arrayContaining(examples.map(example => `  ${example}`)));
});

test('help for expect shows every check', () =>
  expect(helpLines('expect').join('\n')).toContain('expect lost [KEY] OP N'));

test('every line of help is short enough', () => {
  for (const line of [...helpLines(), ...COMMANDS.flatMap(({name}) => helpLines(name))])
    expect(line.length, line).toBeLessThanOrEqual(140);
});
