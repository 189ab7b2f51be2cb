import { suggestion } from '@activescale/runtime';
import type { Command } from '../command.ts';
import { onlyPositional, parseOptions } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { completed } from './completed.ts';
import { fishCompletion } from './fish.ts';
import { bashCompletion, zshCompletion } from './posix.ts';

const SHELLS = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);

/** @param commands all of them, also this one: called when it runs */
export function createCompletionCommand(commands: () => ReadonlyMap<string, Command>): Command {
  return {
    summary: 'print the completion script of a shell',
    usage: `activescale completion bash|zsh|fish

Completes commands, options and their values. In this shell:
  bash  source <(activescale completion bash)
  zsh   source <(activescale completion zsh)
  fish  activescale completion fish | source`,
    options: {},
    words: [...SHELLS.keys()],
    async run(args, { out }) {
      const { positionals } = parseOptions(args, {});
      const shell = onlyPositional(positionals, 'bash, zsh or fish');
      const script = SHELLS.get(shell);
      if (script === undefined) {
        const hint = suggestion(shell, SHELLS.keys());
        throw new UsageError(`no completion for ${JSON.stringify(shell)}: expected bash, zsh or fish${hint}`);
      }
      out.document(script(completed(commands())));
      return 0;
    },
  };
}
