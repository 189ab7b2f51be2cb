import type { KubeClient, KubeObject } from '@activescale/devkit';

/** Namespace of every pod of the bench. */
export const NAMESPACE = 'bench';

/** Labels of the n-th pod: it is one of a workload's 50, as the pods of one HPA. */
export function podLabels(index: number): Readonly<Record<string, string>> {
  return { app: 'web', workload: `web-${Math.floor(index / 50)}`, 'pod-template-hash': '6f7c9d5b8d' };
}

export function podName(index: number): string {
  return `web-6f7c9d5b8d-${index.toString(36).padStart(5, '0')}`;
}

/** A pod as an injector leaves it: the application and its sidecar, with what both are told. About 5 KB of JSON. */
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

/** Creates so many pods in the cluster. */
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
