import { goJson } from './json.ts';
import type { MetricValue } from './metric-value-list.ts';
import { formatQuantity } from './quantity.ts';

export const EXTERNAL_METRICS_GROUP = 'external.metrics.k8s.io';
export const EXTERNAL_METRICS_VERSION = 'v1beta1';

/**
 * The body of a response, in the format of custom-metrics-apiserver (one final newline). The HPA adds items up.
 * @param items without names; a value has no labels either, because it covers the whole selection
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
