import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** What a command wrote, and its exit code. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The CLI of this checkout. */
const SOURCES: readonly string[] = [
  process.execPath,
  join(import.meta.dirname, '../../../packages/cli/src/main.ts'),
];

export type CliEnv = Readonly<Record<string, string | undefined>>;

export interface RunOptions {
  /** With its first arguments. */
  readonly program?: readonly string[];
  /** Sends it Ctrl-C. */
  readonly interrupt?: AbortSignal;
}

/** Runs the CLI to its end, with nothing of this process's own Valkey, cluster and terminal but what `env` says. */
export async function runCli(
  args: readonly string[],
  env: CliEnv,
  { program: [command = '', ...first] = SOURCES, interrupt }: RunOptions = {},
): Promise<CliResult> {
  const { VALKEY_ADDR: _, REDIS_ADDR: __, KUBECONFIG: ___, COLUMNS: ____, ...inherited } = process.env;
  const child = spawn(command, [...first, ...args], { env: { ...inherited, ...env } });
  interrupt?.addEventListener('abort', () => child.kill('SIGINT'));
  const [stdout, stderr, code] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** The JSON that a command wrote. */
export async function cliJson<T>(args: readonly string[], env: CliEnv): Promise<T> {
  const { stdout, stderr } = await runCli([...args, '-o', 'json'], env);
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`activescale ${args.join(' ')} wrote no JSON: ${stdout.slice(0, 500)}${stderr}`);
  }
}
