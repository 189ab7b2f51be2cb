import type { Metric, Signal } from './metric.ts';

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
  ...durations('request_duration_seconds'),
  { name: 'request_error_ratio', signal: 'request_errors', function: 'ratio', window: MINUTE },
  { name: 'demand_requests', signal: 'demand_active_requests', function: 'held' },
  { name: 'demand_active_requests', signal: 'demand_active_requests', function: 'last' },
  {
    name: 'demand_active_requests_mean_1m',
    signal: 'demand_active_requests',
    function: 'mean',
    window: MINUTE,
  },
  {
    name: 'demand_active_requests_mean_10s',
    signal: 'demand_active_requests',
    function: 'mean',
    window: 10_000,
  },
  {
    name: 'demand_active_requests_max_1m',
    signal: 'demand_active_requests',
    function: 'max',
    window: MINUTE,
  },
  { name: 'demand_pending_requests', signal: 'demand_pending_requests', function: 'last' },
  { name: 'demand_requests_per_second', signal: 'demand_requests', function: 'rate', window: MINUTE },
  {
    name: 'demand_rejected_requests_per_second',
    signal: 'demand_rejected_requests',
    function: 'rate',
    window: MINUTE,
  },
  ...durations('demand_request_duration_seconds'),
  { name: 'demand_request_error_ratio', signal: 'demand_request_errors', function: 'ratio', window: MINUTE },
]);

function durations(signal: Signal): Metric[] {
  return [
    { name: `${signal}_mean`, signal, function: 'mean', window: MINUTE },
    ...[0.5, 0.95, 0.99].map((quantile): Metric => {
      const name = `${signal}_p${quantile * 100}`;
      return { name, signal, function: 'quantile', window: MINUTE, quantile };
    }),
  ];
}

export function catalogueOf(metrics: readonly Metric[]): Catalogue {
  return new Map(metrics.map((metric) => [metric.name, metric]));
}
