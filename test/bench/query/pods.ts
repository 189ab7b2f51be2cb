import type { KubeClient, KubeObject } from '@activescale/devkit';
import type { Slot } from '@activescale/protocol/record';

/** Namespace of every pod of the bench. */
export const NAMESPACE = 'bench';

/** Labels of the n-th pod: it is one of a workload's 50, as the pods of one HPA. */
export function podLabels(index: number): Readonly<Record<string, string>> {
  return { app: 'web', workload: `web-${Math.floor(index / 50)}`, 'pod-template-hash': '6f7c9d5b8d' };
}

export function podName(index: number): string {
  return `web-6f7c9d5b8d-${index.toString(36).padStart(5, '0')}`;
}

/** Envoy's own bounds of durations up to a minute, in ms. */
const BOUNDS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

/** What a busy sidecar of a flush of a second has on record: ten seconds as they came, and 110 in slots of five. */
export function podHistory(index: number): { slots: Partial<Slot>[]; bounds: readonly number[] } {
  const slots = Array.from({ length: 32 }, (_, i) => {
    const seconds = i < 10 ? 1 : 5;
    const started = (40 + ((index + i) % 20)) * seconds;
    const [fast, slow] = [Math.floor(started / 2), started % 7];
    return {
      length: seconds * 1_000,
      active: (index + i) % 50,
      upstreamActive: (index + i) % 40,
      mean: ((index + i) % 50) + 0.125,
      largest: 60,
      upstreamLargest: 55,
      started,
      completed: started - 2,
      errors: started % 3,
      reset: 1,
      timed: started - 1,
      durations: started * 61.5,
      buckets: [4, fast, 5, started - 1 - fast - slow, 6, slow],
    };
  });
  return { slots, bounds: BOUNDS };
}

/** A pod as an injector leaves it: the application and its sidecar, with the settings of both. About 5 KB of JSON. */
export function podObject(index: number): KubeObject {
  const env = Array.from({ length: 15 }, (_, i) => ({
    name: `SETTING_${i}`,
    value: `the value of setting ${i}`,
  }));
  const container = (name: string) => ({
    name,
    image: `registry.example.com/${name}:1.2.3`,
    env,
    ports: [{ containerPort: 8080, name: 'http' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '1Gi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 5 },
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(index),
      namespace: NAMESPACE,
      labels: podLabels(index),
      annotations: {
        'prometheus.io/scrape': 'true',
        'sidecar.istio.io/status': JSON.stringify({ revision: 'default' }),
      },
    },
    spec: { containers: [container('app'), container('proxy')] },
  };
}

const AT_ONCE = 20;

/** Creates this number of pods in the cluster. */
export async function createPods(admin: KubeClient, count: number): Promise<void> {
  let next = 0;
  const create = async (): Promise<void> => {
    while (next < count) {
      const body = podObject(next++);
      const answer = await admin.request(`/api/v1/namespaces/${NAMESPACE}/pods`, { method: 'POST', body });
      if (answer.status !== 201) throw new Error(`a pod could not be created: ${answer.body}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, create));
}
