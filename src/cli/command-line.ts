/**
 * Checks the arguments of `leaderlab` before commander sees them, so that our own errors say what is wrong,
 * where, what was probably meant, and give an example. Pure: works on commander's list of commands, arguments
 * and options.
 *
 * `--resolver` and `--topology` take several words: `run --resolver custom ./merge.mjs x.lab` names one file
 * to run.
 */
import type {Command} from 'commander';
import {printable} from '../base/printable.ts';
import {showPath} from '../command/grammar/quote.ts';
import {didYouMean} from '../command/grammar/suggest.ts';
import {Mistake} from './argument-mistake.ts';
import {CommandWords} from './command-words.ts';

export type CommandLine =
  | {readonly ok: true; readonly words: readonly string[]}
  /** `where` is the command name that was typed before the error. */
  | {readonly ok: false; readonly where: string; readonly message: string; readonly example: string};

/** First words that are not commands, and the command that people mean by them. */
const OTHER_COMMANDS: {readonly [word: string]: string} = {
  version: 'leaderlab -v',
  labs: 'leaderlab lab',
  list: 'leaderlab lab',
  ls: 'leaderlab lab',
  course: 'leaderlab lab',
  exec: 'leaderlab run -e "set title A @us"',
  test: 'leaderlab run FILE',
  play: 'leaderlab run FILE',
  check: 'leaderlab doctor',
  demo: 'leaderlab',
  open: 'leaderlab',
  repl: 'leaderlab',
};

/** `isThere`: whether a word is an existing file or the name of a bundled lab, and therefore not a leader. */
export function readCommandLine(
  program: Command,
  typed: readonly string[],
  isThere: (word: string) => boolean,
): CommandLine {
  try {
    return {ok: true, words: read(program, typed, isThere)};
  } catch (mistake) {
    if (!(mistake instanceof Mistake)) throw mistake;
    return {ok: false, where: mistake.command, message: mistake.message, example: mistake.example};
  }
}

function read(
  program: Command,
  typed: readonly string[],
  isThere: (word: string) => boolean,
): readonly string[] {
  const [first = ''] = typed;
  if (/^(?:-h|--help|-v|-V|--version)$/.test(first)) return [first === '-V' ? '-v' : first];
  const named = /^[^-]/.test(first) || first === '-';
  const name = named ? first : 'start';
  if (name === 'help') return helped(program, typed);
  const command = program.commands.find(one => one.name() === name);
  if (command === undefined) throw noCommand(program, name, isThere);
  const rest = typed.slice(named ? 1 : 0);
  if (rest.some((word, i) => /^(?:-h|--help)$/.test(word) && !rest.slice(0, i).includes('--')))
    return [name, '--help'];
  return [name, ...new CommandWords(command, rest, isThere).read()];
}

function helped(program: Command, [, topic, ...more]: readonly string[]): readonly string[] {
  if (topic === undefined) return ['--help'];
  const command = program.commands.find(one => one.name() === topic.replace(/^-+/, ''));
  const isHelp = /^(?:-h|--help|help)$/.test(topic);
  if (command === undefined && !isHelp) throw noCommand(program, topic, () => false);
  if (more.length > 0)
    throw new Mistake(
      'help',
      `unexpected argument "${printable(more.join(' '))}"`,
      `leaderlab help ${topic}`,
    );
  return command === undefined ? ['--help'] : [command.name(), '--help'];
}

function noCommand(program: Command, word: string, isThere: (word: string) => boolean): Mistake {
  const names = [...program.commands.map(one => one.name()), 'help'];
  const other = Object.hasOwn(OTHER_COMMANDS, word.toLowerCase())
    ? OTHER_COMMANDS[word.toLowerCase()]
    : undefined;
  const message = `no command "${printable(word)}"`;
  if (other !== undefined) return new Mistake('', message, other);
  if (/\.(?:lab|md)$/.test(word) || isThere(word))
    return new Mistake('', `${message}; to run a file or a lab, use run`, `leaderlab run ${showPath(word)}`);
  return new Mistake(
    '',
    `${message}${didYouMean(word, names) || '; leaderlab --help lists the commands'}`,
    'leaderlab run first-steps',
  );
}
