import {
  EXTERNAL_METRICS,
  type KubeClient,
  type KubeObject,
  listPods,
  namespace,
  podCount,
  registerApi,
  runPods,
  until,
} from '@activescale/devkit';
import { V1BETA2 } from './api.ts';
import { type ClusterBench, podsOlderThan, startInCluster } from './api-cluster.ts';

/** The values of an answer in the order of its items; its status where there are none. */
export type Values = readonly string[] | number;

/** A cluster with api, StatefulSets and Jobs, and queries by which tests compare whose load is answered. */
export interface OwnersBench extends AsyncDisposable {
  readonly bench: ClusterBench;
  readonly admin: KubeClient;
  createNamespace(name: string): Promise<string>;
  /** Creates the objects, waits for this number of pods, and has each push a load. */
  enact(
    space: string,
    objects: readonly KubeObject[],
    pods: number,
    loadOf: (pod: KubeObject) => number,
  ): Promise<void>;
  /** Every pod of the namespace pushes, and api has seen them all. */
  push(space: string, loadOf: (pod: KubeObject) => number): Promise<void>;
  ofObject(space: string, resource: string, name: string, metric?: string): Promise<Values>;
  ofPods(space: string, selector: string, metric?: string): Promise<Values>;
  external(space: string, selector: string, metric?: string): Promise<Values>;
  ofNamespace(space: string): Promise<Values>;
}

export async function startOwnersBench(): Promise<OwnersBench> {
  const bench = await startInCluster({
    env: { EXTERNAL_METRICS: 'true' },
    controllers: ['statefulset-controller', 'job-controller'],
  });
  const { admin, ca } = bench.plane;
  const { securePort } = bench.api;
  await registerApi(admin, { securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });

  const values = async (path: string): Promise<Values> => {
    const { status, body } = await admin.request(path);
    return status === 200 ? JSON.parse(body).items.map(({ value }: { value: string }) => value) : status;
  };
  const selecting = (selector: string) => `labelSelector=${encodeURIComponent(selector)}`;
  const ofPods: OwnersBench['ofPods'] = (space, selector, metric = 'active_requests') =>
    values(`${V1BETA2}/namespaces/${space}/pods/*/${metric}?${selecting(selector)}`);
  const push: OwnersBench['push'] = async (space, loadOf) => {
    const all = await listPods(admin, { namespace: space });
    const records = all.map((pod) => {
      const active = loadOf(pod);
      const slots = [{ length: 1_000, started: active }];
      return { namespace: space, name: pod.metadata.name, active, slots, flushLength: 60_000 };
    });
    // A slot that begins before its pod is another's.
    await podsOlderThan(bench, space, 1_000);
    await bench.put(...records);
    const seen = async () => ((await ofPods(space, '')) as string[]).length === all.length;
    await until(seen, { what: `api to have seen all pods in ${space}` });
  };
  return {
    bench,
    admin,
    async createNamespace(name) {
      await admin.apply(namespace(name));
      return name;
    },
    async enact(space, objects, pods, loadOf) {
      for (const object of objects) await admin.apply(object);
      await podCount(admin, pods, { namespace: space });
      await runPods(admin, { namespace: space });
      await push(space, loadOf);
    },
    push,
    ofObject: (space, resource, name, metric = 'active_requests') =>
      values(`${V1BETA2}/namespaces/${space}/${resource}/${name}/${metric}`),
    ofPods,
    external: (space, selector, metric = 'active_requests') =>
      values(`/apis/external.metrics.k8s.io/v1beta1/namespaces/${space}/${metric}?${selecting(selector)}`),
    ofNamespace: (space) => values(`${V1BETA2}/namespaces/${space}/metrics/active_requests`),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

/** `StatefulSet db`; empty for a pod without a controller. */
export function controllerOf({ metadata }: KubeObject): string {
  const [reference] = (metadata.ownerReferences ?? []) as readonly { kind: string; name: string }[];
  return reference === undefined ? '' : `${reference.kind} ${reference.name}`;
}
