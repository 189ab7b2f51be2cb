import { MetricFailure } from '@activescale/hpa';
import { DESTINATIONS, formatGroupResource, type KubeClient } from '@activescale/kube';
import {
  CUSTOM_METRICS_GROUP,
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
  formatLabelSelector,
  type LabelSelector,
  parseQuantity,
} from '@activescale/protocol/kubernetes';
import { ask } from '../cluster/ask.ts';
import { kindOf, type ObjectReference } from '../cluster/autoscaler.ts';
import { destinationKindOf } from '../cluster/destination.ts';
import type { Question } from '../cluster/question.ts';
import type { Values } from './values.ts';

interface List {
  readonly items: readonly { readonly describedObject?: { readonly name: string }; readonly value: string }[];
}

/**
 * Queries the metrics API as the HPA does: the same paths, through kube-apiserver (kubernetes
 * pkg/controller/podautoscaler, metrics/client.go). Rejects with a MetricFailure if the HPA would fail, and
 * with a KubeError if the request is refused.
 * @param labels of the pods that are scaled
 */
export async function askMetricsApi(
  client: KubeClient,
  namespace: string,
  labels: LabelSelector,
  question: Question,
): Promise<Values> {
  return askAt(client, await metricPath(client, namespace, labels, question), question);
}

/**
 * The path of the HPA's query. Rejects like askMetricsApi.
 * @param labels of the pods that are scaled
 */
export async function metricPath(
  client: KubeClient,
  namespace: string,
  labels: LabelSelector,
  question: Question,
): Promise<string> {
  const { type, metric, selector } = question;
  const space = encodeURIComponent(namespace);
  const name = encodeURIComponent(metric);
  if (type === 'External') {
    const path = `/apis/${EXTERNAL_METRICS_GROUP}/${EXTERNAL_METRICS_VERSION}/namespaces/${space}`;
    return `${path}/${name.toLowerCase()}${query({ labelSelector: selector })}`;
  }
  const base = await customMetricsPath(client);
  if (type === 'Pods') {
    const asked = query({ labelSelector: labels, metricLabelSelector: selector });
    return `${base}/namespaces/${space}/pods/*/${name}${asked}`;
  }
  const object = await describedPath(client, question);
  const asked = query({ metricLabelSelector: selector });
  return `${base}/namespaces/${space}/${object}/${name}${asked}`;
}

/** Queries a path of metricPath. Rejects like askMetricsApi. */
export async function askAt(
  client: KubeClient,
  path: string,
  { type }: Pick<Question, 'type'>,
): Promise<Values> {
  const { items } = await ask<List>(client, path);
  if (type === 'External') {
    if (items.length === 0)
      throw new MetricFailure('noValue', 'no metrics returned from external metrics API');
    return { of: 'all', value: items.reduce((sum, item) => sum + milli(item.value), 0) };
  }
  if (type === 'Pods') {
    if (items.length === 0) throw new MetricFailure('noValue', 'no metrics returned from custom metrics API');
    return {
      of: 'pods',
      values: new Map(items.map((item) => [item.describedObject?.name ?? '', milli(item.value)])),
    };
  }
  const [item, ...more] = items;
  if (item === undefined || more.length > 0) {
    const why = `the custom metrics API server returned ${items.length} results when we asked for exactly one`;
    throw new MetricFailure('noValue', why);
  }
  return { of: 'all', value: milli(item.value) };
}

/** Of the version that the HPA uses: the group's preferred one. */
async function customMetricsPath(client: KubeClient): Promise<string> {
  const path = `/apis/${CUSTOM_METRICS_GROUP}`;
  const { preferredVersion } = await ask<{ preferredVersion?: { groupVersion: string } }>(client, path);
  return `/apis/${preferredVersion?.groupVersion ?? `${CUSTOM_METRICS_GROUP}/v1beta2`}`;
}

async function describedPath(client: KubeClient, { describedObject }: Question): Promise<string> {
  const reference = describedObject ?? { kind: '', name: '' };
  if (reference.kind === 'Namespace') return 'metrics';
  return `${await describedResource(client, reference)}/${encodeURIComponent(reference.name)}`;
}

/** `deployments.apps`. Rejects with a MetricFailure if the object is neither a destination nor selects pods. */
export async function describedResource(client: KubeClient, reference: ObjectReference): Promise<string> {
  const destination = destinationKindOf(reference);
  if (destination !== undefined) return formatGroupResource(DESTINATIONS[destination].resource);
  const kind = await kindOf(client, reference);
  if (kind === undefined) throw new MetricFailure('noObject', `no kind ${reference.kind} that selects pods`);
  return formatGroupResource(kind.resource);
}

function query(selectors: Readonly<Record<string, LabelSelector>>): string {
  const given = Object.entries(selectors).filter(([, selector]) => selector.length > 0);
  const search = new URLSearchParams(given.map(([key, selector]) => [key, formatLabelSelector(selector)]));
  return search.size === 0 ? '' : `?${search}`;
}

function milli(quantity: string): number {
  return Number(parseQuantity(quantity));
}
