import { join } from 'node:path';
import { type Process, start } from '@activescale/devkit';
import type { CliEnv } from '../e2e/cli/run-cli.ts';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly process: Process;
}

export interface ServeOptions {
  /** The program with its first argument; default: the sources. */
  readonly program?: readonly string[];
}

/** `activescale dashboard`, as a user starts it. */
export async function serveDashboard(
  args: readonly string[],
  env: CliEnv,
  { program = [globalThis.process.execPath, MAIN] }: ServeOptions = {},
): Promise<Served> {
  const [command = '', ...first] = program;
  const process = start({
    command,
    args: [...first, 'dashboard', '--no-open', ...args],
    env: { VALKEY_ADDR: undefined, REDIS_ADDR: undefined, ...env },
  });
  const url = await process.line(
    (line) => (/^http:/.test(line) ? line : undefined),
    'the URL of the dashboard',
  );
  return { url, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

/** The token in the URL, as the page sends it. */
export function authorizationOf({ url }: Served): string {
  return `Bearer ${new URL(url).hash.slice('#token='.length)}`;
}

/** What a page at this path is sent, one reading after the other, until the dashboard ends. */
export async function* readings<T>(served: Served, path: string): AsyncGenerator<T> {
  const headers = { authorization: authorizationOf(served) };
  const { body } = await fetch(new URL(path, served.url), { headers });
  let rest = '';
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = `${rest}${text}`.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) yield JSON.parse(event.slice('data: '.length));
  }
}

/** @throws Error if the dashboard ends before */
export async function firstReading<T>(served: Served, path: string): Promise<T> {
  for await (const reading of readings<T>(served, path)) return reading;
  throw new Error('the dashboard ended');
}
