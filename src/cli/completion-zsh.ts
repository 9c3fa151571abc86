/**
 * The script for zsh: `_arguments` for each command.
 */
import type {CompletedCommand, CompletedFlag, Values} from './completion-model.ts';

export function zshScript(commands: readonly CompletedCommand[]): string {
  const start = commands.find(({name}) => name === 'start');
  return `#compdef leaderlab
# Completes leaderlab in zsh. In ~/.zshrc, after compinit: source <(leaderlab completion zsh)
_leaderlab_commands() {
  local -a commands
  commands=(
${commands.map(({name, summary}) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  _describe command commands
}

${commands.map(commandFunction).join('\n\n')}

_leaderlab() {
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _leaderlab_commands
    return
  fi
  case $words[2] in
${commands.map(commandCase).join('\n')}
    *) ${start === undefined ? ':' : '_leaderlab_start'} ;;
  esac
}

if [[ $funcstack[1] == _leaderlab ]]; then
  _leaderlab "$@"
else
  compdef _leaderlab leaderlab
fi`;
}

const commandCase = ({name}: CompletedCommand): string =>
  `    ${name}) words=(leaderlab "\${(@)words[3,-1]}"); (( CURRENT-- )); _leaderlab_${name} ;;`;

function commandFunction({name, flags, values}: CompletedCommand): string {
  const rest = values.type === 'anything' ? [] : [`    ${quoted(`*:${name}:${action(values)}`)}`];
  const specs = [...flags.flatMap(flagSpecs), ...rest];
  return [`_leaderlab_${name}() {`, '  _arguments \\', `${specs.join(' \\\n')}`, '}'].join('\n');
}

const flagSpecs = ({names, summary, values}: CompletedFlag): string[] =>
  names.map(name => {
    const escaped = summary.replace(/[[\]\\]/g, '\\$&').replace(/:/g, '\\:');
    const value = values === undefined ? '' : `:value:${action(values)}`;
    const equals = values !== undefined && name.startsWith('--') ? '=' : '';
    return `    ${quoted(`*${name}${equals}[${escaped}]${value}`)}`;
  });

/** `_alternative` offers words and files beside each other. */
function action(values: Values): string {
  switch (values.type) {
    case 'words':
      return values.files
        ? `{_alternative "names\\:name\\:(${values.words.join(' ')})" "files\\:file\\:_files"}`
        : `(${values.words.join(' ')})`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'anything':
      return ' ';
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
