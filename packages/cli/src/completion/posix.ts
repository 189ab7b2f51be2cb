import { type CompletedCommand, quoted, spellings, wordsOf } from './completed.ts';

const TOP_LEVEL_OPTIONS = ['--help', '--version'];

/**
 * File names are completed for an option whose values are not known. Names of objects are offered instead of a command's
 * words and options, if there are any and the word does not begin as an option.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const first = [...commands.map(({ name }) => name), ...TOP_LEVEL_OPTIONS].join(' ');
  return `_activescale_names() {
  [[ $word == -* ]] && return 1
  words=$("\${COMP_WORDS[0]}" completion names -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [ -n "$words" ]
}
_activescale() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${quoted(first)}
  else
    case "\${COMP_WORDS[1]} $previous" in
${arms(commands, (words) => `words=${quoted(words.join(' '))}`, ':')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [[ \${COMPREPLY[0]-} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _activescale activescale
`;
}

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`);
  return `_activescale_names() {
  [[ \${words[CURRENT]} == -* ]] && return 1
  local -a names=(\${(f)"$("\${words[1]}" completion names -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  (( \${#names} )) || return 1
  compadd -S '' -- \${(M)names:#*/}
  compadd -- \${names:#*/}
  return 0
}
_activescale() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${described.join('\n')}
    )
    _describe command commands
    compadd -- ${TOP_LEVEL_OPTIONS.join(' ')}
    return
  fi
  case "\${words[2]} \${words[CURRENT - 1]}" in
${arms(commands, (words) => `compadd -- ${words.map(quoted).join(' ')}`, '_files')}
  esac
}
compdef _activescale activescale
`;
}

/**
 * The arms of a `case` of the command and the word before the completed one: the values of an option, else what may
 * follow the command.
 * @param unknown completes the value of an option whose values are not known
 */
function arms(
  commands: readonly CompletedCommand[],
  complete: (words: readonly string[]) => string,
  unknown: string,
): string {
  const lines = commands.flatMap((command) => {
    const withValue = command.options.filter(({ takesValue }) => takesValue);
    const values = withValue.map((option) => {
      const patterns = spellings(option).map((spelling) => quoted(`${command.name} ${spelling}`));
      return `${patterns.join(' | ')}) ${option.choices.length > 0 ? complete(option.choices) : unknown} ;;`;
    });
    const names = command.hasNames ? '_activescale_names || ' : '';
    return [...values, `${quoted(`${command.name} `)}*) ${names}${complete(wordsOf(command))} ;;`];
  });
  return lines.map((line) => `      ${line}`).join('\n');
}
