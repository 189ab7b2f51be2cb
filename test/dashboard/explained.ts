import { type CliEnv, cliJson } from '../e2e/cli/run-cli.ts';

interface Explained {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly metrics: readonly {
    readonly value?: number;
    readonly values?: Readonly<Record<string, number>>;
  }[];
  readonly pods: readonly {
    readonly name: string;
    readonly requests: { readonly head: { readonly active: number } };
  }[];
}

/** What explain says in the units of the page. */
export async function explained(name: string, env: CliEnv) {
  const { statusReplicas, specReplicas, metrics, pods } = await cliJson<Explained>(
    ['explain', `hpa/${name}`, '-n', 'shop'],
    env,
  );
  const values = metrics.map(({ value, values = {} }) => {
    const all = Object.values(values);
    const mean = all.length === 0 ? null : all.reduce((sum, each) => sum + each, 0) / all.length;
    return value ?? mean;
  });
  const active = Object.fromEntries(pods.map(({ name, requests }) => [name, requests?.head.active]));
  return { current: statusReplicas, desired: specReplicas, values, active };
}
