import type { Total } from '../envoy/life.ts';

/** What a flush says about the requests of a place, in one or more stats. */
export type Fact = Total | 'active' | 'durations';

/** The facts that each metric is computed from, without `demand_`. */
const FACTS_OF: Readonly<Record<string, readonly Fact[]>> = {
  active_requests: ['active'],
  active_requests_mean_1m: ['active'],
  active_requests_mean_10s: ['active'],
  active_requests_max_1m: ['active'],
  requests_per_second: ['started'],
  rejected_requests_per_second: ['reset'],
  request_duration_seconds_mean: ['durations'],
  request_duration_seconds_p50: ['durations'],
  request_duration_seconds_p95: ['durations'],
  request_duration_seconds_p99: ['durations'],
  request_error_ratio: ['completed', 'errors'],
};

/** None for the metrics of clusters of a pod's load. */
export function factsOf(metric: string): readonly Fact[] {
  return FACTS_OF[metric] ?? [];
}
