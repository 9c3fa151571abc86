/**
 * The script for fish: one `complete` for each command, flag and kind of value.
 */
import type {CompletedCommand, CompletedFlag, Values} from './completion-model.ts';

export function fishScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({name}) => name).join(' ');
  return [
    '# Completes leaderlab in fish: leaderlab completion fish > ~/.config/fish/completions/leaderlab.fish',
    'complete -c leaderlab -f',
    ...commands.map(
      ({name, summary}) => `complete -c leaderlab -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands.flatMap(command => {
      // Start works without its name.
      const others = names.replace(/\bstart\b ?/, '');
      const where =
        command.name === 'start'
          ? `not __fish_seen_subcommand_from ${others}`
          : `__fish_seen_subcommand_from ${command.name}`;
      const lead = `complete -c leaderlab -n ${quoted(where)}`;
      return [
        ...command.flags.map(flag => `${lead} ${flagWords(flag)}`),
        ...(command.values.type === 'anything' ? [] : [`${lead} ${offered(command.values)}`]),
      ];
    }),
  ].join('\n');
}

function flagWords({names, summary, values}: CompletedFlag): string {
  const shown = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...shown, ...(values === undefined ? [] : ['-r', offered(values)]), '-d', quoted(summary)]
    .filter(Boolean)
    .join(' ');
}

function offered(values: Values): string {
  switch (values.type) {
    case 'words':
      return `${values.files ? '-F' : '-f'} -a ${quoted(values.words.join(' '))}`;
    case 'files':
      return '-F';
    case 'folders':
      return `-f -a '(__fish_complete_directories)'`;
    case 'anything':
      return '-f';
  }
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
