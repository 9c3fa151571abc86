/**
 * The one table of commands. Parser, completion, help, the reference in docs/, the names in messages and the
 * text of an action all come from it. A new command needs a row in one of the files beside this one, a member
 * of `Action` with its traits, and a handler in the engines or the session.
 */
import {must} from '../../base/assert.ts';
import type {Arg} from '../grammar/arg.ts';
import {quoted} from '../grammar/arg-words.ts';
import type {Candidate} from '../grammar/reader.ts';
import {didYouMean} from '../grammar/suggest.ts';
import {WAITS} from './checks.ts';
import type {Command} from './command.ts';
import {FAULTS} from './faults.ts';
import {GUIDED} from './guided.ts';
import {LOOKS, sessionCommands} from './inspection.ts';
import {LOADS} from './load.ts';
import {MEMBERS} from './members.ts';
import {SETTINGS} from './settings.ts';
import {TIME} from './time.ts';
import {WRITES} from './writes.ts';

/** What `help` takes. */
const commandName: Arg<string> = {
  usage: 'COMMAND',
  offer: reader => reader.offer(() => commandCandidates(COMMANDS)),
  read(reader) {
    const word = reader.word('a command');
    const found = findCommand(word.text);
    if (found !== undefined) return found.name;
    throw reader.refuse(
      word.start,
      `no command ${quoted(word)}${didYouMean(word.text, COMMAND_NAMES)}`,
      'help lists the commands',
    );
  },
};

const ROWS = [
  ...WRITES,
  ...LOADS,
  ...FAULTS,
  ...MEMBERS,
  ...TIME,
  ...SETTINGS,
  ...LOOKS,
  ...WAITS,
  ...sessionCommands(commandName),
  ...GUIDED,
];

export const COMMANDS: readonly Command[] = ROWS;

/** The types of the actions that some row makes. */
type TypedActionType = (typeof ROWS)[number]['makes'][number];

const BY_TYPE = new Map(COMMANDS.toReversed().flatMap(row => row.makes.map(type => [type, row] as const)));

/**
 * The first row that makes actions of this type. The compiler refuses a type without a row: an action that a
 * person cannot type, or a new action that has no row yet.
 */
export const commandThatMakes = (type: TypedActionType): Command =>
  must(BY_TYPE.get(type), `a command that makes ${type}`);

/** The names of all commands in the order of the table, without aliases. */
export const COMMAND_NAMES: readonly string[] = COMMANDS.map(({name}) => name);

const BY_NAME = new Map(
  COMMANDS.flatMap(row => [row.name, ...row.aliases].map(name => [name, row] as const)),
);

/** By name or alias, in any case. */
export const findCommand = (name: string): Command | undefined => BY_NAME.get(name.toLowerCase());

/** Returns the names of these commands with their summaries, as candidates for completion. */
export const commandCandidates = (commands: readonly Command[]): Candidate[] =>
  commands.map(({name, summary}) => ({text: name, summary}));

export {CHECKS, showCheck} from './checks.ts';
export {type Command, GROUPS, type Group} from './command.ts';
