import { type CompletedCommand, type CompletedOption, quoted } from './completed.ts';

const NAMES = `function __activescale_names
  set --local words (commandline --tokenize --current-process --cut-at-cursor) (commandline --current-token)
  string match --quiet -- '-*' $words[-1]
  or $words[1] completion names -- $words[2..-1] 2>/dev/null
end
`;

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = [
    '--no-files',
    '--condition __fish_use_subcommand --long-option help --long-option version',
    ...commands.flatMap((command) => {
      const { name, summary, words, hasNames, options } = command;
      const seen = `--condition ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
      return [
        `--condition __fish_use_subcommand --arguments ${name} --description ${quoted(summary)}`,
        ...(words.length === 0 ? [] : [`${seen} --arguments ${quoted(words.join(' '))}`]),
        ...(hasNames ? [`${seen} --arguments '(__activescale_names)'`] : []),
        ...options.map((option) => `${seen} ${optionOf(option)}`),
      ];
    }),
  ];
  return `${NAMES}${lines.map((line) => `complete --command activescale ${line}\n`).join('')}`;
}

function optionOf({ long, short, takesValue, choices }: CompletedOption): string {
  const names = [...(short === undefined ? [] : [`--short-option ${short}`]), `--long-option ${long}`];
  if (!takesValue) return names.join(' ');
  const value =
    choices.length > 0
      ? `--exclusive --arguments ${quoted(choices.join(' '))}`
      : '--require-parameter --force-files';
  return [...names, value].join(' ');
}
