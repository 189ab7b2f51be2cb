import { deployment, type KubeClient, type KubeObject, listPods, podCount } from '@activescale/devkit';
import type { StoredPod } from '../../contract/api.ts';
import type { Situation } from './situations.ts';

/** A Deployment whose pods stay after they are deleted, as with a kubelet that takes its time. */
function lastingDeployment(name: string, namespace: string, replicas: number): KubeObject {
  const object = deployment(name, namespace, replicas);
  const spec = object.spec as { template: { metadata: object } };
  const metadata = { ...spec.template.metadata, finalizers: ['example.com/terminating'] };
  return { ...object, spec: { ...spec, template: { ...spec.template, metadata } } };
}

/** Makes the workload and brings its pods into the states of the situation. Gives the records that its proxies left. */
export async function enact(
  admin: KubeClient,
  namespace: string,
  { name, pods }: Situation,
): Promise<StoredPod[]> {
  await admin.apply(lastingDeployment(name, namespace, pods.length));
  const options = { namespace, labelSelector: `app=${name}` };
  const made = await podCount(admin, pods.length, options);
  const names = made.map(({ metadata }) => metadata.name).sort();
  const records: StoredPod[] = [];
  for (const [i, { phase, ready, deleted, record }] of pods.entries()) {
    const pod = names[i] ?? '';
    if (record !== undefined) records.push({ namespace, name: pod, ...record, expiry: 7_200_000 });
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
    if (phase !== 'Pending') await admin.patch(`${path}/status`, { status: { phase, conditions } });
    if (deleted) await admin.delete(path);
  }
  return records;
}

/** Waits until what was deleted or has failed has been replaced: the number of pods stays as it is then. */
export async function settled(admin: KubeClient, namespace: string, situation: Situation): Promise<boolean> {
  const pods = await listPods(admin, { namespace, labelSelector: `app=${situation.name}` });
  const ended = (pod: KubeObject) =>
    pod.metadata.deletionTimestamp !== undefined || (pod.status as { phase?: string })?.phase === 'Failed';
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${situation.name}`;
  const { status } = await admin.get<{ status?: { replicas?: number } }>(path);
  const alive = pods.filter((pod) => !ended(pod)).length;
  return alive === situation.pods.length && status?.replicas === alive;
}
