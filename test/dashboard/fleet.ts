import { randomUUID } from 'node:crypto';
import { type KubeClient, type KubeObject, namespace } from '@activescale/devkit';
import type { StoredPod } from '../contract/api.ts';
import type { ClusterBench } from '../contract/api-cluster.ts';
import type { CliEnv } from '../e2e/cli/run-cli.ts';

export const WORKLOADS = 500;
export const PODS = 50;

/** Namespaces that the workloads are spread over. */
const NAMESPACES = 10;
/** Requests to kube-apiserver at once. */
const AT_ONCE = 32;
const SECONDS = 30;

export interface Fleet {
  readonly env: CliEnv;
}

/** Creates Deployments with their pods, HPAs and records, without controllers, which would take half an hour. */
export async function startFleet(bench: ClusterBench): Promise<Fleet> {
  const { plane, valkey } = bench;
  const { admin } = plane;
  await plane.controllerManager.stop();
  for (let i = 0; i < NAMESPACES; i++) await admin.apply(namespace(`team-${i}`));
  const names = Array.from({ length: WORKLOADS }, (_, i) => ({
    space: `team-${i % NAMESPACES}`,
    name: `service-${i}`,
  }));
  await inParallel(names, ({ space, name }) => createWorkload(admin, space, name));
  const pods = names.flatMap(({ space, name }) =>
    Array.from({ length: PODS }, (_, i) => ({
      space,
      name,
      pod: `${name}-7c9f8d-${i.toString(36).padStart(5, 'x')}`,
    })),
  );
  await inParallel(pods, ({ space, name, pod }) => createPod(admin, space, name, pod));
  for (let i = 0; i < pods.length; i += 1_000)
    await bench.put(...pods.slice(i, i + 1_000).map(({ space, pod }, j) => recordOf(space, pod, j)));
  return { env: { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: valkey.addr, METRIC_TTL: '1h' } };
}

async function createWorkload(admin: KubeClient, space: string, name: string): Promise<void> {
  const labels = { app: name };
  const metadata = { name, namespace: space, labels };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app' }] } };
  const spec = { replicas: PODS, selector: { matchLabels: labels }, template };
  await admin.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
  const status = { replicas: PODS, readyReplicas: PODS, updatedReplicas: PODS };
  await admin.patch(`/apis/apps/v1/namespaces/${space}/deployments/${name}/status`, { status });
  const target = { type: 'AverageValue', averageValue: '10' };
  await admin.apply({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 2,
      maxReplicas: 100,
      metrics: [{ type: 'Pods', pods: { metric: { name: 'active_requests' }, target } }],
    },
  });
}

async function createPod(admin: KubeClient, space: string, name: string, pod: string): Promise<void> {
  const controller = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: `${name}-7c9f8d`,
    uid: randomUUID(),
    controller: true,
  };
  const metadata = {
    name: pod,
    namespace: space,
    labels: { app: name, 'pod-template-hash': '7c9f8d' },
    ownerReferences: [controller],
  };
  const path = `/api/v1/namespaces/${space}/pods`;
  const body: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'app', image: 'app' }] },
  };
  const { status, body: answer } = await admin.request(path, { method: 'POST', body });
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${answer.slice(0, 300)}`);
}

/** What a sidecar leaves that has pushed for two minutes. */
function recordOf(space: string, name: string, seed: number): StoredPod {
  const active = 5 + (seed % 8);
  const slots = Array.from({ length: SECONDS }, (_, i) => ({
    active,
    mean: active + Math.sin((seed + i) / 4),
    started: active * 3,
    completed: active * 3,
  }));
  return { namespace: space, name, active, slots, expiry: 3_600_000 };
}

async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
