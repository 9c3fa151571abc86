/**
 * The text of `help`: the table as lines of plain text.
 */
import {CHECKS, COMMANDS, type Command, findCommand, GROUPS, type Group} from './table/all-commands.ts';

/** Rules of the language that hold for every command. */
export const RULES: readonly {readonly title: string; readonly text: string}[] = [
  {title: '@us @us,eu @all', text: 'at which leaders; without it, at the focused one'},
  {title: 'VALUE', text: 'JSON, a bare word, or a text in "double" or \'single\' quotes'},
  {title: 'LINK', text: 'us-eu is both directions, us>eu is one'},
  {title: 'OP', text: 'one of = != < <= > >='},
  {title: 'DURATION', text: '500ms, 10s, 2m'},
  {title: 'A || B', text: 'writes at different leaders; none sees another before all are acknowledged'},
];

/** The lines for one command. Without a topic, or with one that is not a command, the lines for all. */
export function helpLines(topic?: string): string[] {
  const found = topic === undefined ? undefined : findCommand(topic);
  return found === undefined ? overview() : explanation(found);
}

function overview(): string[] {
  const width = Math.max(...COMMANDS.map(({usage}) => usage.length).filter(length => length <= 40));
  const groups = (Object.keys(GROUPS) as Group[]).flatMap(group => [
    GROUPS[group],
    ...COMMANDS.filter(command => command.group === group).flatMap(({usage, summary}) =>
      row(usage, summary, width),
    ),
    '',
  ]);
  return [
    ...groups,
    'In all commands',
    ...RULES.flatMap(({title, text}) => row(title, text, width)),
    '',
    'help COMMAND explains a command and shows examples',
    'Words of Redis, SQL, kubectl and the shell work too, or the lab names the command to type',
  ];
}

function explanation(command: Command): string[] {
  return [
    command.usage,
    `  ${command.summary}`,
    ...command.detail.map(line => `  ${line}`),
    ...(command.aliases.length === 0 ? [] : [`  also: ${command.aliases.join(', ')}`]),
    ...(command.makes.includes('expect') ? checkLines() : []),
    '',
    'for example',
    ...command.examples.map(example => `  ${example}`),
  ];
}

function checkLines(): string[] {
  const width = Math.max(...CHECKS.map(({usage}) => usage.length).filter(length => length <= 50));
  return ['', ...CHECKS.flatMap(({usage, summary}) => row(usage, summary, width))];
}

/** The summary of a long usage is on a line of its own. */
function row(usage: string, summary: string, width: number): string[] {
  if (usage.length > width) return [`  ${usage}`, `  ${' '.repeat(width)}  ${summary}`];
  return [`  ${usage.padEnd(width)}  ${summary}`];
}
