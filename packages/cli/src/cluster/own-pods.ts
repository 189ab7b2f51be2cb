import {
  adoptedFrom,
  askedWorkloads,
  formatObjectKey,
  type KubeClient,
  KubeError,
  type ObjectKey,
  ownedBy,
} from '@activescale/kube';
import { isSameSelector, type LabelSelector } from '@activescale/protocol/kubernetes';
import { type DescribedObject, readDescribed } from './described-object.ts';
import type { ClusterPod } from './pods.ts';

/** The objects' own pods among those that their selector matches, as in api. */
export async function ownPods(
  client: KubeClient,
  namespace: string,
  pods: readonly ClusterPod[],
  ...objects: readonly ObjectKey[]
): Promise<readonly ClusterPod[]> {
  const exists = (workload: ObjectKey) =>
    describe(client, namespace, workload).then(
      (found) => found !== undefined,
      (error: unknown) => error instanceof KubeError, // this user may not see it
    );
  const adopted = await adoptedFrom(objects, workloadsOf(pods), exists);
  const owners = pods.map(({ owner }) => owner);
  const rules = [...objects, ...adopted].map((object) => ownedBy(object, owners));
  return pods.filter(({ owner }) => rules.some((isOwn) => isOwn(owner)));
}

/** The pods that a query by labels means among the matching ones, as in api. */
export async function askedPods(
  client: KubeClient,
  namespace: string,
  labels: LabelSelector,
  pods: readonly ClusterPod[],
): Promise<readonly ClusterPod[]> {
  if (labels.length === 0) return pods;
  const asked = await askedWorkloads(workloadsOf(pods), async (workload) => {
    const found = await describe(client, namespace, workload).catch(() => undefined);
    return found !== undefined && isSameSelector(found.selector, labels);
  });
  return asked === undefined ? pods : ownPods(client, namespace, pods, ...asked);
}

function workloadsOf(pods: readonly ClusterPod[]): ObjectKey[] {
  const workloads = pods.flatMap(({ owner }) => owner?.workload ?? []);
  return [...new Map(workloads.map((each) => [formatObjectKey(each), each])).values()];
}

function describe(
  client: KubeClient,
  namespace: string,
  { group, kind, name }: ObjectKey,
): Promise<DescribedObject | undefined> {
  const apiVersion = group === '' ? 'v1' : `${group}/v1`; // only its group counts
  return readDescribed(client, namespace, { apiVersion, kind, name });
}
