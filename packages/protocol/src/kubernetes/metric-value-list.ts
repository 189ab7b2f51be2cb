import { asciiJsonString } from './json.ts';
import { formatQuantity } from './quantity.ts';

export const CUSTOM_METRICS_GROUP = 'custom.metrics.k8s.io';

/** Served versions, the preferred one first. */
export const CUSTOM_METRICS_VERSIONS = ['v1beta2', 'v1beta1'] as const;
export type CustomMetricsVersion = (typeof CUSTOM_METRICS_VERSIONS)[number];

/** The value of one metric for the objects of one kind in one namespace. */
export interface MetricValueList {
  metric: string;
  /** The request's metricLabelSelector as JSON of a LabelSelector (labelSelectorJson), ASCII only; null: none. */
  selector: string | null;
  kind: string;
  apiVersion: string;
  /** undefined: the objects have none. */
  namespace?: string;
  items: readonly MetricValue[];
}

export interface MetricValue {
  /** Name of the described object. */
  name: string;
  /** Time of the sample, ms since the epoch. */
  timestamp: number;
  /** Finite, in the metric's own unit. */
  value: number;
  /** Whole seconds that the value is taken over; undefined for a value at one moment. */
  windowSeconds?: number;
}

/**
 * The body of an answer, as custom-metrics-apiserver writes it (one final newline).
 * Put together as text: for 1,500 items JSON.stringify costs twice as much. All of it is ASCII, so that
 * latin1, which needs no look at each character, is a right encoding.
 */
export function encodeMetricValueList(version: CustomMetricsVersion, list: MetricValueList): Buffer {
  const { before, window, after } = version === 'v1beta2' ? itemOfV1beta2(list) : itemOfV1beta1(list);
  const object = describedObject(list);
  const time = timestampWriter();
  let items = '';
  for (const item of list.items) {
    if (items !== '') items += ',';
    items += object.before + asciiJsonString(item.name) + object.after + before + time(item.timestamp);
    if (item.windowSeconds !== undefined) items += window + item.windowSeconds;
    items += `,"value":"${formatQuantity(item.value)}"${after}`;
  }
  const head = `{"kind":"MetricValueList","apiVersion":"${CUSTOM_METRICS_GROUP}/${version}","metadata":{},"items":[`;
  return Buffer.from(`${head}${items}]}\n`, 'latin1');
}

/** The constant parts of an item: up to its timestamp, up to its window, and behind its value. */
interface ItemParts {
  before: string;
  window: string;
  after: string;
}

function itemOfV1beta2({ metric, selector }: MetricValueList): ItemParts {
  return {
    before: `,"metric":{"name":${asciiJsonString(metric)},"selector":${selector}},"timestamp":`,
    window: ',"windowSeconds":',
    after: '}',
  };
}

function itemOfV1beta1({ metric, selector }: MetricValueList): ItemParts {
  return {
    before: `,"metricName":${asciiJsonString(metric)},"timestamp":`,
    window: ',"window":',
    after: `,"selector":${selector}}`,
  };
}

function describedObject({ kind, apiVersion, namespace }: MetricValueList): {
  before: string;
  after: string;
} {
  const place = namespace === undefined ? '' : `,"namespace":${asciiJsonString(namespace)}`;
  return {
    before: `{"describedObject":{"kind":${asciiJsonString(kind)}${place},"name":`,
    after: `,"apiVersion":${asciiJsonString(apiVersion)}}`,
  };
}

/** metav1.Time: RFC 3339 in UTC, whole seconds. A list has few different seconds: each is written once. */
function timestampWriter(): (ms: number) => string {
  const written = new Map<number, string>();
  return (ms) => {
    const second = Math.floor(ms / 1000);
    let text = written.get(second);
    if (text === undefined) {
      text = `"${new Date(second * 1000).toISOString().slice(0, 19)}Z"`;
      written.set(second, text);
    }
    return text;
  };
}
