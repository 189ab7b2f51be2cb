#!/usr/bin/env node
import { readBuild, SettingsError, suggestion } from '@activescale/runtime';
import { reasonOf } from './cluster/ask.ts';
import type { Command, Context } from './command.ts';
import { createCompletionCommand } from './completion/command.ts';
import { dashboardCommand } from './dashboard/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { explainCommand } from './explain/command.ts';
import { hpaCommand } from './hpa/command.ts';
import { inspectCommand } from './inspect/command.ts';
import { createOutput } from './output.ts';
import { recommendCommand } from './recommend/command.ts';
import { topCommand } from './top/command.ts';
import { UnusableClusterError, UsageError } from './usage-error.ts';
import { whatIfCommand } from './what-if/command.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['explain', explainCommand],
  ['doctor', doctorCommand],
  ['inspect', inspectCommand],
  ['top', topCommand],
  ['dashboard', dashboardCommand],
  ['hpa', hpaCommand],
  ['recommend', recommendCommand],
  ['what-if', whatIfCommand],
  ['completion', createCompletionCommand(() => COMMANDS)],
]);

const USAGE = `activescale COMMAND [options]

${[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`).join('\n')}

  --version   print version, commit and version of Node

Run activescale COMMAND --help for details.`;

/**
 * @returns the exit code: 0 success, 1 a finding or failure, 2 an invalid command line, setting or kubeconfig,
 * 3 doctor skipped checks, 4 recommend refused
 */
async function run([name, ...args]: readonly string[], context: Context): Promise<number> {
  const command = COMMANDS.get(name ?? '');
  if (name === 'help' || asksForHelp([name ?? ''])) {
    context.out.document(`${USAGE}\n`);
    return 0;
  }
  if (name === '--version') {
    const { version, commit, node } = readBuild(new URL('..', import.meta.url), context.env);
    context.out.document(`activescale ${version} (commit ${commit}, Node ${node})\n`);
    return 0;
  }
  if (command === undefined) {
    const problem =
      name === undefined
        ? 'COMMAND is missing'
        : `unknown command ${JSON.stringify(name)}${suggestion(name, COMMANDS.keys())}`;
    context.out.problem(`activescale: ${problem}`, 'See activescale --help');
    return 2;
  }
  if (asksForHelp(args)) {
    context.out.document(`${command.usage}\n`);
    return 0;
  }
  try {
    return await command.run(args, context);
  } catch (error) {
    const usage =
      error instanceof UsageError || error instanceof SettingsError || error instanceof UnusableClusterError;
    const help = error instanceof UsageError ? `See activescale ${name} --help` : undefined;
    context.out.problem(`activescale ${name}: ${reasonOf(error)}`, help);
    return usage ? 2 : 1;
  }
}

/** After `--` nothing is an option. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
}

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: createOutput(process.stdout, process.stderr, process.env.COLUMNS),
  interrupted() {
    const interrupt = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupt.abort());
    return interrupt.signal;
  },
  endAfter: (ms) => void setTimeout(() => process.exit(1), ms).unref(),
});
