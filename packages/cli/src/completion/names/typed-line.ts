import { parseArgs } from 'node:util';
import type { ClusterOptions } from '../../cluster/connect.ts';
import type { Command } from '../../command.ts';
import { type AskedNames, askedNames } from './asked-names.ts';

/** What completes a word, and the cluster that has it. */
export interface AskedOfCluster {
  readonly names: AskedNames;
  readonly cluster: ClusterOptions;
}

/**
 * What completes the last word of a command line; undefined: it names no object.
 * @param line without the name of the program
 */
export function askedBy(
  commands: ReadonlyMap<string, Command>,
  line: readonly string[],
): AskedOfCluster | undefined {
  const [name = '', ...args] = joined(line);
  const word = args.pop();
  const command = commands.get(name);
  if (command?.objects === undefined || word === undefined) return undefined;
  const typed = parseArgs({ args, options: command.options, allowPositionals: true, strict: false });
  const { positionals, values } = typed;
  const text = (option: string) => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  const names = askedNames(command.objects, { positionals, word, namespace: text('namespace') });
  return names && { names, cluster: { kubeconfig: text('kubeconfig'), context: text('context') } };
}

/** bash splits a command line at `=` and `:` too (COMP_WORDBREAKS in its manual). */
function joined(words: readonly string[]): string[] {
  return words
    .join('\n')
    .replaceAll(/\n([=:])(?:\n|$)/g, '$1')
    .split('\n');
}
