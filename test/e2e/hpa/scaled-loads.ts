import { setTimeout as sleep } from 'node:timers/promises';
import { deployment, type KubeObject, namespace, startIngest, until } from '@activescale/devkit';
import { parseQuantity } from '@activescale/protocol/kubernetes';
import { type ClusterBench, startInCluster } from '../../contract/api-cluster.ts';
import { startFleets } from './forged-fleets.ts';

/** A Deployment with its HPA, alone in its namespace, under a load that is the same whatever its replicas are. */
export interface ScaledLoad {
  readonly namespace: string;
  /** Requests in flight in all pods together, by the second. */
  readonly load: (second: number) => number;
  /** Requests in flight of one pod: large, because a gauge is a whole number and each pod has an equal share. */
  readonly target: number;
  readonly behavior: object;
}

/** Replicas from a time on, in ms since the epoch. */
export interface ReplicasFrom {
  readonly at: number;
  readonly replicas: number;
}

export interface ScaledLoads extends AsyncDisposable {
  readonly bench: ClusterBench;
  /** Creates the HPAs and starts the loads; before that each pod has the load of second 0. */
  begin(): Promise<void>;
  /** Waits until the loads have run for this number of seconds. */
  second(second: number): Promise<void>;
  /** What each Deployment has wanted since the loads began. */
  readonly replicas: ReadonlyMap<string, readonly ReplicasFrom[]>;
}

/** Sync period of the controller in these tests, in s. */
export const SYNC_S = 2;
/** Of each Deployment at the start. */
const REPLICAS = 3;
const MAX_REPLICAS = 12;
const LOOK_MS = 250;
/** How long each request takes, in s. */
const DURATION_S = 0.1;

/** The real HPA controller scales forged pods of each load. */
export async function startScaledLoads(loads: readonly ScaledLoad[]): Promise<ScaledLoads> {
  await using starting = new AsyncDisposableStack();
  const bench = starting.use(await startInCluster());
  const { admin } = bench.plane;
  const ingest = starting.use(await startIngest({ VALKEY_ADDR: bench.valkey.addr }));
  for (const { namespace: name } of loads) {
    await admin.apply(namespace(name));
    await admin.apply(deployment('web', name, REPLICAS));
  }
  let begun: number | undefined;
  const clock = () => (begun === undefined ? 0 : (performance.now() - begun) / 1_000);
  const specs = loads.map(({ namespace, load }) => ({
    namespace,
    type: 'sidecar' as const,
    load: (pods: number) => {
      const active = Math.round(load(clock()) / Math.max(1, pods));
      return { perSecond: Math.round(active / DURATION_S), duration: DURATION_S, active };
    },
  }));
  starting.use(startFleets(bench.plane, ingest.grpcPort, specs));
  for (const { namespace, load } of loads) {
    const served = async () => (await loadIn(bench, namespace)) >= load(0) * 0.99;
    await until(served, { what: `the load of ${namespace}`, deadline: 60_000, every: 250 });
  }
  const replicas = new Map<string, ReplicasFrom[]>(loads.map(({ namespace }) => [namespace, []]));
  const closing = new AbortController();
  const look = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const at = Date.now();
      const deployments = await admin.list<KubeObject & { spec: { replicas: number } }>(
        '/apis/apps/v1/deployments',
      );
      for (const { metadata, spec } of deployments) {
        const seen = replicas.get(metadata.namespace ?? '');
        if (seen?.at(-1)?.replicas !== spec.replicas) seen?.push({ at, replicas: spec.replicas });
      }
      await sleep(LOOK_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  let looking: Promise<void> | undefined;
  starting.defer(async () => {
    closing.abort();
    await looking;
  });
  const started = starting.move();
  return {
    bench,
    replicas,
    async begin() {
      looking = look();
      looking.catch(() => {}); // reported when it is disposed of
      begun = performance.now();
      for (const load of loads) await admin.apply(hpa(load));
    },
    async second(second) {
      const deadline = second * 1_000 + 30_000;
      await until(() => clock() >= second, { what: `second ${second}`, deadline, every: 100 });
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function hpa({ namespace, target, behavior }: ScaledLoad): KubeObject {
  const describedObject = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const average = { type: 'AverageValue', averageValue: String(target) };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace },
    spec: {
      scaleTargetRef: describedObject,
      minReplicas: 1,
      maxReplicas: MAX_REPLICAS,
      metrics: [
        { type: 'Object', object: { describedObject, metric: { name: 'active_requests' }, target: average } },
      ],
      behavior,
    },
  };
}

/** The served value; NaN: none. */
async function loadIn({ plane: { admin } }: ClusterBench, namespace: string): Promise<number> {
  const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/deployments.apps/web/active_requests`;
  const { status, body } = await admin.request(path);
  return status === 200 ? Number(parseQuantity(JSON.parse(body).items[0]?.value)) / 1_000 : Number.NaN;
}
