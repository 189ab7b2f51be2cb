import { queryRange, type RangeQuery, rangeStep } from '../prometheus/range-query.ts';
import type { RangeSeries } from '../prometheus/range-series.ts';
import { addIntervals, NO_EVIDENCE, type PodEvidence } from './evidence/evidence.ts';
import type { Interval } from './evidence/interval.ts';

export interface HistoryOptions {
  readonly server: URL;
  /** A histogram of durations by pod, as `NAME{SELECTOR}`; its unit is ms, or s if its name ends with `_seconds`. */
  readonly histogram: string;
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Whether a quantile is needed: buckets are many times the other series. */
  readonly withBuckets: boolean;
  readonly signal: AbortSignal;
}

/** Four scrapes of 15 s: the increase over fewer is imprecise. In ms. */
const MIN_STEP = 60_000;
const HISTOGRAM = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^{}]*\})?$/;

export function isHistogram(text: string): boolean {
  return HISTOGRAM.test(text);
}

/** Istio's standard metric, as the workload's own sidecars count. */
export function istioHistogram(namespace: string, workload: string): string {
  const labels = {
    reporter: 'destination',
    destination_workload_namespace: namespace,
    destination_workload: workload,
  };
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `istio_request_duration_milliseconds{${matchers.join(',')}}`;
}

/**
 * The evidence of pods from Prometheus. Requests in flight are the sum of durations over time (Little's law).
 * Rejects with a PrometheusError, or an Error if there are no series by pod.
 */
export async function readHistory(options: HistoryOptions): Promise<ReadonlyMap<string, PodEvidence>> {
  const { server, histogram, from, to, withBuckets, signal } = options;
  const [, name = '', selector = ''] = HISTOGRAM.exec(histogram) ?? [];
  const step = rangeStep(to - from, MIN_STEP);
  const ask = async (suffix: string, labels: string): Promise<RangeSeries[]> => {
    const expression = `sum by (${labels}) (increase(${name}${suffix}${selector}[${step / 1000}s]))`;
    const query: RangeQuery = { expression, from, to, step };
    return queryRange(server, query, signal);
  };
  const counts = await ask('_count', 'pod');
  const sums = await ask('_sum', 'pod');
  const buckets = withBuckets ? await ask('_bucket', 'pod, le') : [];
  const unit = name.endsWith('_seconds') ? 1000 : 1;
  if (counts.length === 0)
    throw new Error(`Prometheus at ${server} has no ${name}_count${selector} in that time`);
  const pods = counts.map(({ labels }) => labels.pod ?? '');
  // One series would have the requests of all pods.
  if (pods.includes('')) throw new Error(`${name}_count${selector} has no label pod`);
  return new Map(
    pods.map((pod) => {
      const own = (series: readonly RangeSeries[]) =>
        series.filter(({ labels }) => (labels.pod ?? '') === pod);
      const intervals = intervalsOf(own(counts), own(sums), own(buckets), step, unit);
      return [pod, addIntervals(NO_EVIDENCE, intervals)];
    }),
  );
}

/** @param unit ms in a unit of the histogram */
function intervalsOf(
  counts: readonly RangeSeries[],
  sums: readonly RangeSeries[],
  buckets: readonly RangeSeries[],
  step: number,
  unit: number,
): Interval[] {
  const durations = pointsOf(sums[0]);
  const rows = buckets
    .map(({ labels, points }) => ({ bound: boundOf(labels.le) * unit, points: pointsOf({ points }) }))
    .sort((a, b) => a.bound - b.bound);
  const bounds = rows.map(({ bound }) => bound).filter((bound) => bound > 0 && Number.isFinite(bound));
  return (counts[0]?.points ?? []).flatMap(({ at, value }): Interval[] => {
    const sum = durations.get(at);
    if (sum === undefined) return [];
    const upTo = rows.filter(({ bound }) => bound > 0).map(({ points }) => points.get(at) ?? 0);
    const inBuckets = upTo.map((count, i) => Math.max(0, count - (upTo[i - 1] ?? 0)));
    return [
      {
        end: at,
        length: step,
        inFlight: (sum * unit) / step,
        timed: value,
        durations: sum * unit,
        buckets:
          bounds.length === 0 || inBuckets.length !== bounds.length + 1
            ? []
            : [{ bounds, counts: inBuckets }],
        completed: 0,
        errors: 0,
      },
    ];
  });
}

/** The value of `le`, which may be `+Inf`. */
function boundOf(text: string | undefined): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
}

function pointsOf(series: Pick<RangeSeries, 'points'> | undefined): ReadonlyMap<number, number> {
  return new Map((series?.points ?? []).map(({ at, value }) => [at, value]));
}
