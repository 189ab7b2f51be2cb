import type { MetricValue } from '@activescale/protocol/kubernetes';
import { kindOfSum, type Metric } from './metric.ts';
import { type Omission, type Sample, unlessBroken } from './samples.ts';
import { lastValue, outcomeValue, summand } from './values.ts';
import { mergeOutcomes, type Outcomes, type Totals, totalsOf } from './windows.ts';

/** Called for a pod whose sample has no value. */
type OnOmitted = (why: Omission) => void;

/** The value of a metric for each pod that has one. */
export function podValues(samples: readonly Sample[], metric: Metric, onOmitted: OnOmitted): MetricValue[] {
  const values: MetricValue[] = [];
  for (const sample of samples) {
    const value = podValue(sample, metric);
    if (typeof value === 'string') onOmitted(value);
    else values.push(value);
  }
  return values;
}

/** One value of several pods, and the number of pods included. */
export interface Aggregate {
  /** Without a name. undefined: the value is unknown. */
  readonly value: Omit<MetricValue, 'name'> | undefined;
  readonly pods: number;
}

/** One value of the pods, summed or merged as the metric requires, with the timestamp of its oldest part. */
export function aggregate(samples: readonly Sample[], metric: Metric, onOmitted: OnOmitted): Aggregate {
  return kindOfSum(metric) === 'sum'
    ? sumOf(samples, metric, onOmitted)
    : mergeOf(samples, metric, onOmitted);
}

/** Not scaled up for missing pods: such a total would start more pods that are missing too. */
function sumOf(samples: readonly Sample[], metric: Metric, onOmitted: OnOmitted): Aggregate {
  const [first, ...others] = podValues(samples, metric, onOmitted);
  if (first === undefined) return { value: undefined, pods: 0 };
  let { timestamp, value, windowSeconds } = first;
  for (const other of others) {
    timestamp = Math.min(timestamp, other.timestamp);
    value += other.value;
    if (windowSeconds !== undefined) windowSeconds = Math.max(windowSeconds, other.windowSeconds ?? 0);
  }
  return {
    value: { timestamp, value, ...(windowSeconds !== undefined && { windowSeconds }) },
    pods: others.length + 1,
  };
}

function mergeOf(samples: readonly Sample[], metric: Metric, onOmitted: OnOmitted): Aggregate {
  const parts: Outcomes[] = [];
  let timestamp = Number.POSITIVE_INFINITY;
  for (const sample of samples) {
    const totals = readTotals(sample, metric);
    if (typeof totals === 'string') {
      onOmitted(totals);
      continue;
    }
    parts.push(totals);
    timestamp = Math.min(timestamp, sample.head.arrival);
  }
  const outcomes = mergeOutcomes(parts);
  const value = outcomeValue(metric, outcomes);
  return {
    value: value === undefined ? undefined : { timestamp, value, windowSeconds: seconds(outcomes, metric) },
    pods: parts.length,
  };
}

/** The time of the sample, not of the query, so that the age of the value is visible. */
function podValue(sample: Sample, metric: Metric): MetricValue | Omission {
  const { name, head } = sample;
  if (metric.window === undefined) return { name, timestamp: head.arrival, value: lastValue(metric, head) };
  const totals = readTotals(sample, metric);
  if (typeof totals === 'string') return totals;
  const value = kindOfSum(metric) === 'sum' ? summand(metric, totals) : outcomeValue(metric, totals);
  if (value === undefined) return 'too_little';
  return { name, timestamp: head.arrival, value, windowSeconds: seconds(totals, metric) };
}

function readTotals(
  { head, record, measured, createdAt }: Sample,
  { window = 0, function: kind }: Metric,
): Totals | Omission {
  return unlessBroken(() => totalsOf(record, head.arrival, window, measured, kind === 'quantile', createdAt));
}

/** The time that a value covers. Arrivals jitter, so slots may cover slightly more than the window. */
function seconds({ covered }: Outcomes, { window = 0 }: Metric): number {
  return Math.round(Math.min(covered, window) / 1000);
}
