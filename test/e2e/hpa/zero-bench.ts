import { deployment, type KubeObject, namespace, podCount, runPods, until } from '@activescale/devkit';
import { type ClusterBench, type ClusterBenchOptions, startInCluster } from '../../contract/api-cluster.ts';
import { demandRecord, gateway } from '../../contract/demand-records.ts';
import { type CliEnv, cliJson } from '../cli/run-cli.ts';
import { followStory, type Story } from './story.ts';

/** What explain says that matters here. */
export interface Explained {
  readonly recommendation?: { readonly outcome: string };
  readonly decision: {
    readonly range: { readonly low: number; readonly high: number };
    readonly reasons: readonly { readonly code: string; readonly text: string }[];
  };
}

type Decision = 'kept' | 'rescaled' | 'failed';

/** What the controller logs once at each of its decisions, at verbosity 4. */
function decisionIn(line: string): Decision[] {
  if (line.includes('"Decided not to scale"')) return ['kept'];
  if (line.includes('"Successfully rescaled"')) return ['rescaled'];
  return line.includes('failed to compute desired number of replicas') ? ['failed'] : [];
}

interface Report {
  readonly check: string;
  readonly findings: readonly { readonly code: string; readonly subject: string; readonly problem: string }[];
}

/** The requests in flight to a Service, one that was rejected for lack of an endpoint, or nothing that is known. */
export type Demand = number | 'one rejected' | 'unknown';

/** The demand that a gateway reports scales workloads to zero and from zero on a real HPA controller. */
export interface ZeroBench extends AsyncDisposable {
  readonly bench: ClusterBench;
  /** The pod of the gateway. */
  readonly gatewayPod: { readonly namespace: string; readonly name: string };
  /** What the gateway reports of the Service from now on. */
  setDemand(service: string, demand: Demand): Promise<void>;
  /** What explain says. */
  explain(name: string): Promise<Explained>;
  /** What doctor finds in an HPA: `CODE: problem`. */
  problems(name: string): Promise<string[]>;
  /** What the controller has decided on the workload of an HPA, oldest first. */
  decisions(name: string): readonly Decision[];
  /** Waits until it has decided several times more. */
  keepsDeciding(name: string): Promise<void>;
  /**
   * Makes a change while the controller stands still, lets explain predict what the controller will do, and lets the
   * controller do it: it must come to the predicted replicas, and keep them.
   */
  predicted(story: Story, name: string, change: () => Promise<unknown>): Promise<number>;
}

const SHOP = 'shop';
const EDGE = 'edge';
/** A record stays fresh for four of its flushes: an hour. In ms. */
const FLUSH_MS = 900_000;
/** How often the controller must come to the same replicas. */
const DECISIONS = 3;

