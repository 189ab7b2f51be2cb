import { STAT, type StatSet } from '@activescale/protocol/record';

/** What is measured about a pod's requests. */
export type Signal =
  | 'active_requests'
  | 'upstream_active_requests'
  | 'pending_requests'
  | 'requests'
  | 'request_errors'
  | 'request_resets'
  | 'request_duration_seconds';

/** How a value is computed from a signal: its last value, or a function over a window. */
export type MetricFunction = 'last' | 'mean' | 'max' | 'rate' | 'ratio' | 'quantile';

/** The meaning of a metric's name. */
export interface Metric {
  readonly name: string;
  readonly signal: Signal;
  readonly function: MetricFunction;
  /** In ms; undefined for `last`, which has no window. */
  readonly window?: number;
  /** Above 0 and below 1; only for `quantile`. */
  readonly quantile?: number;
}

/**
 * Limits of a window: a record has no more than the longest, and a shorter one than the shortest would often
 * contain only one flush. In ms.
 */
export const SHORTEST_WINDOW = 10_000;
export const LONGEST_WINDOW = 120_000;

/** The functions of each signal that can be computed from the stored facts. */
export const FUNCTIONS: Readonly<Record<Signal, readonly MetricFunction[]>> = {
  active_requests: ['last', 'mean', 'max'],
  upstream_active_requests: ['last', 'max'],
  pending_requests: ['last'],
  requests: ['rate'],
  request_errors: ['rate', 'ratio'],
  request_resets: ['rate'],
  request_duration_seconds: ['mean', 'quantile'],
};

/** The stats of each signal; if one is missing, the value is unknown. */
const STATS_OF: Readonly<Record<Signal, StatSet>> = {
  active_requests: STAT.active,
  upstream_active_requests: STAT.upstreamActive,
  pending_requests: STAT.pending,
  requests: STAT.started,
  request_errors: STAT.errors,
  request_resets: STAT.reset,
  request_duration_seconds: STAT.durations,
};

/** The stats that a metric needs. */
export function statsOf({ signal, function: kind }: Pick<Metric, 'signal' | 'function'>): StatSet {
  return kind === 'ratio' ? STATS_OF[signal] | STAT.completed : STATS_OF[signal];
}

/**
 * How the pods of an object become one value. `sum` adds their values. `merge` adds the data of which the
 * values are computed, because a mean of means or a sum of percentiles has no meaning.
 */
export function kindOfSum(metric: Metric): 'sum' | 'merge' {
  const merges = metric.function === 'ratio' || metric.signal === 'request_duration_seconds';
  return merges ? 'merge' : 'sum';
}
