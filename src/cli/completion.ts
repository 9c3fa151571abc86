/**
 * `leaderlab completion`: prints a completion script for a shell, made from the commands, arguments and
 * options of the program.
 */
import type {Command, Option} from 'commander';
import {bundledNames} from '../app/bundled-labs.ts';
import {didYouMean} from '../command/grammar/suggest.ts';
import {TOPOLOGY_NAMES} from '../command/topology.ts';
import {RESOLVER_NAMES} from '../core/resolvers/spec.ts';
import {bashScript} from './completion-bash.ts';
import {fishScript} from './completion-fish.ts';
import type {CompletedCommand, CompletedFlag, Values} from './completion-model.ts';
import {zshScript} from './completion-zsh.ts';
import {quit} from './quit.ts';

const SHELLS = {bash: bashScript, zsh: zshScript, fish: fishScript};
const isShell = (name: string): name is keyof typeof SHELLS => Object.hasOwn(SHELLS, name);

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print a script that completes commands, flags and their values in a shell')
    .addHelpText(
      'after',
      `
Examples:
  source <(leaderlab completion bash)                                        in ~/.bashrc
  source <(leaderlab completion zsh)                                         in ~/.zshrc, after compinit
  leaderlab completion fish > ~/.config/fish/completions/leaderlab.fish`,
    )
    .action((shell: string) => {
      const script = isShell(shell) ? SHELLS[shell] : undefined;
      if (script === undefined)
        quit({
          code: 'syntax',
          message:
            `completion: no shell "${shell}"${didYouMean(shell, Object.keys(SHELLS))}; there are bash, ` +
            'zsh and fish',
          hint: 'for example: leaderlab completion bash',
        });
      console.log(script(completed(program)));
    });
}

/** The commands with their arguments; `help` takes the command names. */
function completed(program: Command): readonly CompletedCommand[] {
  const labs = bundledNames();
  const words = (named: readonly string[], files = false): Values => ({type: 'words', words: named, files});
  const names = program.commands.map(command => command.name());
  const behind: {readonly [command: string]: Values} = {
    run: words(labs, true),
    lab: words(['list', ...labs.filter(name => /^\d/.test(name))], true),
    fuzz: words(RESOLVER_NAMES, true),
    completion: words(Object.keys(SHELLS)),
  };
  const commands = program.commands.map(
    (command): CompletedCommand => ({
      name: command.name(),
      summary: command.description(),
      flags: [...command.options.map(completedFlag), {names: ['-h', '--help'], summary: 'show help'}],
      values: behind[command.name()] ?? {type: 'anything'},
    }),
  );
  return [...commands, {name: 'help', summary: 'show help for a command', flags: [], values: words(names)}];
}

function completedFlag(option: Option): CompletedFlag {
  const names = [option.short, option.long].filter(name => name !== undefined);
  const flag = {names, summary: option.description};
  return option.required ? {...flag, values: valuesOf(option)} : flag;
}

function valuesOf({long, argChoices}: Option): Values {
  if (argChoices !== undefined) return {type: 'words', words: argChoices, files: false};
  if (long === '--resolver') return {type: 'words', words: RESOLVER_NAMES, files: false};
  if (long === '--topology') return {type: 'words', words: TOPOLOGY_NAMES, files: false};
  if (long === '--data') return {type: 'folders'};
  return {type: long === '--junit' || long === '--token-file' ? 'files' : 'anything'};
}
