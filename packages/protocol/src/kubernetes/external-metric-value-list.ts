import { goJson } from './json.ts';
import type { MetricValue } from './metric-value-list.ts';
import { formatQuantity } from './quantity.ts';

export const EXTERNAL_METRICS_GROUP = 'external.metrics.k8s.io';
export const EXTERNAL_METRICS_VERSION = 'v1beta1';

/**
 * The body of an answer, as custom-metrics-apiserver writes it (one final newline). The HPA adds items up.
 * @param items without names of their own: a value has no labels either, as it is of all that was selected
 */
export function encodeExternalMetricValueList(
  metricName: string,
  items: readonly Omit<MetricValue, 'name'>[],
): Buffer {
  const list = {
    kind: 'ExternalMetricValueList',
    apiVersion: `${EXTERNAL_METRICS_GROUP}/${EXTERNAL_METRICS_VERSION}`,
    metadata: {},
    items: items.map(({ timestamp, windowSeconds, value }) => ({
      metricName,
      metricLabels: {},
      timestamp: `${new Date(timestamp).toISOString().slice(0, 19)}Z`,
      ...(windowSeconds !== undefined && { window: windowSeconds }),
      value: formatQuantity(value),
    })),
  };
  return Buffer.from(`${goJson(list)}\n`);
}
