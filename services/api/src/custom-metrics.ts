import {
  CUSTOM_METRICS_VERSIONS,
  type CustomMetricsVersion,
  encodeMetricValueList,
  formatLabelSelector,
  labelSelectorJson,
  type MetricValue,
  matchesLabels,
  metricNotFound,
  metricNotFoundFor,
} from '@activescale/protocol/kubernetes';
import { CUSTOM_METRICS_PATH } from './discovery.ts';
import { type App, sendJson, urlOf } from './http.ts';
import { type ListOptions, parseListOptions } from './list-options.ts';
import { type MetricPath, parseMetricPath } from './metric-path.ts';
import type { Provider } from './provider.ts';
import { StatusError } from './status-error.ts';

/** Parses requests of the custom metrics API, lets the provider answer, encodes its answers. */
export function customMetricsRoutes(
  app: App,
  provider: Provider,
  answered: (query: MetricPath, items: number) => void,
): void {
  for (const version of CUSTOM_METRICS_VERSIONS) {
    const prefix = `${CUSTOM_METRICS_PATH}/${version}/`;
    app.get(`${prefix}*`, async (request, reply) => {
      const { path, query } = urlOf(request);
      const asked = parseMetricPath(path.slice(prefix.length));
      const options = parseListOptions(query, asked.name);
      const items = await valuesOf(provider, asked, options);
      answered(asked, items.length);
      return sendJson(reply, encodeList(version, asked, options, items));
    });
  }
}

async function valuesOf(
  provider: Provider,
  { namespace, resource, name, metric }: MetricPath,
  { labelSelector, metricLabelSelector }: ListOptions,
): Promise<MetricValue[]> {
  // Resources are matched as Kubernetes' RESTMapper does: without regard to case, singular or plural.
  if (!/^pods?$/i.test(resource)) {
    throw new StatusError(
      name === '*' ? metricNotFound(metric, resource) : metricNotFoundFor(metric, resource, name),
    );
  }
  // A pod's metric is one series without labels of its own.
  const matches = matchesLabels(metricLabelSelector, {});
  if (name !== '*') {
    if (namespace === undefined) throw new StatusError(metricNotFoundFor(metric, 'pods', name));
    const value = await provider.getMetricByName(namespace, name, metric);
    if (matches) return [value];
    const selector = formatLabelSelector(metricLabelSelector);
    throw new StatusError(metricNotFoundFor(metric, 'pods', name, selector));
  }
  const values = await provider.getMetricBySelector(namespace ?? '', labelSelector, metric);
  return matches ? values : [];
}

function encodeList(
  version: CustomMetricsVersion,
  { namespace, metric }: MetricPath,
  { metricLabelSelector }: ListOptions,
  items: readonly MetricValue[],
): Buffer {
  const selector = metricLabelSelector.length === 0 ? null : (labelSelectorJson(metricLabelSelector) ?? null);
  return encodeMetricValueList(version, {
    metric,
    selector,
    kind: 'Pod',
    apiVersion: 'v1',
    ...(namespace !== undefined && { namespace }),
    items,
  });
}
