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
  const toValue = textByTime(behindName, window);
  const next = `${behindValue},${before}`;
  let text = `{"kind":"MetricValueList","apiVersion":"${CUSTOM_METRICS_GROUP}/${version}","metadata":{},"items":[`;
  let toName = before;
  for (const { name, timestamp, value, windowSeconds } of list.items) {
    text += toName + asciiJsonText(name) + toValue(timestamp, windowSeconds) + formatQuantity(value);
    toName = next;
  }
  return Buffer.from(`${text}${list.items.length === 0 ? '' : behindValue}]}\n`, 'latin1');
}

/** The constant parts of an item: up to its name, from there to its timestamp, and from its value to its end. */
interface ItemParts {
  before: string;
  behindName: string;
  behindValue: string;
}

function itemOfV1beta2(list: MetricValueList): ItemParts {
  const { before, behindName } = describedObject(list);
  const metric = `{"name":${asciiJsonString(list.metric)},"selector":${list.selector}}`;
  return { before, behindName: `${behindName},"metric":${metric},"timestamp":`, behindValue: '"}' };
}

function itemOfV1beta1(list: MetricValueList): ItemParts {
  const { before, behindName } = describedObject(list);
  const metric = asciiJsonString(list.metric);
  return {
    before,
    behindName: `${behindName},"metricName":${metric},"timestamp":`,
    behindValue: `","selector":${list.selector}}`,
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
 * The text between an item's name and its value. metav1.Time: RFC 3339 in UTC, whole seconds. A list has few different seconds
 * and windows, so each text is made once.
 */
function textByTime(behindName: string, window: string): (ms: number, windowSeconds?: number) => string {
  const byWindow = new Map<number | undefined, Map<number, string>>();
  return (ms, windowSeconds) => {
    let bySecond = byWindow.get(windowSeconds);
    if (bySecond === undefined) {
      bySecond = new Map();
      byWindow.set(windowSeconds, bySecond);
    }
    const second = Math.floor(ms / 1000);
    let text = bySecond.get(second);
    if (text === undefined) {
      const covered = windowSeconds === undefined ? '' : `${window}${windowSeconds}`;
      text = `${behindName}"${new Date(second * 1000).toISOString().slice(0, 19)}Z"${covered},"value":"`;
      bySecond.set(second, text);
    }
    return text;
  };
}
