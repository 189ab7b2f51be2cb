import {
  type DiscoveredGroup,
  EXTERNAL_METRICS_GROUP,
  type MetricResource,
} from '@activescale/protocol/kubernetes';

/** The metrics that other adapters list, by API group. */
export type OtherMetrics = ReadonlyMap<string, readonly MetricResource[]>;

/**
 * Discovery of this API and of the adapters behind it: our metrics first, theirs in the order given. A metric of ours
 * is never listed a second time, because queries for it do not reach them. All metrics of a resource have the scope of
 * its first one: mixed scopes make kube-apiserver's conversion of aggregated discovery fail.
 */
export function mergedGroups(
  own: readonly DiscoveredGroup[],
  others: OtherMetrics,
): readonly DiscoveredGroup[] {
  return own.map((group) => {
    const { name, resources } = group;
    const theirs = others.get(name) ?? [];
    if (theirs.length === 0) return group;
    const nameOf = ({ resource, metric = resource }: MetricResource) =>
      name === EXTERNAL_METRICS_GROUP ? metric.toLowerCase() : metric;
    const ours = new Set(resources.map(nameOf));
    const scopes = new Map<string, boolean>();
    for (const { resource, namespaced } of [...resources, ...theirs])
      if (!scopes.has(resource)) scopes.set(resource, namespaced);
    const added = theirs.filter(
      (each) => !ours.has(nameOf(each)) && scopes.get(each.resource) === each.namespaced,
    );
    return { ...group, resources: [...resources, ...added] };
  });
}

/** Merges whenever one of the two has changed. */
export function createMergedGroups(
  own: () => readonly DiscoveredGroup[],
  others: () => OtherMetrics,
): () => readonly DiscoveredGroup[] {
  let last: { readonly own: readonly DiscoveredGroup[]; readonly others: OtherMetrics } | undefined;
  let merged: readonly DiscoveredGroup[] = [];
  return () => {
    const [ours, theirs] = [own(), others()];
    if (last?.own !== ours || last.others !== theirs) {
      merged = mergedGroups(ours, theirs);
      last = { own: ours, others: theirs };
    }
    return merged;
  };
}
