import { suggestion } from '@activescale/runtime';
import { findCluster } from '../cluster/connect.ts';
import type { Command } from '../command.ts';
import { onlyPositional, parseOptions } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { completed } from './completed.ts';
import { fishCompletion } from './fish.ts';
import { listNames, MAX_NAMES } from './names/list-names.ts';
import { askedBy } from './names/typed-line.ts';
import { bashCompletion, zshCompletion } from './posix.ts';

const SHELLS = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);

/** A person waits at a prompt for the names, in ms. */
const NAMES_MS = 2_000;

/** @param commands all of them, also this one: called when it runs */
export function createCompletionCommand(commands: () => ReadonlyMap<string, Command>): Command {
  return {
    summary: 'print the completion script of a shell',
    usage: `activescale completion bash|zsh|fish

Completes commands, options and their values, and the names of HPAs, workloads, pods, Services and routes in the cluster: up to
${MAX_NAMES} of them, by one request, and none if the cluster has not answered after ${NAMES_MS / 1000} s. In this shell:
  bash  source <(activescale completion bash)
  zsh   source <(activescale completion zsh)
  fish  activescale completion fish | source

The scripts run activescale completion names -- COMMAND ... WORD, which prints the names that complete WORD.`,
    options: {},
    words: [...SHELLS.keys()],
    async run(args, { out, endAfter }) {
      if (args[0] === 'names') {
        const asked = askedBy(commands(), args.slice(args.indexOf('--') + 1));
        if (asked === undefined) return 0;
        const cluster = await findCluster(asked.cluster);
        endAfter(NAMES_MS);
        const names = await listNames(asked.names, cluster);
        out.document(names.map((name) => `${name}\n`).join(''));
        return 0;
      }
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
