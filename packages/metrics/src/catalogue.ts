import type { Metric } from './metric.ts';

/** Metrics by name. */
export type Catalogue = ReadonlyMap<string, Metric>;

const MINUTE = 60_000;

/** The metrics without METRICS_FILE; docs/signals.md shows them as such a file. */
export const builtInCatalogue: Catalogue = catalogueOf([
  { name: 'active_requests', signal: 'active_requests', function: 'last' },
  { name: 'active_requests_mean_1m', signal: 'active_requests', function: 'mean', window: MINUTE },
  { name: 'active_requests_mean_10s', signal: 'active_requests', function: 'mean', window: 10_000 },
  { name: 'active_requests_max_1m', signal: 'active_requests', function: 'max', window: MINUTE },
  { name: 'upstream_active_requests', signal: 'upstream_active_requests', function: 'last' },
  {
    name: 'upstream_active_requests_max_1m',
    signal: 'upstream_active_requests',
    function: 'max',
    window: MINUTE,
  },
  { name: 'pending_requests', signal: 'pending_requests', function: 'last' },
  { name: 'requests_per_second', signal: 'requests', function: 'rate', window: MINUTE },
  {
    name: 'request_duration_seconds_mean',
    signal: 'request_duration_seconds',
    function: 'mean',
    window: MINUTE,
  },
  ...([0.5, 0.95, 0.99] as const).map((quantile): Metric => {
    const name = `request_duration_seconds_p${quantile * 100}`;
    return { name, signal: 'request_duration_seconds', function: 'quantile', window: MINUTE, quantile };
  }),
  { name: 'request_error_ratio', signal: 'request_errors', function: 'ratio', window: MINUTE },
]);

export function catalogueOf(metrics: readonly Metric[]): Catalogue {
  return new Map(metrics.map((metric) => [metric.name, metric]));
}
