import { STAT, type StatSet } from '@activescale/protocol/record';

/** What is measured of a pod's requests. */
export type Signal =
  | 'active_requests'
  | 'upstream_active_requests'
  | 'pending_requests'
  | 'requests'
  | 'request_errors'
  | 'request_resets'
  | 'request_duration_seconds';

/** What is made of a signal: its last value, or something over a window. */
export type MetricFunction = 'last' | 'mean' | 'max' | 'rate' | 'ratio' | 'quantile';

/** What a metric's name means. */
export interface Metric {
  readonly name: string;
  readonly signal: Signal;
  readonly function: MetricFunction;
  /** In ms; undefined for `last`, which is taken at one moment. */
  readonly window?: number;
  /** Above 0 and below 1; only for `quantile`. */
  readonly quantile?: number;
}

/** A record holds so much: a window can be no longer, and a shorter one would often hold one flush only. In ms. */
export const SHORTEST_WINDOW = 10_000;
export const LONGEST_WINDOW = 120_000;

/** What can be made of each signal out of the facts that ingest keeps. */
export const FUNCTIONS: Readonly<Record<Signal, readonly MetricFunction[]>> = {
  active_requests: ['last', 'mean', 'max'],
  upstream_active_requests: ['last', 'max'],
  pending_requests: ['last'],
  requests: ['rate'],
  request_errors: ['rate', 'ratio'],
  request_resets: ['rate'],
  request_duration_seconds: ['mean', 'quantile'],
};

/** The stats that each signal is computed from; without one of them its value is unknown. */
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
 * How the pods of an object become one value. `sum`: by adding their values up. `merge`: by adding up what the values
 * are made of, as neither a mean of means nor a sum of percentiles means anything.
 */
export function kindOfSum(metric: Metric): 'sum' | 'merge' {
  const merges = metric.function === 'ratio' || metric.signal === 'request_duration_seconds';
  return merges ? 'merge' : 'sum';
}
