import {
  type ControlPlaneOptions,
  EXTERNAL_METRICS,
  namespace,
  registerApi,
  until,
} from '@activescale/devkit';
import type { StoredPod } from '../../contract/api.ts';
import { type ClusterBench, podsOlderThan, startInCluster } from '../../contract/api-cluster.ts';
import { type CliEnv, cliJson } from './run-cli.ts';
import { type Situation, STALE_MS, TTL_MS, watchingAutoscaler } from './situations.ts';
import { enact, settled } from './workloads.ts';

export const SHOP = 'shop';

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Explained {
  readonly specReplicas: number;
  readonly pods: readonly {
    readonly phase: string;
    readonly deleting: boolean;
    readonly requests?: object;
  }[];
  readonly metrics: readonly {
    readonly from?: string;
    readonly steps?: readonly string[];
    readonly result: { readonly outcome: string; readonly code?: string };
  }[];
  readonly recommendation?: { readonly outcome: string; readonly range?: Range };
  readonly decision: { readonly range: Range };
}

export interface Hpa {
  readonly status?: {
    readonly desiredReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** A real HPA controller that says what it wants, and api with both metrics APIs. */
export interface ExplainBench extends AsyncDisposable {
  readonly bench: ClusterBench;
  readonly env: CliEnv;
  autoscaler(name: string): Promise<Hpa>;
  /** Whether the controller could make something of the metrics; undefined: it has not looked yet. */
  isActive(name: string): Promise<boolean | undefined>;
  /** What the controller last wanted for a Deployment before its limits, at verbosity 4; undefined: its metrics failed. */
  wanted(name: string): Promise<number | undefined>;
  explain(name: string): Promise<Explained>;
}

export async function startExplainBench(options: ControlPlaneOptions = {}): Promise<ExplainBench> {
  await using starting = new AsyncDisposableStack();
  const bench = starting.use(
    await startInCluster({
      ...options,
      env: { EXTERNAL_METRICS: 'true', METRIC_TTL: `${TTL_MS}ms` },
      controllerManagerArgs: ['--vmodule=horizontal=4'],
    }),
  );
  const { plane, api, valkey } = bench;
  const { admin, ca, controllerManager } = plane;
  await registerApi(admin, { securePort: api.securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
  await admin.apply(namespace(SHOP));
  const KUBECONFIG = await plane.kubeconfig();
  const env = { KUBECONFIG, VALKEY_ADDR: valkey.addr, METRIC_TTL: `${TTL_MS}ms` };
  const autoscaler = (name: string) =>
    admin.get<Hpa>(`/apis/autoscaling/v2/namespaces/${SHOP}/horizontalpodautoscalers/${name}`);
  const isActive = async (name: string) => {
    const { status } = await autoscaler(name);
    const condition = status?.conditions?.find(({ type }) => type === 'ScalingActive');
    return condition && condition.status === 'True';
  };
  const proposals = (name: string) => {
    const line = new RegExp(
      `"Proposing desired replicas" .*desiredReplicas=(\\d+) .*scaleTarget="Deployment/${SHOP}/${name}"`,
      'g',
    );
    return [...controllerManager.logs().matchAll(line)].map(([, replicas]) => Number(replicas));
  };
  const started = starting.move();
  return {
    bench,
    env,
    autoscaler,
    isActive,
    wanted: async (name) => ((await isActive(name)) ? proposals(name).at(-1) : undefined),
    explain: (name) => cliJson<Explained>(['explain', `hpa/${name}`, '-n', SHOP], env),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Brings about situations, each with an HPA that the controller has looked at, and keeps their records fresh. */
export async function holdSituations(
  { bench, isActive }: ExplainBench,
  situations: readonly Situation[],
): Promise<Disposable> {
  const { admin } = bench.plane;
  const records: StoredPod[] = [];
  for (const situation of situations) records.push(...(await enact(admin, SHOP, situation)));
  for (const situation of situations) {
    const what = `the pods of ${situation.name} to settle`;
    await until(() => settled(admin, SHOP, situation), { what, deadline: 60_000, every: 200 });
  }
  await podsOlderThan(bench, SHOP, STALE_MS);
  // Held ones are held for half a minute only.
  await bench.put(...records);
  using holding = new DisposableStack();
  holding.adopt(
    setInterval(() => void bench.put(...records), 5_000),
    clearInterval,
  );
  for (const situation of situations) await admin.apply(watchingAutoscaler(situation, SHOP));
  for (const { name } of situations) {
    const looked = async () => (await isActive(name)) !== undefined;
    await until(looked, { what: `the HPA ${name} to be looked at`, deadline: 60_000, every: 200 });
  }
  return holding.move();
}

/** The situations in which explain and the HPA differ, and every explanation by name. */
export async function compare(
  { wanted, explain }: ExplainBench,
  situations: readonly Situation[],
  onCompared: (text: string) => void,
): Promise<{ differ: readonly string[]; explained: readonly Explained[] }> {
  const differ: string[] = [];
  const explained: Explained[] = [];
  for (const { name } of situations) {
    const explanation = await explain(name);
    explained.push(explanation);
    const { recommendation: predicted } = explanation;
    const real = await wanted(name);
    const ours = predicted?.outcome === 'replicas' ? predicted.range : undefined;
    if (ours?.low !== real || ours?.high !== real)
      differ.push(`${name}: the HPA ${real}, explain ${JSON.stringify(predicted)}`);
    onCompared(`${name}: ${explanation.specReplicas} -> ${real ?? 'failed'}`);
  }
  return { differ, explained };
}
