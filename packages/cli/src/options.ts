import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { suggestion } from '@activescale/runtime';
import { UsageError } from './usage-error.ts';

/** Options of every command that uses the cluster or Valkey. */
export const CONNECTION_OPTIONS = {
  namespace: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  'valkey-addr': { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

/** The values of `--output`. */
export const OUTPUT_CHOICES = { output: ['human', 'json'] } as const;

export const CONNECTION_USAGE = `
  -n, --namespace NAME     namespace (default: the context's)
  -o, --output FORMAT      human (default) or json
      --kubeconfig FILE    instead of KUBECONFIG and ~/.kube/config
      --context NAME       context of the kubeconfig
      --valkey-addr ADDR   instead of VALKEY_ADDR; the services' other settings of Valkey count too. Without either,
                           records are read through api
  -h, --help               this text`;

/** The values of a command line. @throws UsageError */
export function parseOptions<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ', 1)[0] ?? '') : String(error);
    const [, unknown] = /^Unknown option '(--.*)'$/.exec(message) ?? [];
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(message + (unknown === undefined ? '' : suggestion(unknown, known)));
  }
}

/** Whether JSON is requested. @throws UsageError */
export function wantsJson(output: string | undefined): boolean {
  if (output === undefined || output === 'human') return false;
  if (output === 'json') return true;
  throw new UsageError(`--output ${JSON.stringify(output)}: expected human or json`);
}

/** The only positional argument. @throws UsageError */
export function onlyPositional(positionals: readonly string[], what: string): string {
  const [first, ...more] = positionals;
  if (first === undefined) throw new UsageError(`${what} is missing`);
  if (more.length > 0) throw new UsageError(`unexpected ${JSON.stringify(more[0])} after ${what}`);
  return first;
}

/** @throws UsageError */
export function noPositionals(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`unexpected ${JSON.stringify(positionals[0])}`);
}
