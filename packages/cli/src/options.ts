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

/** The usage of `--namespace` where the kubeconfig decides without it. */
export const CONTEXT_NAMESPACE = "namespace (default: the context's)";

/** The usage of the options that say where the cluster and the records are. */
export const CLUSTER_USAGE = `\
      --kubeconfig FILE    instead of KUBECONFIG and ~/.kube/config
      --context NAME       context of the kubeconfig
      --valkey-addr ADDR   instead of VALKEY_ADDR; the other VALKEY_ settings of the services apply too. Without either,
                           records are read through api
  -h, --help               print this text`;

/**
 * The usage of CONNECTION_OPTIONS.
 * @param namespace the meaning of `--namespace`, which differs by command
 */
export function connectionUsage(namespace: string): string {
  return `
  -n, --namespace NAME     ${namespace}
  -o, --output FORMAT      human (default) or json
${CLUSTER_USAGE}`;
}

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
