import { adoptedFrom, askedWorkloads, formatObjectKey, type ObjectKey } from '@activescale/kube';
import type { Pod } from '@activescale/metrics';
import { isSameSelector } from '@activescale/protocol/kubernetes';
import type { PodQuery, PodSource } from '../metrics/provider.ts';
import type { DescribedObjects } from './described-objects.ts';
import type { Selection } from './pod-selection.ts';
import type { ClusterPods } from './pods.ts';

/** The cluster's pods, selected as the query means them: see PodQuery.whose. */
export function clusterPodSource(
  pods: Pick<ClusterPods, 'select' | 'get'>,
  objects: Pick<DescribedObjects, 'get'>,
): PodSource {
  const describe = (namespace: string, { group, kind, name }: ObjectKey) =>
    objects.get({ group, resource: kind.toLowerCase() }, namespace, name);
  const selectOwn = async (
    { pods: all, workloads }: Selection,
    { namespace, labels, identity, whose }: PodQuery,
  ): Promise<readonly Pod[]> => {
    const hasSelector = async (workload: ObjectKey): Promise<boolean> => {
      const found = await describe(namespace, workload);
      return found !== undefined && isSameSelector(found.selector, labels);
    };
    const exists = async (workload: ObjectKey) => (await describe(namespace, workload)) !== undefined;
    const meant = typeof whose === 'object' ? [whose] : await askedWorkloads(workloads, hasSelector);
    if (meant === undefined) return all;
    const adopted = await adoptedFrom(meant, workloads, exists);
    return pods.select(namespace, labels, identity, [...meant, ...adopted]).pods;
  };
  return {
    select(query) {
      const all = pods.select(query.namespace, query.labels, query.identity);
      // The common case: all matching pods have one owner, and nothing is looked up.
      return isPlain(all, query) ? all.pods : selectOwn(all, query);
    },
    get: (namespace, name) => pods.get(namespace, name),
  };
}

function isPlain({ workloads }: Selection, { labels, whose }: PodQuery): boolean {
  if (whose === 'all') return true;
  // A workload's selector is never empty.
  if (whose === 'asked') return labels.length === 0 || workloads.length < 2;
  const own = formatObjectKey(whose);
  return workloads.every((workload) => formatObjectKey(workload) === own);
}
