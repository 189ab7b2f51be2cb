import type { MetricResource } from '@activescale/protocol/kubernetes';

/** Far above what real adapters list. It also limits the time to compare two lists. */
const MAX_METRICS = 10_000;

/** `pods/http_requests`, `jobs.batch/queue:length`. */
const OF_OBJECTS = /^([a-z0-9][-a-z0-9.]{0,252})\/([^/%\s\p{C}]{1,253})$/u;
const EXTERNAL = /^[^/%\s\p{C}]{1,253}$/u;
/** The entry of custom-metrics-apiserver's library for an adapter that lists nothing. */
const PLACEHOLDER = 'externalmetrics';

/**
 * The metrics in an APIResourceList of a backend, in an order that does not depend on the backend's, so that all
 * replicas serve the same discovery. Names that no client could query are omitted.
 * @param resources as received
 */
export function discoveredMetrics(resources: readonly unknown[], external: boolean): MetricResource[] {
  const found = new Map<string, MetricResource>();
  for (const each of resources) {
    const metric = metricOf(each, external);
    if (metric !== undefined) found.set(keyOf(metric), metric);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_METRICS)
    .map(([, metric]) => metric);
}

export function keyOf({ resource, metric, namespaced }: MetricResource): string {
  return `${resource}/${metric ?? ''}/${namespaced ? 0 : 1}`;
}

function metricOf(entry: unknown, external: boolean): MetricResource | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { name, namespaced } = entry as { readonly name?: unknown; readonly namespaced?: unknown };
  if (typeof name !== 'string' || typeof namespaced !== 'boolean') return undefined;
  if (external) {
    return EXTERNAL.test(name) && name !== PLACEHOLDER ? { resource: name, namespaced } : undefined;
  }
  const [, resource, metric] = OF_OBJECTS.exec(name) ?? [];
  return resource === undefined || metric === undefined ? undefined : { resource, metric, namespaced };
}
