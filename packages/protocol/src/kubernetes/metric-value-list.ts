import { asciiJsonString, asciiJsonText } from './json.ts';
import { formatQuantity } from './quantity.ts';

export const CUSTOM_METRICS_GROUP = 'custom.metrics.k8s.io';

/** Served versions, the preferred one first. */
export const CUSTOM_METRICS_VERSIONS = ['v1beta2', 'v1beta1'] as const;
export type CustomMetricsVersion = (typeof CUSTOM_METRICS_VERSIONS)[number];

/** The values of one metric for the objects of one kind in one namespace. */
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
  /** Finite, in the unit of the metric. */
  value: number;
  /** Length of the window in whole seconds; undefined for a last value. */
  windowSeconds?: number;
}

/**
 * The body of a response, in the format of custom-metrics-apiserver (one final newline). Built as text: for
 * 1,500 items JSON.stringify takes twice as long. All of it is ASCII, so that latin1, which is faster to
 * encode, is correct.
 */
export function encodeMetricValueList(version: CustomMetricsVersion, list: MetricValueList): Buffer {
  const { before, behindName, behindValue } =
    version === 'v1beta2' ? itemOfV1beta2(list) : itemOfV1beta1(list);
  const window = version === 'v1beta2' ? ',"windowSeconds":' : ',"window":';
  // As few and as long pieces as possible, because each one costs time when the text is joined.
  const middle = timestampWriter(behindName);
  let items = '';
  for (const { name, timestamp, value, windowSeconds } of list.items) {
    const covered = windowSeconds === undefined ? VALUE : `${window}${windowSeconds}${VALUE}`;
    items += before + asciiJsonText(name) + middle(timestamp) + covered + formatQuantity(value) + behindValue;
  }
  const head = `{"kind":"MetricValueList","apiVersion":"${CUSTOM_METRICS_GROUP}/${version}","metadata":{},"items":[`;
  return Buffer.from(`${head}${items.slice(0, -1)}]}\n`, 'latin1');
}

const VALUE = ',"value":"';

/** The constant parts of an item: up to its name, from there to its timestamp, and from its value to the next item. */
interface ItemParts {
  before: string;
  behindName: string;
  behindValue: string;
}

function itemOfV1beta2(list: MetricValueList): ItemParts {
  const { before, behindName } = describedObject(list);
  const metric = `{"name":${asciiJsonString(list.metric)},"selector":${list.selector}}`;
  return { before, behindName: `${behindName},"metric":${metric},"timestamp":`, behindValue: '"},' };
}

function itemOfV1beta1(list: MetricValueList): ItemParts {
  const { before, behindName } = describedObject(list);
  const metric = asciiJsonString(list.metric);
  return {
    before,
    behindName: `${behindName},"metricName":${metric},"timestamp":`,
    behindValue: `","selector":${list.selector}},`,
  };
}

function describedObject({ kind, apiVersion, namespace }: MetricValueList): Omit<ItemParts, 'behindValue'> {
  const place = namespace === undefined ? '' : `,"namespace":${asciiJsonString(namespace)}`;
  return {
    before: `{"describedObject":{"kind":${asciiJsonString(kind)}${place},"name":"`,
    behindName: `","apiVersion":${asciiJsonString(apiVersion)}}`,
  };
}

/**
 * Writes a time after the text that always precedes it. metav1.Time: RFC 3339 in UTC, whole seconds. A list has
 * few different seconds, so each is formatted once.
 */
function timestampWriter(before: string): (ms: number) => string {
  const written = new Map<number, string>();
  return (ms) => {
    const second = Math.floor(ms / 1000);
    let text = written.get(second);
    if (text === undefined) {
      text = `${before}"${new Date(second * 1000).toISOString().slice(0, 19)}Z"`;
      written.set(second, text);
    }
    return text;
  };
}
