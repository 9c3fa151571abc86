/**
 * The script for bash: one `case` over the command and the flag before the cursor.
 */
import type {CompletedCommand, Values} from './completion-model.ts';

export function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({name}) => name).join(' ');
  return `# Completes leaderlab in bash. In ~/.bashrc: source <(leaderlab completion bash)
_leaderlab() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=start word
  # Bash takes --flag=value for three words.
  if [[ $cur == = ]]; then cur=; fi
  if [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  word=\${COMP_WORDS[1]}
  case $word in
${commands.map(({name}) => `    ${name}) [[ $COMP_CWORD -gt 1 ]] && command=$word ;;`).join('\n')}
  esac
  COMPREPLY=()
  case $command:$prev in
${commands.flatMap(valueCases).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $command in
${commands.map(flagCase).join('\n')}
    esac
    return
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${names}' -- "$cur"))
    return
  fi
  case $command in
${commands
  .filter(({values}) => values.type !== 'anything')
  .map(({name, values}) => `    ${name}) ${fill(values)} ;;`)
  .join('\n')}
  esac
}
complete -F _leaderlab leaderlab`;
}

function flagCase({name, flags}: CompletedCommand): string {
  const names = flags.flatMap(flag => flag.names).join(' ');
  return `      ${name}) COMPREPLY=($(compgen -W '${names}' -- "$cur")) ;;`;
}

const valueCases = ({name, flags}: CompletedCommand): string[] =>
  flags.flatMap(({names, values}) =>
    values === undefined
      ? []
      : [`    ${names.map(flag => `${name}:${flag}`).join('|')}) ${fill(values)}; return ;;`],
  );

function fill(values: Values): string {
  switch (values.type) {
    case 'words': {
      const words = `COMPREPLY=($(compgen -W '${values.words.join(' ')}' -- "$cur"))`;
      return values.files ? `${words}; ${paths('-f')}` : words;
    }
    case 'files':
      return paths('-f');
    case 'folders':
      return paths('-d');
    case 'anything':
      return 'COMPREPLY=()';
  }
}

/** Names of files may contain spaces, so only lines separate them. */
const paths = (kind: '-f' | '-d'): string =>
  `compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY+=($(compgen ${kind} -- "$cur"))`;
