import type { MetricValue } from '@activescale/protocol/kubernetes';
import { EPOCH } from './envoy/timeline.ts';
import { type Asked, flushAt, lastStored, ROUNDED } from './pod-check.ts';
import type { SimulatedPod } from './simulation.ts';
import { includes, type Range, span } from './truth/range.ts';

/** How long a sum holds a stale pod, in ms. */
const HOLD_MS = 30_000;
const SUMS = /^(active|upstream|pending|requests_per_second)/;

/** @returns the error in the value of the workload that owns these pods; undefined: none */
export function checkWorkload(
  existing: readonly SimulatedPod[],
  asked: Asked,
  values: readonly MetricValue[],
  workload: MetricValue | undefined,
): string | undefined {
  const isSum = SUMS.test(asked.metric);
  if (workload === undefined)
    return isSum && values.length > 0 ? 'of the workload is absent, though pods have a value' : undefined;
  const { value } = workload;
  const range = isSum ? rangeOfSum(existing, asked, values) : rangeOfMerge(existing, asked, values);
  if (range === undefined) return `of the workload is ${value}, but cannot be known`;
  if (includes(range, value, ROUNDED * existing.length)) return undefined;
  return `of the workload is ${value}, not from ${range.low} to ${range.high}`;
}

/** What its pods add up to, with those that are held or without. */
function rangeOfSum(
  existing: readonly SimulatedPod[],
  asked: Asked,
  values: readonly MetricValue[],
): Range | undefined {
  const held = existing
    .filter(({ name }) => !values.some((value) => value.name === name))
    .map((pod) => latest(pod, asked))
    .filter((range) => range !== undefined);
  if (values.length + held.length === 0) return undefined;
  const sum = values.reduce((total, { value }) => total + value, 0);
  return { low: sum, high: held.reduce((total, { high }) => total + high, sum) };
}

/** Pods together are not outside of what each is alone. */
function rangeOfMerge(
  existing: readonly SimulatedPod[],
  asked: Asked,
  values: readonly MetricValue[],
): Range | undefined {
  const ranges = existing.map((pod) => {
    const value = values.find(({ name }) => name === pod.name);
    return value === undefined ? latest(pod, asked) : ofFlush(pod, asked, value);
  });
  return span(ranges.filter((range) => range !== undefined));
}

/** Of the flush that the pod's own value is of. */
function ofFlush({ truths }: SimulatedPod, { metric }: Asked, { timestamp }: MetricValue): Range | undefined {
  const ranges = truths.map(({ subject, at }) => {
    const flush = flushAt(subject, timestamp - EPOCH);
    return flush === -1 ? undefined : at(flush, metric).range();
  });
  return span(ranges.filter((range) => range !== undefined));
}

/**
 * Of the newest flush that ingest must know to be whole, and of any since, of each Envoy of the pod. Which of two counts is
 * settled within some flushes.
 */
function latest({ truths }: SimulatedPod, { metric, now, metricTtl }: Asked): Range | undefined {
  const ranges = truths.flatMap(({ subject, at }) => {
    const { arrived } = subject;
    const last = arrived.findLastIndex(({ begunAt }) => begunAt <= now);
    const held = Math.max(metricTtl, 5 * subject.flushInterval) + HOLD_MS;
    const oldest = arrived.findIndex(({ arrival }) => arrival >= now - held);
    const first = Math.max(0, truths.length === 1 ? lastStored(subject, now) : Math.min(oldest, last));
    return Array.from({ length: last - first + 1 }, (_, i) => at(first + i, metric).range());
  });
  return span(ranges.filter((range) => range !== undefined));
}
