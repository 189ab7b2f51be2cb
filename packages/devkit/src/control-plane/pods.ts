import { until } from '../process/until.ts';
import type { KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';

interface Pod extends KubeObject {
  status?: { phase?: string };
}

interface PodsOptions {
  namespace: string;
  /** Only pods that it selects. */
  labelSelector?: string;
}

/** All pods of a namespace. */
export function listPods(client: KubeClient, { namespace, labelSelector }: PodsOptions): Promise<Pod[]> {
  const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`;
  return client.list<Pod>(`/api/v1/namespaces/${namespace}/pods${query}`);
}

/** Waits until there is exactly this number of pods that are not being deleted, and returns them. */
export function podCount(client: KubeClient, count: number, options: PodsOptions): Promise<Pod[]> {
  const look = async () => {
    const pods = (await listPods(client, options)).filter(({ metadata }) => !metadata.deletionTimestamp);
    return pods.length === count && pods;
  };
  return until(look, { what: `${count} pods in ${options.namespace}`, deadline: 60_000, every: 100 });
}

/** Does a kubelet's part: pods that wait become Running and Ready. Gives the names of those that it changed. */
export async function runPods(client: KubeClient, options: PodsOptions): Promise<string[]> {
  const waiting = (await listPods(client, options)).filter(({ status }) => status?.phase === 'Pending');
  const time = new Date().toISOString();
  const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: time });
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(condition);
  const status = { phase: 'Running', startTime: time, conditions };
  const names = waiting.map(({ metadata }) => metadata.name);
  for (const name of names) {
    await client.patch(`/api/v1/namespaces/${options.namespace}/pods/${name}/status`, { status });
  }
  return names;
}
