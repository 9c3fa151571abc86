/**
 * The table of commands as docs/commands.md. A test compares the file with this text, so the two cannot drift
 * apart.
 */
import type {Form} from './grammar/arg.ts';
import {REGIONS} from './grammar/leader-names.ts';
import {RULES} from './help.ts';
import {parse} from './parse.ts';
import {showAction} from './show-action.ts';
import {CHECKS, COMMANDS, GROUPS, type Group} from './table/all-commands.ts';
import {LINES, type LineRule, SYNONYMS, type Synonym} from './table/synonyms/all-synonyms.ts';

export function reference(): string {
  const groups = (Object.keys(GROUPS) as Group[]).flatMap(group => [
    `## ${GROUPS[group]}`,
    ...COMMANDS.filter(command => command.group === group).map(command =>
      section('###', command.name, command),
    ),
    ...(group === 'check' ? CHECKS.map(check => section('####', `expect ${check.name}`, check)) : []),
  ]);
  return `${[INTRODUCTION, RULE_LIST, ...GRAMMAR, ...groups, ...otherWords()].join('\n\n')}\n`;
}

const INTRODUCTION = `# Commands

<!-- Made from the table in src/command/table/. After a change of the table, run:
npx vitest run test/command/reference.test.ts -u -->

The prompt, \`--exec\` and the files of \`leaderlab run\` all take the same commands, one on a line. In a
command file, empty lines and lines that begin with \`#\` are ignored.`;

const RULE_LIST = RULES.map(({title, text}) => `- \`${title}\`: ${text}`).join('\n');

const GRAMMAR = [
  `A value that is not JSON is text: \`set title A\` and \`set title "A"\` store the same, \`set n 1\` stores
a number and \`set n "1"\` the text. Inside double quotes the escapes of JSON apply (\`\\"\`, \`\\\\\`,
\`\\n\`, \`\\u00e9\`). Inside single quotes everything is literal. A key is a bare word or a quoted text of
at most 1 KiB. A value takes at most 1 MiB and nests at most 64 levels deep. A bare word cannot begin with
\`@\`.`,
  `\`||\` separates commands everywhere outside quotes and JSON, with or without spaces around it:
\`set t a||b\` is the command \`set t a\` beside a command \`b\`. To store it, quote it: \`set t "a||b"\`.
Only writes can be concurrent, and only at different leaders, because a leader orders its own writes. In the
same way, a comma separates the writes of a \`txn\`, and an equals sign ends the key before it in \`if\` and
\`expect get\`: quote a text that contains them. A colon at the start of a line and a semicolon at its end are
ignored. Curly quotes (“…”) work like single quotes.`,
];

function section<T>(marks: string, title: string, form: Form<T>): string {
  const parts = [
    `${marks} ${title}`,
    `\`${form.usage}\``,
    `${sentence(form.summary)}${alsoNamed(form.aliases)}`,
    ...(form.detail.length === 0 ? [] : [form.detail.join('\n')]),
    ['```', ...form.examples, '```'].join('\n'),
  ];
  return parts.join('\n\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const alsoNamed = (aliases: readonly string[]): string =>
  aliases.length === 0 ? '' : ` Also: ${aliases.map(alias => `\`${alias}\``).join(', ')}.`;

/** The table of words of other systems, with the results for the leaders us, eu and ap. */
const otherWords = (): readonly string[] => [
  '## Words of other systems',
  `The lab uses this table for lines that are not its own commands. If a word means the same as a command
of the lab, or only reads, the lab runs that command; the timeline, \`run\` and its JSON show it. If a word
could mean something else, the lab refuses it and names the line to type. \`del a b\` is one transaction.
\`sadd s a b\` is refused, because an operation writes each key only once; type two commands instead. Command
words and leaders may be written in capitals.`,
  [
    '| typed | known from | here |',
    '| --- | --- | --- |',
    ...SYNONYMS.flatMap(wordRows),
    ...LINES.flatMap(lineRows),
  ].join('\n'),
];

/** Names with the same answer as the first example share its row; each other name has a row of its own. */
function wordRows({names, from, examples}: Synonym): string[] {
  const shown = new Set(examples.map(wordOf));
  const others = names.filter(name => !shown.has(name) && !COMMANDS.some(command => command.name === name));
  const [first = ''] = examples;
  const alike = others.filter(name => isAlike(first, named(first, name)));
  return [
    ...examples.map((example, i) => cells(example, i === 0 ? alike : [], from)),
    ...others.filter(name => !alike.includes(name)).map(name => cells(named(first, name), [], from)),
  ];
}

/** True if both lines have the same answer, apart from the word that a refusal names. */
function isAlike(first: string, other: string): boolean {
  const [answer, otherAnswer] = [answerTo(first), answerTo(other)];
  const isRefusal = !answer.startsWith('`');
  return (
    answer === otherAnswer || (isRefusal && answer.replaceAll(wordOf(first), wordOf(other)) === otherAnswer)
  );
}

const wordOf = (example: string): string => example.split(' ', 1)[0] ?? '';
const named = (example: string, name: string): string => name + example.slice(wordOf(example).length);

function lineRows({from, examples}: LineRule): string[] {
  return examples.map(example => cells(example, [], from));
}

function cells(example: string, others: readonly string[], from: string): string {
  const also = others.length === 0 ? '' : `; also ${others.map(code).join(' ')}`;
  return `| ${code(example)}${also} | ${from} | ${answerTo(example)} |`;
}

function answerTo(line: string): string {
  const parsed = parse(line, {leaders: REGIONS.slice(0, 3)});
  return parsed.ok ? code(showAction(parsed.value)) : inTable(parsed.failure.message);
}

function inTable(text: string): string {
  return text.replace(/[|*_<>`\\]/g, '\\$&');
}

/** Makes a code span; one with backticks needs a longer fence. */
function code(text: string): string {
  const cell = text.replaceAll('|', '\\|');
  return text.includes('`') ? `\`\` ${cell} \`\`` : `\`${cell}\``;
}