export async function startZeroBench(options: ClusterBenchOptions): Promise<ZeroBench> {
  await using starting = new AsyncDisposableStack();
  const { controllerManagerArgs = [] } = options;
  const verbose = [...controllerManagerArgs, '--vmodule=horizontal=4'];
  const bench = starting.use(await startInCluster({ ...options, controllerManagerArgs: verbose }));
  const { plane, store, valkey } = bench;
  const { admin, controllerManager } = plane;
  for (const name of [SHOP, EDGE]) await admin.apply(namespace(name));
  await admin.apply(deployment('gateway', EDGE, 1));
  const [pod] = await podCount(admin, 1, { namespace: EDGE });
  await runPods(admin, { namespace: EDGE });
  const source = gateway(pod?.metadata.name ?? '', EDGE);
  // A record that is older than its pod is another's, and a pod's time has whole seconds.
  const created = Date.parse(String(pod?.metadata.creationTimestamp)) + 1_000;
  await until(() => (store.clock.now() ?? 0) > created, { what: 'the gateway to be older than its record' });
  const env: CliEnv = { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: valkey.addr };
  const explain = (name: string) => cliJson<Explained>(['explain', `hpa/${name}`, '-n', SHOP], env);

  const decisions = (name: string) => {
    const lines = controllerManager.logs().split('\n');
    return lines.flatMap((line) => (line.includes(`Deployment/${SHOP}/${name}`) ? decisionIn(line) : []));
  };
  const keepsDeciding = async (name: string) => {
    const before = decisions(name).length;
    const what = `${DECISIONS} decisions on ${name}`;
    await until(() => decisions(name).length >= before + DECISIONS, { what, deadline: 60_000, every: 100 });
  };
  const started = starting.move();
  return {
    bench,
    gatewayPod: source,
    async setDemand(service, demand) {
      const fields = { namespace: SHOP, flushLength: FLUSH_MS, expiry: FLUSH_MS, ...fieldsOf(demand) };
      await bench.put(demandRecord('service', service, source, fields));
    },
    explain,
    decisions,
    keepsDeciding,
    async problems(name) {
      const reports = await cliJson<Report[]>(['doctor', '-n', SHOP], env);
      const findings = reports.flatMap((report) => (report.check === 'HPAs' ? report.findings : []));
      return findings.flatMap(({ code, subject, problem }) =>
        subject.startsWith(`hpa/${name} `) ? [`${code}: ${problem}`] : [],
      );
    },
    async predicted(story, name, change) {
      controllerManager.kill('SIGSTOP');
      let explained: Explained;
      try {
        await change();
        explained = await explain(name);
      } finally {
        controllerManager.kill('SIGCONT');
      }
      const { low, high } = explained.decision.range;
      if (low !== high) throw new Error(`explain predicts a range: ${JSON.stringify(explained)}`);
      await story.becomes(low);
      await keepsDeciding(name);
      if (story.replicas() !== low)
        throw new Error(`${story.replicas()} replicas, explain predicted ${JSON.stringify(explained)}`);
      return low;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function fieldsOf(demand: Demand) {
  if (demand === 'unknown') return { expiry: 1 };
  if (demand === 'one rejected') return { slots: [{ reset: 1, completed: 1, errors: 1 }] };
  return { active: demand, slots: [{ active: demand }] };
}

/** A Deployment that follows the requests to its Service, ten for each replica, as fast as it can. */
export function followingHpa(name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  const quick = (type: string, value: number) => ({
    stabilizationWindowSeconds: 0,
    policies: [{ type, value, periodSeconds: 1 }],
  });
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: SHOP },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 0,
      maxReplicas: 8,
      metrics: [
        {
          type: 'Object',
          object: {
            metric: { name: 'demand_requests' },
            describedObject: { apiVersion: 'v1', kind: 'Service', name },
            target: { type: 'AverageValue', averageValue: '10' },
          },
        },
      ],
      behavior: { scaleUp: quick('Pods', 10), scaleDown: quick('Percent', 100) },
      ...spec,
    },
  };
}

/** Starts the Deployment with its Service, and what follows it. */
export async function startWorkload(
  { bench }: ZeroBench,
  name: string,
  replicas: number,
  file: string,
): Promise<Story> {
  const { admin } = bench.plane;
  await admin.apply(deployment(name, SHOP, replicas));
  await admin.apply(serviceOf(name));
  return followStory(admin, SHOP, name, file);
}

export function serviceOf(name: string, namespace = SHOP): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  };
}

/** What the Deployment wants. */
export async function replicasOf({ bench }: ZeroBench, name: string): Promise<number> {
  const path = `/apis/apps/v1/namespaces/${SHOP}/deployments/${name}`;
  return (await bench.plane.admin.get<{ spec: { replicas: number } }>(path)).spec.replicas;
}

/** Scales the Deployment as a user does. */
export async function scale({ bench }: ZeroBench, name: string, replicas: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${SHOP}/deployments/${name}`;
  await bench.plane.admin.patch(path, { spec: { replicas } });
}
