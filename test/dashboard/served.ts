import { join } from 'node:path';
import { type Process, start } from '@activescale/devkit';
import type { CliEnv } from '../e2e/cli/run-cli.ts';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly process: Process;
}

/** `activescale dashboard`, as a user starts it. */
export async function serveDashboard(args: readonly string[], env: CliEnv): Promise<Served> {
  const process = start({
    command: globalThis.process.execPath,
    args: [MAIN, 'dashboard', '--no-open', ...args],
    env: { VALKEY_ADDR: undefined, REDIS_ADDR: undefined, ...env },
  });
  const url = await process.line(
    (line) => (/^http:/.test(line) ? line : undefined),
    'the URL of the dashboard',
  );
  return { url, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}
